import { type Edge } from "../flows/edge.ts";
import { forbiddenBy, type Guardrail, indexGuardrails } from "./guardrails.ts";

/** Why traffic that was seen is not what a policy should allow. */
export type NotLearnedReason = "forbidden" | "denied" | "no-port";

export interface NotLearned {
  readonly edge: Edge;
  readonly reason: NotLearnedReason;
  /** One sentence for people: `it is the cloud's instance metadata service, …`. */
  readonly because: string;
}

export interface NamespaceBaseline {
  readonly namespace: string;
  /** What a policy must allow, in edge order. */
  readonly sanctioned: readonly Edge[];
  readonly notLearned: readonly NotLearned[];
}

/**
 * Splits each namespace's edges into what is needed and what is not. Traffic that the cluster denied is not a need: it
 * never worked. Namespaces in order of their name.
 */
export function namespaceBaselines(
  edges: readonly Edge[],
  guardrails: readonly Guardrail[],
): readonly NamespaceBaseline[] {
  const index = indexGuardrails(guardrails);
  const byNamespace = new Map<string, { sanctioned: Edge[]; notLearned: NotLearned[] }>();
  for (const edge of edges) {
    let own = byNamespace.get(edge.namespace);
    if (own === undefined) byNamespace.set(edge.namespace, (own = { sanctioned: [], notLearned: [] }));
    const guardrail = forbiddenBy(index, edge.address);
    if (guardrail !== undefined) own.notLearned.push({ edge, reason: "forbidden", because: guardrail.reason });
    else if (edge.verdict === "denied") {
      own.notLearned.push({ edge, reason: "denied", because: "the cluster denies it today, so nothing depends on it" });
    } else if (edge.port === 0 && (edge.protocol === "tcp" || edge.protocol === "udp" || edge.protocol === "sctp")) {
      own.notLearned.push({ edge, reason: "no-port", because: "the source did not record the destination port" });
    } else own.sanctioned.push(edge);
  }
  return [...byNamespace]
    .map(([namespace, own]) => ({ namespace, ...own }))
    .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}
