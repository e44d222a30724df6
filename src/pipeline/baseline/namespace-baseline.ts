import { cidrAround } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import { hasPorts } from "../../core/net/l4.ts";
import type { Edge, ObservedVerdict } from "../flows/edge.ts";
import type { FlowWindow, NameEvidence } from "../flows/harvest.ts";
import { forbiddenBy, type Guardrail, type GuardrailIndex, indexGuardrails } from "./guardrails.ts";
import { indexKnowledge, type KnowledgeIndex } from "./knowledge/knowledge-index.ts";
import { noKnowledge } from "./knowledge/knowledge.ts";
import { addressKey } from "./services/address-key.ts";
import { type SuspicionReason, suspicionReasons, suspicionsOf } from "./suspicion/suspicions.ts";

/** Why traffic that was seen is not what a policy should allow. */
export const notLearnedReasons = ["forbidden", "denied", "unanswered", "no-port", ...suspicionReasons] as const;
export type NotLearnedReason = (typeof notLearnedReasons)[number];

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

/** What the edges alone do not tell. Whatever is left out is not used. */
export interface LearningEvidence {
  readonly knowledge?: KnowledgeIndex;
  readonly nameEvidence?: readonly NameEvidence[];
  readonly window?: FlowWindow | undefined;
  /** The largest N of 1-in-N packet sampling. */
  readonly samplingMax?: number;
}

/**
 * Splits each namespace's edges into what is needed and what is not. Traffic that the cluster denied or that nobody
 * answered is not a need: it never worked. Attempts at a destination that did answer the namespace at other times are
 * part of that need. Traffic that looks like an attack, or like nothing that anybody meant, is set aside for a person
 * (see `suspicion/`). Namespaces in order of their name.
 */
export function namespaceBaselines(
  edges: readonly Edge[],
  guardrails: readonly Guardrail[],
  evidence: LearningEvidence = {},
): readonly NamespaceBaseline[] {
  const index = indexGuardrails(guardrails);
  const forbidden = edges.map((edge) => guardrailOf(edge, index));
  const credentials = new Set(edges.filter((_, i) => forbidden[i]?.handsOutCredentials === true));
  const answered = answeredTargets(edges);
  const suspicions = suspicionsOf(edges, {
    knowledge: evidence.knowledge ?? indexKnowledge(noKnowledge),
    nameEvidence: evidence.nameEvidence ?? [],
    window: evidence.window,
    sampling: evidence.samplingMax ?? 1,
    asksForCredentials: (edge) => credentials.has(edge),
  });
  const byNamespace = new Map<string, { sanctioned: Edge[]; notLearned: NotLearned[] }>();
  let own: { readonly sanctioned: Edge[]; readonly notLearned: NotLearned[] } | undefined;
  let namespaceOfOwn: string | undefined;
  for (const [i, edge] of edges.entries()) {
    if (own === undefined || edge.namespace !== namespaceOfOwn) {
      namespaceOfOwn = edge.namespace;
      own = byNamespace.get(namespaceOfOwn);
      if (own === undefined) byNamespace.set(namespaceOfOwn, (own = { sanctioned: [], notLearned: [] }));
    }
    const guardrail = forbidden[i];
    const suspicion = suspicions.get(edge);
    if (guardrail !== undefined) own.notLearned.push({ edge, reason: "forbidden", because: guardrail.reason });
    else if (suspicion !== undefined && tellsMore.has(suspicion.reason)) own.notLearned.push({ edge, ...suspicion });
    else if (edge.verdict === "denied") {
      own.notLearned.push({ edge, reason: "denied", because: "the cluster denies it today, so nothing depends on it" });
    } else if (edge.verdict === "unanswered" && !answered.has(targetOf(edge))) {
      const because = "nobody ever answered: every attempt to connect stayed alone";
      own.notLearned.push({ edge, reason: "unanswered", because });
    } else if (edge.port === 0 && hasPorts(edge.protocol)) {
      own.notLearned.push({ edge, reason: "no-port", because: "the source did not record the destination port" });
    } else if (suspicion !== undefined) own.notLearned.push({ edge, ...suspicion });
    else own.sanctioned.push(edge);
  }
  return [...byNamespace]
    .map(([namespace, all]) => ({ namespace, ...all }))
    .sort((a, b) => (a.namespace < b.namespace ? -1 : 1));
}

/** Signs of an attack say more than that the attempt failed. */
const tellsMore: ReadonlySet<SuspicionReason> = new Set(["threat-feed", "scan"]);

/** A block that holds more than what is forbidden is a need that cannot be met: proving it fails, with the reason. */
function guardrailOf({ address, prefixLength }: Edge, index: GuardrailIndex): Guardrail | undefined {
  return forbiddenBy(index, prefixLength === undefined ? address : cidrAround(address, prefixLength));
}

const worked: ReadonlySet<ObservedVerdict> = new Set(["seen", "allowed"]);

/** Of what stayed unanswered at times, what worked at others. */
function answeredTargets(edges: readonly Edge[]): ReadonlySet<string> {
  const asked = new Set(edges.filter(({ verdict }) => verdict === "unanswered").map(targetOf));
  if (asked.size === 0) return asked;
  const addresses = new Set(
    edges.filter(({ verdict }) => verdict === "unanswered").map(({ address }) => addressKey(address)),
  );
  return new Set(
    edges
      .filter(({ verdict, address }) => worked.has(verdict) && addresses.has(addressKey(address)))
      .map(targetOf)
      .filter((target) => asked.has(target)),
  );
}

function targetOf({ namespace, address, protocol, port }: Edge): string {
  return `${namespace} ${formatIp(address)} ${protocol}/${port}`;
}
