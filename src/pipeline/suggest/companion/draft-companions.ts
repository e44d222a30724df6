import { allAddresses, type Cidr, ipSetOf, overlapsIp, toCidrs } from "../../../core/net/ip-set.ts";
import { formatIp, parseIp } from "../../../core/net/ip.ts";
import type {
  NetworkPolicyDraft,
  NetworkPolicyDraftPeer,
  NetworkPolicyDraftPort,
  NetworkPolicyDraftRule,
} from "../../../core/policy/draft.ts";
import { everyLabel } from "../../../core/policy/label-selector.ts";
import { formatWorkload, type Workload } from "../../../core/workload/workload.ts";
import type { Port } from "../../baseline/port.ts";
import type { Edge } from "../../flows/edge.ts";
import type { Need } from "../choose/choice.ts";
import type { DraftInput } from "../draft-input.ts";
import { splitApiServer, writtenGuardrails } from "../draft-parts.ts";
import { evidenceLines, evidenceOf } from "../evidence.ts";
import { hostBlock } from "../safety-prelude.ts";
import { workloadSelectors } from "./workload-selectors.ts";

export type CompanionInput = Pick<DraftInput, "baseline" | "facts" | "guardrails" | "window">;

export interface Companions {
  /** The one for all pods first, then in order of their workloads. */
  readonly drafts: readonly NetworkPolicyDraft[];
  /** Whose pods each selects, first those it was made for; none for the policy of all pods. */
  readonly selected: ReadonlyMap<NetworkPolicyDraft, readonly Workload[]>;
  readonly cautions: readonly string[];
}

/**
 * A NetworkPolicy per workload that allows what its own traffic needs, and one that isolates every other pod. Firewall and
 * network policies are two stages that must both allow (policy-semantics §0), so a companion may say "any address on these
 * ports" where the firewall names a host, and the connection still reaches no other. Traffic inside the cluster stays as
 * it is.
 * @param needs what the firewall's rules allow
 */
export function draftCompanions(input: CompanionInput, needs: readonly Need[]): Companions {
  const { baseline, facts, guardrails } = input;
  const { namespace } = baseline;
  const { selected, unselectable } = workloadSelectors(facts.pods.filter((pod) => pod.namespace === namespace));
  const { toApiServer } = splitApiServer(baseline.sanctioned, facts);
  const forbidden = writtenGuardrails(guardrails).map(({ cidr }) => cidr);
  const isCovered = isOf(selected.flatMap(({ workloads }) => workloads));
  const isLeft = (edge: Edge): boolean => !isCovered(edge);
  const uncovered = needs.filter((need) => areLeftOut(usersOf(need), isCovered));
  const apiServerUsers = areLeftOut(toApiServer, isCovered) ? toApiServer.filter(isLeft) : [];
  const drafts: NetworkPolicyDraft[] = [
    {
      kind: "NetworkPolicy",
      namespace,
      name: "postern-egress",
      comment: [
        `Isolates every pod of ${namespace} for egress; what single workloads need stands in their own policies.`,
      ],
      podSelector: everyLabel,
      rules: [
        insideCluster,
        ...(apiServerUsers.length > 0 ? apiServerRules(input) : []),
        ...rulesOf(uncovered, isLeft, input, forbidden),
      ],
    },
  ];
  const workloadsOf = new Map<NetworkPolicyDraft, readonly Workload[]>();
  for (const { workloads, selector } of selected) {
    const own = isOf(workloads);
    const rules = [...(toApiServer.some(own) ? apiServerRules(input) : []), ...rulesOf(needs, own, input, forbidden)];
    if (rules.length === 0) continue;
    const draft: NetworkPolicyDraft = {
      kind: "NetworkPolicy",
      namespace,
      name: nameOf(workloads[0]!),
      comment: [
        `What ${workloads.map(formatWorkload).join(", ")} may reach of what the firewall of ${namespace} allows.`,
      ],
      podSelector: selector,
      rules,
    };
    drafts.push(draft);
    workloadsOf.set(draft, workloads);
  }
  const lost = [...uncovered.flatMap(usersOf).filter(isLeft), ...apiServerUsers].map(({ workload }) => workload);
  const cutOff =
    facts.apiServer.length === 0 || apiServerUsers.length > 0
      ? []
      : selected.flatMap(({ workloads }) => (toApiServer.some(isOf(workloads)) ? [] : workloads));
  return {
    drafts,
    selected: workloadsOf,
    cautions: [...unselectedCautions([...lost, ...unselectable]), ...apiServerCautions(cutOff)],
  };
}

function isOf(workloads: readonly Workload[]): (edge: Edge) => boolean {
  const names = new Set(workloads.map(formatWorkload));
  return ({ workload }) => names.has(formatWorkload(workload));
}

/**
 * Whose traffic a need is for. A service has its form for all of its users: a part of a range that this workload did not meet
 * yet is where it goes tomorrow. Single hosts by address are nothing more than was seen.
 */
function usersOf({ edges, choice }: Need): readonly Edge[] {
  if (choice === undefined) return edges;
  const { form, use } = choice;
  const isFixed = form.kind === "addresses" && (use.service.by === "address" || use.service.by === "on-premises");
  return isFixed ? edges : [...new Set([...edges, ...use.edges])];
}

/**
 * Whether some of the users have no policy of their own. A pod of which nothing but its address is known does not count beside
 * others: most likely it was one of theirs.
 */
function areLeftOut(users: readonly Edge[], isCovered: (edge: Edge) => boolean): boolean {
  const left = users.filter((edge) => !isCovered(edge));
  return left.length > 0 && (left.length === users.length || left.some(({ workload }) => !parseIp(workload.name).ok));
}

const insideCluster: NetworkPolicyDraftRule = {
  to: [{ kind: "pods", namespaces: everyLabel }],
  ports: [],
  comment: ["pods of this cluster, as before"],
};

function apiServerRules({ facts }: CompanionInput): readonly NetworkPolicyDraftRule[] {
  return facts.apiServer.map(({ address, port }) => ({
    to: [{ kind: "cidr", cidr: hostBlock(address), except: [] }],
    ports: [{ protocol: "tcp", port }],
    comment: [`the API server at ${formatIp(address)}`],
  }));
}

/** One rule per service with traffic of these pods; those by name share one per set of ports. */
function rulesOf(
  needs: readonly Need[],
  isOwn: (edge: Edge) => boolean,
  { window }: CompanionInput,
  forbidden: readonly Cidr[],
): readonly NetworkPolicyDraftRule[] {
  const blocks = new Map<unknown, Gathered>();
  const named = new Map<string, Gathered>();
  for (const need of needs) {
    const edges = usersOf(need).filter(isOwn);
    if (edges.length === 0) continue;
    const ports = need.ports.filter(({ protocol, port }) =>
      edges.some((edge) => edge.protocol === protocol && edge.port === port),
    );
    if (ports.length === 0 && need.ports.length > 0) continue;
    const isBlock = need.to.kind === "cidr";
    const cidrs = need.to.kind === "cidr" ? [need.to.cidr] : [];
    // Parts of one form stand in one rule where they are for the same traffic.
    const isShared = isBlock && usersOf(need) !== need.edges;
    const key = isShared ? need.choice!.use.service.id + ports.map(portText).join() : need;
    const group = isBlock ? blocks.get(key) : named.get(ports.map(portText).join());
    if (group !== undefined) {
      group.cidrs.push(...cidrs);
      for (const edge of edges) group.edges.push(edge);
    } else if (isBlock) blocks.set(key, { ports, cidrs, edges: [...edges] });
    else named.set(ports.map(portText).join(), { ports, cidrs, edges: [...edges] });
  }
  // Where any address may be reached on a port, a rule for some addresses says nothing more.
  const anywhere = new Set(named.values().flatMap(({ ports }) => ports.map(portText)));
  const telling = [...blocks.values()].filter(({ ports }) => !ports.every((port) => anywhere.has(portText(port))));
  const comment = (edges: readonly Edge[]): readonly string[] => evidenceLines(evidenceOf([...new Set(edges)], window));
  return [
    ...telling.map(({ ports, cidrs, edges }) => ({
      to: cidrs.map((cidr): NetworkPolicyDraftPeer => ({ kind: "cidr", cidr, except: [] })),
      ports,
      comment: comment(edges),
    })),
    ...[...named.values()].map(({ ports, edges }) => ({
      to: everywhereBut(forbidden),
      ports,
      comment: ["hosts by name: the firewall says which", ...comment(edges)],
    })),
  ];
}

interface Gathered {
  readonly ports: readonly Port[];
  readonly cidrs: Cidr[];
  readonly edges: Edge[];
}

/** What is excepted stands strictly inside the block (policy-semantics §3.1): a family that is forbidden as a whole is left out. */
function everywhereBut(forbidden: readonly Cidr[]): readonly NetworkPolicyDraftPeer[] {
  return toCidrs(allAddresses)
    .map((cidr) => ({ cidr, except: forbidden.filter((block) => overlapsIp(ipSetOf(block), ipSetOf(cidr))) }))
    .filter(({ except }) => except.every(({ prefixLength }) => prefixLength > 0))
    .map(({ cidr, except }) => ({ kind: "cidr", cidr, except }));
}

function portText({ protocol, port }: NetworkPolicyDraftPort): string {
  return `${protocol}/${port}`;
}

/** `postern-egress-cronjob-nightly-report`; a name has at most 253 characters, and workloads' have 63 or fewer as a rule. */
function nameOf({ kind, name }: Workload): string {
  const own = `postern-egress-${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-");
  return own.slice(0, 253).replace(/[^a-z0-9]+$/, "");
}

function unselectedCautions(workloads: readonly Workload[]): readonly string[] {
  if (workloads.length === 0) return [];
  return [
    `no pod labels are known that tell ${listed(workloads)} from the rest, so every pod of the namespace may reach what they ` +
      "need; give a cluster dump with `--cluster` that was taken while they run",
  ];
}

/** The firewall opens the API server to all: who needs it and was not recorded would notice the companions first. */
function apiServerCautions(workloads: readonly Workload[]): readonly string[] {
  if (workloads.length === 0) return [];
  return [
    `beside the firewall, ${listed(workloads)} may not reach the API server, which no recorded traffic of theirs did; ` +
      "add it to their policies if they need it",
  ];
}

function listed(workloads: readonly Workload[]): string {
  const names = [...new Set(workloads.map(formatWorkload))].toSorted();
  return names.length > 4 ? `${names.slice(0, 4).join(", ")} and ${names.length - 4} more` : names.join(", ");
}
