import { equal, intersect } from "../../../net/interval-set.ts";
import { type IpSet, allAddresses, intersectIp, isEmptyIp, noAddresses } from "../../../net/ip-set.ts";
import type { Family } from "../../../net/ip.ts";
import { anyL4, formatL4Set, l4Protocol, type L4Set } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import { isEverything, everyLabel } from "../../label-selector.ts";
import type { Manifest, Path } from "../../manifest.ts";
import type { Destination, EgressPolicy, Finding, PolicySubject, Rule, RuleAction } from "../../model.ts";
import { allOf, always, mapAtoms, type SelectorAtom, type SelectorExpression } from "../../selector-expression.ts";
import { serviceAccountPrefix } from "../../subject.ts";
import { readHeader, type ReadOptions } from "../header.ts";
import { field, type Fields, Inspection } from "../inspection.ts";
import { type CalicoContext, type CalicoTier, emptyCalicoContext, number } from "./context.ts";
import { readDestination } from "./destination.ts";
import { mostRules } from "./draft.ts";
import { readTraffic, type Traffic } from "./protocols.ts";
import { hasGlobal, inNamespace, inNamespaces, podSelection, readSelector } from "./selector.ts";

type CalicoKind = "CalicoNetworkPolicy" | "CalicoGlobalNetworkPolicy";

interface ReadCalico {
  readonly policy?: EgressPolicy;
  readonly findings: readonly Finding[];
}

const ofPods = [
  "selector",
  "order",
  "tier",
  "types",
  "ingress",
  "egress",
  "serviceAccountSelector",
  "performanceHints",
];
const ofGlobal = [...ofPods, "namespaceSelector", "doNotTrack", "preDNAT", "applyOnForward"];
const ofRule = [
  "action",
  "protocol",
  "notProtocol",
  "icmp",
  "notICMP",
  "ipVersion",
  "source",
  "destination",
  "http",
  "metadata",
];

export function readCalicoNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): ReadCalico {
  return readCalico(manifest, "CalicoNetworkPolicy", options);
}

export function readCalicoGlobalNetworkPolicy(manifest: Manifest, options: ReadOptions = {}): ReadCalico {
  return readCalico(manifest, "CalicoGlobalNetworkPolicy", options);
}

/**
 * The egress half of a policy of Calico, as its API server and Felix take it. A rule with several places becomes several
 * rules with the same `written` index; `Log` decides nothing and becomes none. Never throws, whatever the value.
 */
function readCalico(manifest: Manifest, kind: CalicoKind, options: ReadOptions): ReadCalico {
  const inspection = new Inspection(manifest);
  const object = inspection.fields(manifest.value, []);
  if (object === undefined) return { findings: inspection.findings };
  const { namespace, name, spec = {} } = readHeader(inspection, object, kind, options);
  const isGlobal = kind === "CalicoGlobalNetworkPolicy";
  const context = options.calico ?? emptyCalicoContext;
  inspection.unknownFields(spec, isGlobal ? ofGlobal : ofPods, ["spec"]);
  const subject = readSubject(inspection, spec, isGlobal ? undefined : namespace);
  const { tier, place } = readPlace(inspection, spec, context);
  const egress = field(spec, "egress");
  const written = egress === undefined ? [] : (inspection.list(egress, ["spec", "egress"]) ?? []);
  if (written.length > mostRules) {
    const message = `${written.length} rules stand in a policy that holds ${mostRules}`;
    inspection.report("calico_too_many", ["spec", "egress"], message);
  }
  const rules = written.flatMap((value, index) => readRule(inspection, value, index, namespace, context));
  const isolates = isForPods(inspection, spec) && readTypes(inspection, spec, written.length);
  const policy: EgressPolicy = {
    kind,
    namespace,
    // The form in which policies of the default tier are stored; people and their manifests mostly leave it out.
    name: place.tier === "default" ? name.replace(/^default\.(?=.)/, "") : name,
    podSelector: isGlobal || subject.pods === undefined ? undefined : subject.pods,
    ...(isGlobal ? { subject } : {}),
    place,
    isolates,
    rules,
    otherwise: tier.otherwise,
    at: inspection.at([]),
    ruleLocations: written.map((_, index) => inspection.at(["spec", "egress", index])),
    notApplied: inspection.notApplied,
  };
  return { policy, findings: inspection.findings };
}

/** In a policy of one namespace, which is told, a selector that names another one selects nothing. */
function readSubject(inspection: Inspection, spec: Fields, namespace: string | undefined): PolicySubject {
  const read = (name: string): SelectorExpression => {
    const value = field(spec, name);
    const expression = value === undefined ? always : (readSelector(inspection, value, ["spec", name]) ?? always);
    if (!hasGlobal(expression)) return expression;
    inspection.report("calico_global", ["spec", name], "`global()` stands outside a `namespaceSelector` of a rule");
    return always;
  };
  const accounts = read("serviceAccountSelector");
  if (accounts.kind !== "all") {
    const path: Path = ["spec", "serviceAccountSelector"];
    inspection.report("calico_service_accounts", path, "the policy selects pods by their service account");
  }
  const own = allOf([read("selector"), mapAtoms(accounts, ofServiceAccount)]);
  const { namespaces, pods } =
    namespace === undefined
      ? podSelection(own, inNamespaces(read("namespaceSelector")))
      : podSelection(inNamespace(own, namespace), always);
  return {
    namespaces: isEverything(namespaces) ? undefined : namespaces,
    pods: isEverything(pods) ? undefined : pods,
  };
}

/** Calico, too, looks for the labels of a service account on its pods, behind a prefix. */
function ofServiceAccount(atom: SelectorAtom | { readonly kind: "all" }): SelectorExpression {
  return "key" in atom ? { ...atom, key: `${serviceAccountPrefix}${atom.key}` } : atom;
}

function readPlace(
  inspection: Inspection,
  spec: Fields,
  { tiers }: CalicoContext,
): { readonly tier: CalicoTier; readonly place: NonNullable<EgressPolicy["place"]> } {
  const written = inspection.text(field(spec, "tier") ?? "default", ["spec", "tier"]) ?? "";
  const name = written === "" ? "default" : written;
  const known = tiers.get(name);
  if (known === undefined) {
    inspection.report("calico_tier_unknown", ["spec", "tier"], `the tier ${quoted(name)} is not among the manifests`);
  }
  const tier = known ?? assumedTier(tiers);
  const order = field(spec, "order");
  return {
    tier,
    place: {
      tier: name,
      tierOrder: tier.order,
      order: order === undefined ? Infinity : (number(inspection, order, ["spec", "order"]) ?? Infinity),
    },
  };
}

/** People make tiers to come before their namespaces' policies; what else a tier holds, its object would have to say. */
function assumedTier(tiers: CalicoContext["tiers"]): CalicoTier {
  return { order: tiers.get("default")!.order - 1, otherwise: "deny" };
}

/** Policies before translation or without connection tracking are for the interfaces of nodes. */
function isForPods(inspection: Inspection, spec: Fields): boolean {
  const name = ["preDNAT", "doNotTrack"].find((each) => field(spec, each) === true);
  if (name === undefined) return true;
  inspection.report("calico_not_for_pods", ["spec", name], `the policy has \`${name}\``);
  return false;
}

/** Without `types`: Egress if there are egress rules, Ingress if there are ingress rules or none at all. */
function readTypes(inspection: Inspection, spec: Fields, ruleCount: number): boolean {
  const path: Path = ["spec", "types"];
  const value = field(spec, "types");
  if (value === undefined) return ruleCount > 0;
  const types = inspection.list(value, path) ?? [];
  const isValid = types.length > 0 && types.every((type) => type === "Ingress" || type === "Egress");
  if (!isValid) {
    inspection.report("calico_types", path, "`types` must hold `Ingress`, `Egress` or both");
    // Nobody knows what was meant, and what is refused may be there as it was before.
    return true;
  }
  const isolates = types.includes("Egress");
  if (!isolates && ruleCount > 0) {
    inspection.report("calico_egress_ignored", ["spec", "egress"], "`types` lacks `Egress`, so `egress` is ignored");
  }
  return isolates;
}

const actions: Readonly<Record<string, RuleAction | "log">> = {
  Allow: "allow",
  Deny: "deny",
  Pass: "pass",
  Log: "log",
};

function readRule(
  inspection: Inspection,
  value: unknown,
  index: number,
  namespace: string,
  context: CalicoContext,
): readonly Rule[] {
  const path = ["spec", "egress", index];
  const rule = inspection.fields(value, path);
  if (rule === undefined) return [];
  inspection.unknownFields(rule, ofRule, path);
  const word = field(rule, "action");
  const action = typeof word === "string" && Object.hasOwn(actions, word) ? actions[word] : undefined;
  if (action === undefined) {
    const message = word === undefined ? "the rule has no `action`" : `${quoted(word)} is not an action`;
    inspection.report("calico_action", word === undefined ? path : [...path, "action"], message);
  }
  const target = field(rule, "destination");
  const destination = target === undefined ? {} : (inspection.fields(target, [...path, "destination"]) ?? {});
  const traffic = readTraffic(inspection, rule, destination, path);
  const read = readDestination(
    inspection,
    destination,
    [...path, "destination"],
    namespace,
    context,
    action === "allow",
  );
  if (field(destination, "domains") !== undefined && action !== "allow") {
    inspection.report(
      "calico_domain",
      [...path, "destination", "domains"],
      "names stand in a rule that does not allow",
    );
  }
  if (traffic === undefined || read === undefined || action === undefined || action === "log") return [];
  const others = otherConditions(rule);
  const text = `${String(word)} ${[read.text, ...others].join(" ")}`;
  return traffic.flatMap((part) =>
    placesOf(part, read.places, others, text).flatMap((to): readonly Rule[] => {
      const l4 = to.kind === "api-server" ? intersect(part.l4, [l4Protocol("tcp")]) : part.l4;
      return l4.length === 0 ? [] : [{ action, to, l4, text: `${text}${portText(part.l4)}`, written: index }];
    }),
  );
}

/** Conditions on more than destination, protocol and port, which recorded traffic does not tell. */
function otherConditions(rule: Fields): readonly string[] {
  const source = field(rule, "source");
  const hasSource = typeof source === "object" && source !== null && Object.keys(source).length > 0;
  return [
    ...(hasSource ? ["from some sources"] : []),
    ...(field(rule, "http") === undefined ? [] : ["for some requests"]),
  ];
}

function placesOf(
  { families, isPart, isOfPods }: Traffic,
  places: readonly Destination[],
  others: readonly string[],
  text: string,
): readonly Destination[] {
  if (places.length === 0) return [];
  if (isOfPods) return [{ kind: "pods", namespaces: everyLabel, pods: everyLabel }];
  if (isPart || others.length > 0) return [{ kind: "unknown", text, within: places }];
  return places.flatMap((place): readonly Destination[] => {
    if (families.length === 2) return [place];
    // A name stands for addresses of both, and only some of them are meant.
    if (place.kind === "name") return [{ kind: "unknown", text: `${text} (IPv${families[0]})`, within: [place] }];
    if (place.kind !== "addresses") return [place];
    const addresses = intersectIp(place.addresses, ofFamilies(families));
    return isEmptyIp(addresses) ? [] : [{ kind: "addresses", addresses }];
  });
}

function ofFamilies(families: readonly Family[]): IpSet {
  return {
    v4: families.includes(4) ? allAddresses.v4 : noAddresses.v4,
    v6: families.includes(6) ? allAddresses.v6 : noAddresses.v6,
  };
}

function portText(l4: L4Set): string {
  return equal(l4, anyL4) ? "" : ` ${formatL4Set(l4)}`;
}
