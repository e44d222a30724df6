import type { Cidr } from "../../core/net/ip-set.ts";
import type {
  ClusterPolicyDraft,
  ClusterPolicyDraftPeer,
  ClusterPolicyDraftRule,
  DraftPort,
} from "../../core/policy/draft.ts";
import {
  adminDialect,
  baselineDialect,
  clusterDialect,
  maxPeerValues,
} from "../../core/policy/kinds/network-policy-api/dialect.ts";
import { everyLabel, formatLabelSelector } from "../../core/policy/label-selector.ts";
import type { RuleAction } from "../../core/policy/model.ts";
import type { KindAbilities, Need } from "./choose/choice.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import {
  apiServerReason,
  denyEverything,
  DraftRules,
  fixedReason,
  headerLines,
  learnedReason,
  splitApiServer,
  writtenGuardrails,
} from "./draft-parts.ts";
import { notExpressibleIn } from "./not-expressible.ts";
import { apiServerAccess, unknownApiServer } from "./safety-prelude.ts";

type ClusterPolicyKind = ClusterPolicyDraft["kind"];
type BareRule = Omit<ClusterPolicyDraftRule, "comment">;

/** Asked after the policies of a platform team, which start at 0, and before nothing on OVN-Kubernetes above 99. */
const usualPriority = 50;

const dialects = {
  AdminNetworkPolicy: adminDialect,
  BaselineAdminNetworkPolicy: baselineDialect,
  ClusterNetworkPolicy: clusterDialect,
} as const;

/** Names are in none of the APIs that clusters have by default (policy-semantics §3.2, §3.3). */
function abilitiesOf(kind: ClusterPolicyKind): KindAbilities {
  const { maxRules, maxPeers } = dialects[kind];
  // Blocks with the same ports share a rule.
  return { names: "none", nodes: true, ports: true, ipv6: true, denies: true, maxRules: maxRules * maxPeers };
}

/**
 * A default deny for one namespace, chosen by its name. In the admin tier nothing is allowed outright: what is needed is
 * passed, so that the policies of the namespace go on deciding and the object opens nothing that they deny. In the
 * baseline, which is asked last and cannot pass, it is allowed. `networks` also match pods, so these come before.
 */
export function draftClusterPolicy(kind: ClusterPolicyKind, input: DraftInput): DraftSuggestion {
  const { baseline, facts, window } = input;
  const needed: RuleAction = kind === "BaselineAdminNetworkPolicy" ? "allow" : "pass";
  const made = new DraftRules<BareRule>();
  for (const [reason, cidrs] of guardrailBlocks(input)) {
    made.add({ name: "guardrail", action: "deny", to: networks(cidrs), ports: [] }, fixedReason("guardrail", reason));
  }
  const inside: ClusterPolicyDraftPeer = { kind: "pods", namespaces: everyLabel };
  made.add(
    { name: "inside-the-cluster", action: needed, to: [inside], ports: [] },
    fixedReason("inside-cluster", "pods of this cluster, as before"),
  );
  const { toApiServer, others } = splitApiServer(baseline.sanctioned, facts);
  for (const rule of apiServerRules(input, needed)) made.add(rule, apiServerReason(toApiServer, window));
  // The catch-all deny takes one rule more.
  const room = dialects[kind].maxRules - made.rules.length - 1;
  for (const { to, ports, needs } of groups(input.needs(abilitiesOf(kind)), kind, room)) {
    const edges = needs.flatMap((need) => need.edges);
    made.add(
      { action: needed, to, ports },
      learnedReason(
        edges,
        window,
        needs.map(({ choice }) => choice),
      ),
    );
  }
  made.add(
    { name: "default-deny", action: "deny", to: networks(denyEverything), ports: [] },
    fixedReason("default-deny", "everything else, both families"),
  );
  const isNamed = others.some(({ names }) => names.length > 0);
  return {
    draft: draftOf(kind, input, made.rules),
    reasons: made.reasons,
    notExpressible: notExpressibleIn(kind, others),
    cautions: [
      ...(isNamed ? [`this kind has no names here: named destinations break when their addresses change`] : []),
      ...(kind === "ClusterNetworkPolicy" ? ["OVN-Kubernetes does not implement ClusterNetworkPolicy"] : []),
      ...(apiServerAccess(facts).kind === "unknown" ? [unknownApiServer] : []),
    ],
  };
}

/** Of the object for one namespace, but for the baseline, of which there is one. */
export function clusterPolicyName(namespace: string): string {
  return `postern-egress-${namespace}`;
}

function draftOf(
  kind: ClusterPolicyKind,
  input: DraftInput,
  rules: readonly ClusterPolicyDraftRule[],
): ClusterPolicyDraft {
  const { priority = usualPriority } = input;
  const { namespace } = input.baseline;
  const name: LabelledNamespace = { key: namespaceNameLabel, operator: "In", values: [namespace] };
  const common = {
    namespace: "",
    subject: { namespaces: { requirements: [name] }, pods: undefined },
    comment: headerLines(input),
    rules,
  } as const;
  const own = clusterPolicyName(namespace);
  switch (kind) {
    case "AdminNetworkPolicy":
      return { kind, name: own, priority, ...common };
    case "BaselineAdminNetworkPolicy":
      return { kind, name: "default", ...common };
    case "ClusterNetworkPolicy":
      return { kind, name: own, tier: "Admin", priority, ...common };
    default:
      return kind satisfies never;
  }
}

/** Every namespace has it, with its name (Kubernetes 1.21). */
const namespaceNameLabel = "kubernetes.io/metadata.name";

interface LabelledNamespace {
  readonly key: typeof namespaceNameLabel;
  readonly operator: "In";
  readonly values: readonly string[];
}

function guardrailBlocks({ guardrails }: DraftInput): ReadonlyMap<string, readonly Cidr[]> {
  const blocks = new Map<string, Cidr[]>();
  for (const { cidr, reason } of writtenGuardrails(guardrails)) {
    const known = blocks.get(reason);
    if (known === undefined) blocks.set(reason, [cidr]);
    else known.push(cidr);
  }
  return blocks;
}

/** Distinct blocks, as many to a destination as the API takes. */
function networks(cidrs: readonly Cidr[]): readonly ClusterPolicyDraftPeer[] {
  const distinct = [
    ...new Map(cidrs.map((cidr) => [`${cidr.first}/${cidr.prefixLength}/${cidr.family}`, cidr])).values(),
  ];
  return chunks(distinct, maxPeerValues).map((part) => ({ kind: "networks", cidrs: part }));
}

function chunks<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size));
}

function apiServerRules({ facts }: DraftInput, action: RuleAction): readonly BareRule[] {
  const access = apiServerAccess(facts);
  if (access.kind === "unknown") return [];
  const tcp = (ports: readonly number[]): readonly DraftPort[] => ports.map((port) => ({ protocol: "tcp", port }));
  if (access.kind === "nodes") {
    const to = [{ kind: "nodes", selector: access.selector } as const];
    return [{ name: "api-server", action, to, ports: tcp(access.ports) }];
  }
  return [...Map.groupBy(access.endpoints, ({ port }) => port)].map(([port, endpoints]) => ({
    name: "api-server",
    action,
    to: networks(endpoints.map(({ cidr }) => cidr)),
    ports: tcp([port]),
  }));
}

interface Group {
  readonly to: readonly ClusterPolicyDraftPeer[];
  readonly ports: readonly DraftPort[];
  readonly needs: readonly Need[];
}

/**
 * Destinations of one service with the same ports share a rule, in the order of the first of them; where there is no room
 * for as many rules, those of all services.
 */
function groups(needs: readonly Need[], kind: ClusterPolicyKind, room: number): readonly Group[] {
  const portsOf = ({ ports }: Need): string => ports.map(({ protocol, port }) => `${protocol}/${port}`).join(" ");
  const nodesOf = ({ to }: Need): string => (to.kind === "nodes" ? formatLabelSelector(to.selector) : "");
  const byService = grouped(
    needs,
    kind,
    (need) => `${portsOf(need)}; ${need.choice?.use.service.id}; ${nodesOf(need)}`,
  );
  if (byService.length <= room) return byService;
  return grouped(needs, kind, (need) => `${portsOf(need)}; ${nodesOf(need)}`);
}

function grouped(needs: readonly Need[], kind: ClusterPolicyKind, keyOf: (need: Need) => string): readonly Group[] {
  const { maxPeers } = dialects[kind];
  return [...Map.groupBy(needs, keyOf).values()].flatMap((own) => {
    const { ports, to } = own[0]!;
    if (to.kind === "nodes") return [{ to: [to], ports, needs: own }];
    // What the kind has no words for was not asked for.
    const blocks = own.filter((need) => need.to.kind === "cidr");
    return chunks(blocks, maxPeers * maxPeerValues).map((part) => ({
      to: networks(part.flatMap((need) => (need.to.kind === "cidr" ? [need.to.cidr] : []))),
      ports,
      needs: part,
    }));
  });
}

/** Why the API server would refuse a draft as too large; undefined when it takes it. */
export function tooManyClusterRules(draft: ClusterPolicyDraft): string | undefined {
  const { maxRules } = dialects[draft.kind];
  if (draft.rules.length <= maxRules) return undefined;
  return (
    `it takes ${draft.rules.length.toLocaleString("en-US")} rules and one ${draft.kind} holds ${maxRules}: destinations ` +
    "with the same ports share a rule, so there are too many sets of ports; move some workloads to a namespace of their own"
  );
}
