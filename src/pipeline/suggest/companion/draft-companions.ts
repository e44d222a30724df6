import { allAddresses, type Cidr, ipSetOf, overlapsIp, toCidrs } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
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
  const covered = new Set(selected.flatMap(({ workloads }) => workloads.map(formatWorkload)));
  const isCovered = ({ workload }: Edge): boolean => covered.has(formatWorkload(workload));
  // What a known workload needs too, an unknown pod most likely needed as one of its former pods.
  const uncovered = needs.filter(({ edges }) => !edges.some(isCovered));
  const isOf = (workloads: readonly Workload[]): ((edge: Edge) => boolean) => {
    const names = new Set(workloads.map(formatWorkload));
    return ({ workload }) => names.has(formatWorkload(workload));
  };
  const drafts: NetworkPolicyDraft[] = [
    {
      kind: "NetworkPolicy",
      namespace,
      name: "postern-egress",
      comment: [
        `Isolates every pod of ${namespace} for egress; what single workloads need stands in their own policies.`,
      ],
      podSelector: everyLabel,
      rules: [insideCluster, ...rulesOf(uncovered, () => true, input, forbidden)],
    },
  ];
  for (const { workloads, selector } of selected) {
    const own = isOf(workloads);
    const rules = [...(toApiServer.some(own) ? apiServerRules(input) : []), ...rulesOf(needs, own, input, forbidden)];
    if (rules.length === 0) continue;
    drafts.push({
      kind: "NetworkPolicy",
      namespace,
      name: nameOf(workloads[0]!),
      comment: [
        `What ${workloads.map(formatWorkload).join(", ")} may reach of what the firewall of ${namespace} allows.`,
      ],
      podSelector: selector,
      rules,
    });
  }
  return { drafts, cautions: cautionsOf(uncovered, unselectable) };
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

/** One rule per need with traffic of these pods; those by name share one per set of ports. */
function rulesOf(
  needs: readonly Need[],
  isOwn: (edge: Edge) => boolean,
  { window }: CompanionInput,
  forbidden: readonly Cidr[],
): readonly NetworkPolicyDraftRule[] {
  const rules: NetworkPolicyDraftRule[] = [];
  const named = new Map<string, { readonly ports: readonly Port[]; readonly edges: Edge[] }>();
  for (const { to, ports: all, edges: everybody } of needs) {
    const edges = everybody.filter(isOwn);
    if (edges.length === 0) continue;
    const ports = all.filter(({ protocol, port }) =>
      edges.some((edge) => edge.protocol === protocol && edge.port === port),
    );
    if (to.kind === "cidr") {
      const peer: NetworkPolicyDraftPeer = { kind: "cidr", cidr: to.cidr, except: [] };
      rules.push({ to: [peer], ports, comment: evidenceLines(evidenceOf(edges, window)) });
      continue;
    }
    const key = ports.map(portText).join();
    const known = named.get(key);
    if (known === undefined) named.set(key, { ports, edges: [...edges] });
    else known.edges.push(...edges);
  }
  // Where any address may be reached on a port, a rule for some addresses says nothing more.
  const anywhere = new Set(named.values().flatMap(({ ports }) => ports.map(portText)));
  const telling = rules.filter(({ ports }) => !ports.every((port) => anywhere.has(portText(port))));
  for (const { ports, edges } of named.values()) {
    const to = toCidrs(allAddresses).map((cidr): NetworkPolicyDraftPeer => ({
      kind: "cidr",
      cidr,
      except: forbidden.filter((block) => overlapsIp(ipSetOf(block), ipSetOf(cidr))),
    }));
    const comment = ["hosts by name: the firewall says which", ...evidenceLines(evidenceOf(edges, window))];
    telling.push({ to, ports, comment });
  }
  return telling;
}

function portText({ protocol, port }: NetworkPolicyDraftPort): string {
  return `${protocol}/${port}`;
}

/** `postern-egress-cronjob-nightly-report`; a name has at most 253 characters, and workloads' have 63 or fewer as a rule. */
function nameOf({ kind, name }: Workload): string {
  const own = `postern-egress-${kind}-${name}`.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "-");
  return own.slice(0, 253).replace(/[^a-z0-9]+$/, "");
}

function cautionsOf(uncovered: readonly Need[], unselectable: readonly Workload[]): readonly string[] {
  const names = new Set(uncovered.flatMap(({ edges }) => edges.map(({ workload }) => formatWorkload(workload))));
  const lost = [...new Set([...names, ...unselectable.map(formatWorkload)])].toSorted();
  if (lost.length === 0) return [];
  const listed = lost.length > 4 ? `${lost.slice(0, 4).join(", ")} and ${lost.length - 4} more` : lost.join(", ");
  return [
    `no pod labels are known that tell ${listed} from the rest, so every pod of the namespace may reach what they need; ` +
      "give a cluster dump with `--cluster` that was taken while they run",
  ];
}
