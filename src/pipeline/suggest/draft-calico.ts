import { type Cidr, toCidrs, ipSetOfAll } from "../../core/net/ip-set.ts";
import type { PortProtocol } from "../../core/net/l4.ts";
import {
  type CalicoDraft,
  type CalicoDraftDestination,
  type CalicoDraftRule,
  type CalicoNetworkSetDraft,
  mostNets,
  mostPorts,
  mostRules,
} from "../../core/policy/kinds/calico/draft.ts";
import { namespaceLabel } from "../../core/policy/kinds/calico/selector.ts";
import { everyLabel, labelSelector } from "../../core/policy/label-selector.ts";
import type { Edge } from "../flows/edge.ts";
import type { KindAbilities, Need } from "./choose/choice.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import {
  apiServerReason,
  DraftRules,
  fixedReason,
  headerLines,
  learnedReason,
  splitApiServer,
  writtenGuardrails,
} from "./draft-parts.ts";
import { blockOf } from "./needs.ts";
import { notExpressibleIn } from "./not-expressible.ts";
import { apiServerAccess, hostBlock, unknownApiServer } from "./safety-prelude.ts";

const abilities: KindAbilities = {
  // Names are for Calico Enterprise; open-source Calico drops them and would open everything.
  names: "none",
  nodes: false,
  ports: true,
  ipv6: true,
  denies: true,
  // Large groups of addresses go into sets, which have no limit, so few rules are needed for many blocks.
  maxRules: 8000,
};

/** More blocks than these for the same ports stand in a network set of their own. */
const listedBlocks = 32;
const setLabel = "postern-egress";
/** Before every Kubernetes NetworkPolicy, which stand at 1000, so that none of them opens what is denied here. */
const order = 900;

type BareRule = Omit<CalicoDraftRule, "comment">;

/**
 * Order: guardrail denies, pods of the cluster as before, the API server, learned allows, and a deny of the rest, so that
 * no later policy of the tier opens what this one leaves out. Calico is the only kind that can allow ICMP by itself.
 */
export function draftCalico(kind: CalicoDraft["kind"], input: DraftInput): DraftSuggestion {
  const { baseline, facts, guardrails, window } = input;
  const { namespace } = baseline;
  const made = new DraftRules<BareRule>();
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    made.add({ ...any, action: "deny", to: blocks([cidr]) }, fixedReason("guardrail", reason));
  }
  made.add({ ...any, to: { kind: "pods" } }, fixedReason("inside-cluster", "pods of this cluster, as before"));
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const [port, endpoints] of Map.groupBy(facts.apiServer, (endpoint) => endpoint.port)) {
    const to = blocks(endpoints.map(({ address }) => hostBlock(address)));
    made.add({ ...any, protocol: "tcp", ports: [port], to }, apiServerReason(toApiServer, window));
  }
  const needs = input.needs(abilities);
  const sets: CalicoNetworkSetDraft[] = [];
  for (const group of groupsOf(needs)) {
    const to = group.cidrs.length > listedBlocks ? setOf(group, namespace, sets) : blocks(group.cidrs);
    const reason = learnedReason(group.edges, window);
    for (const { protocol, ports } of portLists(group.ports)) made.add({ ...any, protocol, ports, to }, reason);
  }
  for (const { protocol, edges } of icmpOf(others)) {
    const cidrs = toCidrs(ipSetOfAll(edges.map(blockOf)));
    for (let at = 0; at < cidrs.length; at += mostNets) {
      const rule = { ...any, protocol, to: blocks(cidrs.slice(at, at + mostNets)) };
      made.add(rule, learnedReason(edges, window));
    }
  }
  made.add({ ...any, action: "deny", to: { kind: "everything" } }, fixedReason("default-deny", "everything else"));

  const parts = { comment: headerLines(input), order, pods: everyLabel, rules: made.rules, sets };
  const own = labelSelector([{ key: namespaceLabel, operator: "In", values: [namespace] }]);
  const draft: CalicoDraft =
    kind === "CalicoNetworkPolicy"
      ? { kind, namespace, name: "postern-egress", ...parts }
      : { kind, namespace: "", name: `postern-egress-${namespace}`, namespaces: own, ...parts };
  const isNamed = others.some(({ names }) => names.length > 0);
  return {
    draft,
    reasons: made.reasons,
    notExpressible: notExpressibleIn(kind, others),
    cautions: [
      ...(isNamed ? ["open-source Calico has no names: named destinations break when their addresses change"] : []),
      ...(apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : []),
    ],
  };
}

const any = { action: "allow", protocol: undefined, ports: [] } as const;

function blocks(cidrs: readonly Cidr[]): CalicoDraftDestination {
  return { kind: "blocks", cidrs };
}

interface Group {
  readonly ports: Need["ports"];
  readonly cidrs: readonly Cidr[];
  readonly edges: readonly Edge[];
  /** Of the service the group is for, where one was told. */
  readonly service: string | undefined;
}

/**
 * Needs of one service with the same ports become one rule. Bare addresses stay rules of their own, until there are so
 * many with the same ports that they go into one set; so does everything where a policy could not hold the rules.
 */
function groupsOf(needs: readonly Need[]): readonly Group[] {
  const groups = grouped(needs, ({ choice }) =>
    choice?.use.service.by === "address" ? undefined : choice?.use.service.id,
  );
  const ruleCount = groups.reduce((sum, { ports }) => sum + portLists(ports).length, 0);
  return ruleCount <= mostRules - reservedRules ? groups : grouped(needs, () => undefined);
}

/** For guardrails, the API server and ICMP. */
const reservedRules = 256;

function grouped(needs: readonly Need[], serviceOf: (need: Need) => string | undefined): readonly Group[] {
  const portsOf = ({ ports }: Need): string => ports.map(({ protocol, port }) => `${protocol}-${port}`).join();
  const byKey = Map.groupBy(needs, (need) => `${serviceOf(need) ?? ""} ${portsOf(need)}`);
  return [...byKey.values()].flatMap((alike): readonly Group[] => {
    const service = serviceOf(alike[0]!);
    const groupOf = (own: readonly Need[]): Group => ({
      ports: own[0]!.ports,
      cidrs: own.flatMap(({ to }) => (to.kind === "cidr" ? [to.cidr] : [])),
      edges: own.flatMap(({ edges }) => edges),
      service,
    });
    const isTogether = service !== undefined || alike.length > listedBlocks;
    return (isTogether ? [groupOf(alike)] : alike.map((need) => groupOf([need]))).filter(
      ({ cidrs }) => cidrs.length > 0,
    );
  });
}

/** Named after what it is for, so that it keeps its name while its addresses change. */
function setOf(
  { service, ports, cidrs, edges }: Group,
  namespace: string,
  sets: CalicoNetworkSetDraft[],
): CalicoDraftDestination {
  const what = service ?? ports.map(({ protocol, port }) => `${protocol}-${port}`).join("-");
  const base = labelText(namespace, what);
  const taken = new Set(sets.map(({ name }) => name));
  let value = base;
  for (let number = 2; taken.has(nameOf(value)); number += 1) value = `${base}-${number}`;
  sets.push({
    name: nameOf(value),
    labels: { [setLabel]: value },
    cidrs,
    comment: [`${cidrs.length} blocks for namespace ${namespace}, of ${edges.length} recorded connections.`],
  });
  return { kind: "sets", label: setLabel, value };
}

function nameOf(value: string): string {
  return `postern.${value}`;
}

/** Of a label's 63 characters, so that a number still fits behind. */
const longestLabel = 58;

/**
 * A label of at most 58 letters, digits, dots and dashes. No namespace has a dot in it, so those of two namespaces are never
 * the same; of a long one, a number made from all of it stands for what is cut.
 */
function labelText(namespace: string, what: string): string {
  const plain = what
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const whole = `${namespace}.${plain}`;
  if (whole.length <= longestLabel && plain !== "") return whole;
  let hash = 0x811c9dc5;
  for (const character of `${namespace}.${what}`) hash = Math.imul(hash ^ character.codePointAt(0)!, 0x01000193) >>> 0;
  return `${whole.slice(0, longestLabel - 9).replaceAll(/[-.]+$/g, "")}-${hash.toString(16).padStart(8, "0")}`;
}

/** A rule has one protocol and at most {@link mostPorts} ports. */
function portLists(
  ports: Need["ports"],
): readonly { readonly protocol: PortProtocol; readonly ports: readonly number[] }[] {
  return [...Map.groupBy(ports, ({ protocol }) => protocol)].flatMap(([protocol, own]) =>
    Array.from({ length: Math.ceil(own.length / mostPorts) }, (_, list) => ({
      protocol,
      ports: own.slice(list * mostPorts, (list + 1) * mostPorts).map(({ port }) => port),
    })),
  );
}

function icmpOf(
  edges: readonly Edge[],
): readonly { readonly protocol: "icmp" | "icmpv6"; readonly edges: readonly Edge[] }[] {
  const icmp = edges.filter(({ protocol }) => protocol === "icmp");
  return ([4, 6] as const).flatMap((family) => {
    const own = icmp.filter(({ address }) => address.family === family);
    return own.length === 0 ? [] : [{ protocol: family === 4 ? ("icmp" as const) : ("icmpv6" as const), edges: own }];
  });
}
