import { allAddresses, type IpSet, ipSetOfAll, isEmptyIp, noAddresses, subtractIp } from "../../../net/ip-set.ts";
import type { NamePattern } from "../../../net/name-pattern.ts";
import { formatNamePattern } from "../../../net/name-pattern.ts";
import { printable, quoted } from "../../../quoted.ts";
import { everyLabel, isEverything } from "../../label-selector.ts";
import { ownField, type Path } from "../../manifest.ts";
import type { Destination } from "../../model.ts";
import {
  allOf,
  always,
  fits,
  formatExpression,
  isNever,
  notOf,
  type SelectorExpression,
  valueIn,
} from "../../selector-expression.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import { readDomains, readNets } from "./addresses.ts";
import type { CalicoContext, CalicoNetworkSet } from "./context.ts";
import { mostNets } from "./draft.ts";
import {
  hasGlobal,
  includesGlobal,
  inNamespaces,
  namespaceName,
  podSelection,
  readSelector,
  selectsNamespace,
} from "./selector.ts";
import { addressesOfSets } from "./set-addresses.ts";

export interface ReadDestination {
  /** All of them together; none: the rule matches nothing. */
  readonly places: readonly Destination[];
  readonly text: string;
}

const known = [
  "nets",
  "notNets",
  "ports",
  "notPorts",
  "selector",
  "notSelector",
  "namespaceSelector",
  "serviceAccounts",
  "services",
  "domains",
];

/**
 * The `destination` of an egress rule. A selector selects pods and network sets alike; what the sets hold is known, and
 * blocks beside it are cut with it.
 * @param namespace of the policy; empty for a global one
 * @param isAllow false for a rule that denies or passes: what it leaves out may be open
 * @returns undefined when the API server refuses it
 * @see libcalico-go, backend/syncersv1/updateprocessors/rules.go
 */
export function readDestination(
  inspection: Inspection,
  destination: Fields,
  path: Path,
  namespace: string,
  context: CalicoContext,
  isAllow: boolean,
): ReadDestination | undefined {
  inspection.unknownFields(destination, known, path);
  const nets = readNetField(inspection, destination, "nets", path);
  const notNets = readNetField(inspection, destination, "notNets", path) ?? noAddresses;
  const base = subtractIp(nets ?? allAddresses, notNets);
  const selectors = readSelectors(inspection, destination, path);
  if (selectors === undefined) return undefined;
  const netText = netsText(destination);

  const unknown = unknownPart(destination);
  if (unknown !== undefined) {
    const text = [unknown, ...selectorText(selectors), ...netText].join(" ");
    // Its ports are those of its endpoints; the reader keeps it to TCP, which is all the API server speaks.
    const isApiServer = unknown === apiServerService;
    if (isApiServer) return { places: [{ kind: "api-server" }], text };
    const isOfPods = field(destination, "services") === undefined;
    return { places: [{ kind: "unknown", text, ...(isOfPods ? { within: [everyPod] } : {}) }], text };
  }
  const written = field(destination, "domains");
  if (written !== undefined) return readNames(inspection, written, [...path, "domains"], destination);
  const { selector, notSelector, namespaceSelector } = selectors;
  if (selector === undefined && namespaceSelector === undefined && notSelector === undefined) {
    return { places: placeOf(base), text: netText.join(" ") || "everything" };
  }
  const text = [...selectorText(selectors), ...netText].join(" ");
  const own = allOf([selector ?? always, notSelector === undefined ? always : notOf(notSelector)]);
  if (namespace === "" && selector === undefined && namespaceSelector === undefined) {
    // Alone in a global policy it takes away from everything.
    const taken = setsOf(context.sets, notSelector!, undefined, namespace);
    inspection.report("calico_not_selector", [...path, "notSelector"], "`notSelector` stands alone");
    const addresses = hasGlobalSets(context) ? addressesOfSets(context, taken.sure) : undefined;
    return {
      places:
        addresses === undefined
          ? [{ kind: "unknown", text, within: placeOf(base) }]
          : placeOf(subtractIp(base, addresses)),
      text,
    };
  }
  const { sure, possible } = setsOf(context.sets, own, namespaceSelector, namespace);
  const isCut = nets !== undefined || !isEmptyIp(notNets);
  const addresses = addressesOfSets(context, sure, isCut ? base : undefined);
  const places: Destination[] = addresses === undefined ? [{ kind: "unknown", text }] : [...placeOf(addresses)];
  for (const pattern of isCut ? [] : sure.flatMap(({ names }) => names)) places.push({ kind: "name", pattern });
  if (possible.length > 0 || (isCut && sure.some(({ names }) => names.length > 0)))
    places.push({ kind: "unknown", text });
  const pods = podsOf(own, namespaceSelector, namespace);
  // Without a namespace a selector selects global sets as well as pods, and somebody has to have told that there are none.
  const isOfSets =
    !isAllow && namespace === "" && namespaceSelector === undefined && !isNever(own) && !hasGlobalSets(context);
  if (pods !== undefined) places.push(pods);
  if (isOfSets || (pods === undefined && sure.length + possible.length === 0)) {
    inspection.report(
      "calico_set_unknown",
      path,
      `no network set among the manifests fits ${quoted(selectorText(selectors).join(" "))}`,
    );
    places.push({ kind: "unknown", text });
  }
  if (pods !== undefined && isCut)
    inspection.report("calico_selector_with_nets", path, "a selector stands with blocks");
  return { places, text };
}

/** Whether the manifests are of a kind that tells of sets: then what none of them holds is held by none. */
function hasGlobalSets({ sets }: CalicoContext): boolean {
  return sets.some(({ namespace }) => namespace === "");
}

interface Selectors {
  readonly selector: SelectorExpression | undefined;
  readonly notSelector: SelectorExpression | undefined;
  readonly namespaceSelector: SelectorExpression | undefined;
}

/** Undefined when one of them is refused. An empty one is no condition. */
function readSelectors(inspection: Inspection, destination: Fields, path: Path): Selectors | undefined {
  let isRefused = false;
  const read = (name: keyof Selectors): SelectorExpression | undefined => {
    const value = field(destination, name);
    if (value === undefined || value === "") return undefined;
    const expression = readSelector(inspection, value, [...path, name]);
    if (expression === undefined) isRefused = true;
    else if (name !== "namespaceSelector" && hasGlobal(expression)) {
      inspection.report("calico_global", [...path, name], "`global()` stands outside a `namespaceSelector` of a rule");
      isRefused = true;
    }
    return expression;
  };
  const selectors = {
    selector: read("selector"),
    notSelector: read("notSelector"),
    namespaceSelector: read("namespaceSelector"),
  };
  return isRefused ? undefined : selectors;
}

function selectorText({ selector, notSelector, namespaceSelector }: Selectors): readonly string[] {
  return [
    ...(selector === undefined ? [] : [`selector ${formatExpression(selector)}`]),
    ...(notSelector === undefined ? [] : [`notSelector ${formatExpression(notSelector)}`]),
    ...(namespaceSelector === undefined ? [] : [`namespaceSelector ${formatExpression(namespaceSelector)}`]),
  ];
}

function readNetField(
  inspection: Inspection,
  destination: Fields,
  name: "nets" | "notNets",
  path: Path,
): IpSet | undefined {
  const value = field(destination, name);
  if (value === undefined) return undefined;
  const nets = readNets(inspection, value, [...path, name], mostNets);
  // An empty list is no condition.
  return Array.isArray(value) && value.length === 0 ? undefined : ipSetOfAll(nets);
}

const listedNets = 3;
/** Of a written block: an IPv6 address in full and its length. */
const longestNet = 49;

function netsText(destination: Fields): readonly string[] {
  const of = (name: "nets" | "notNets"): string | undefined => {
    const value = field(destination, name);
    if (!Array.isArray(value) || value.length === 0) return undefined;
    const nets = value.slice(0, listedNets).map((net) => printable(String(net).slice(0, longestNet)));
    const more = value.length > listedNets ? ` and ${value.length - listedNets} more` : "";
    return `${nets.join(", ")}${more}`;
  };
  const [nets, notNets] = [of("nets"), of("notNets")];
  return [...(nets === undefined ? [] : [nets]), ...(notNets === undefined ? [] : [`except ${notNets}`])];
}

const everyPod: Destination = { kind: "pods", namespaces: everyLabel, pods: everyLabel };

const apiServerService = "service default/kubernetes";

/** Conditions that recorded traffic cannot tell, but for the API server. */
function unknownPart(destination: Fields): string | undefined {
  const services = field(destination, "services");
  if (services !== undefined) {
    const of = (key: string): string => {
      const value = ownField(services, key);
      return typeof value === "string" ? printable(value.slice(0, 253)) : "";
    };
    return `service ${of("namespace") === "" ? "" : `${of("namespace")}/`}${of("name")}`;
  }
  return field(destination, "serviceAccounts") === undefined ? undefined : "pods of service accounts";
}

function readNames(inspection: Inspection, value: unknown, path: Path, destination: Fields): ReadDestination {
  const { patterns, hasOthers } = readDomains(inspection, value, path);
  const text = patterns.map(formatNamePattern).join(", ") || "names";
  const isCut = ["nets", "notNets", "selector", "notSelector", "namespaceSelector"].some(
    (name) => field(destination, name) !== undefined,
  );
  const named = patterns.map((pattern: NamePattern): Destination => ({ kind: "name", pattern }));
  if (isCut) return { places: [{ kind: "unknown", text, ...(hasOthers ? {} : { within: named }) }], text };
  return { places: hasOthers ? [...named, { kind: "unknown", text: `${text} and others` }] : named, text };
}

function placeOf(addresses: IpSet): readonly Destination[] {
  return isEmptyIp(addresses) ? [] : [{ kind: "addresses", addresses }];
}

/** Sets that the selectors select; `possible` where labels of a namespace decide, which no manifest of Calico tells. */
function setsOf(
  sets: readonly CalicoNetworkSet[],
  own: SelectorExpression,
  namespaceSelector: SelectorExpression | undefined,
  namespace: string,
): { readonly sure: readonly CalicoNetworkSet[]; readonly possible: readonly CalicoNetworkSet[] } {
  const sure: CalicoNetworkSet[] = [];
  const possible: CalicoNetworkSet[] = [];
  for (const set of sets) {
    const isThere =
      set.namespace === ""
        ? isGlobalThere(namespaceSelector, namespace)
        : isSetThere(set, namespaceSelector, namespace);
    const ownLabels =
      set.namespace === "" ? set.labels : { ...set.labels, "projectcalico.org/namespace": set.namespace };
    if (isThere === false || !fits(own, ownLabels)) continue;
    (isThere === true ? sure : possible).push(set);
  }
  return { sure, possible };
}

function isGlobalThere(namespaceSelector: SelectorExpression | undefined, namespace: string): boolean {
  return namespaceSelector === undefined ? namespace === "" : includesGlobal(namespaceSelector);
}

function isSetThere(
  set: CalicoNetworkSet,
  namespaceSelector: SelectorExpression | undefined,
  namespace: string,
): boolean | "unknown" {
  if (namespaceSelector === undefined) return namespace === "" || set.namespace === namespace;
  return selectsNamespace(inNamespaces(namespaceSelector), set.namespace);
}

function podsOf(
  own: SelectorExpression,
  namespaceSelector: SelectorExpression | undefined,
  namespace: string,
): Destination | undefined {
  const where = namespaceSelector === undefined ? always : inNamespaces(namespaceSelector);
  if (isNever(where)) return undefined;
  const isOwn = namespaceSelector === undefined && namespace !== "";
  const { namespaces, pods } = podSelection(own, isOwn ? valueIn(namespaceName, [namespace]) : where);
  const isNowhere = namespaces.expression !== undefined && isNever(namespaces.expression);
  if (isNowhere || (pods.expression !== undefined && isNever(pods.expression))) return undefined;
  const isOnlyOwn = isOwn && namespaces.requirements.length === 1 && namespaces.expression === undefined;
  return {
    kind: "pods",
    namespaces: isOnlyOwn ? undefined : namespaces,
    pods: isEverything(pods) ? everyLabel : pods,
  };
}
