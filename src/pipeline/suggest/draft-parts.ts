import { allAddresses, type Cidr, toCidrs } from "../../core/net/ip-set.ts";
import { formatIp } from "../../core/net/ip.ts";
import type { Guardrail } from "../baseline/guardrails.ts";
import type { ClusterFacts } from "../flows/cluster-facts.ts";
import type { Edge } from "../flows/edge.ts";
import type { FlowWindow } from "../flows/harvest.ts";
import type { Choice } from "./choose/choice.ts";
import type { DraftInput, RuleReason } from "./draft-input.ts";
import { counted, evidenceLines, evidenceOf, formatStretch } from "./evidence.ts";

/** `0.0.0.0/0` and `::/0`: a deny of one family leaves the other open. */
export const denyEverything: readonly Cidr[] = toCidrs(allAddresses);

export function writtenGuardrails(
  guardrails: readonly Guardrail[],
): readonly { readonly cidr: Cidr; readonly reason: string }[] {
  return guardrails
    .filter(({ isWritten }) => isWritten)
    .flatMap(({ cidrs, reason }) => cidrs.map((cidr) => ({ cidr, reason: `guardrail: ${reason}` })));
}

/** Splits the traffic to the API server's own endpoints from the rest: the prelude allows it, whoever uses it. */
export function splitApiServer(
  edges: readonly Edge[],
  { apiServer }: ClusterFacts,
): { readonly toApiServer: readonly Edge[]; readonly others: readonly Edge[] } {
  const endpoints = new Set(apiServer.map(({ address, port }) => `${formatIp(address)} ${port}`));
  const ports = new Set(apiServer.map(({ port }) => port));
  // The port first: it tells nearly all edges apart without a text for each.
  const isApiServer = ({ address, protocol, port, prefixLength }: Edge): boolean =>
    ports.has(port) &&
    prefixLength === undefined &&
    protocol === "tcp" &&
    endpoints.has(`${formatIp(address)} ${port}`);
  const { yes: toApiServer = [], no: others = [] } = Object.groupBy(edges, (edge) =>
    isApiServer(edge) ? "yes" : "no",
  );
  return { toApiServer, others };
}

/** Why the API server is allowed, with who was seen using it. */
export function apiServerReason(edges: readonly Edge[], window: FlowWindow | undefined): RuleReason & CommentLines {
  const text = "the API server, behind its service address";
  if (edges.length === 0) return fixedReason("api-server", text);
  const evidence = evidenceOf(edges, window);
  return { why: "api-server", text, evidence, choices: [], lines: [text, ...evidenceLines(evidence)] };
}

interface CommentLines {
  readonly lines: readonly string[];
}

/**
 * Why a need is allowed: who, how often, when, where.
 * @param chosen the choices of the needs that the rule is for
 */
export function learnedReason(
  edges: readonly Edge[],
  window: FlowWindow | undefined,
  chosen: readonly (Choice | undefined)[] = [],
): RuleReason & CommentLines {
  const choices = [...new Set(chosen.filter((choice) => choice !== undefined))];
  const [first] = choices;
  if (edges.length === 0 && first !== undefined) {
    const text = `no traffic yet, part of ${first.form.title}`;
    return { why: "learned", text, evidence: undefined, choices, lines: [text] };
  }
  const evidence = evidenceOf(edges, window);
  const lines = evidenceLines(evidence);
  return { why: "learned", text: lines[0]!, evidence, choices, lines };
}

/** A reason that needs no evidence. */
export function fixedReason(why: RuleReason["why"], text: string): RuleReason & CommentLines {
  return { why, text, evidence: undefined, choices: [], lines: [text] };
}

/** Rules with their reasons, growing side by side. The first rule of a choice tells why it was made. */
export class DraftRules<R> {
  readonly rules: (R & { readonly comment: readonly string[] })[] = [];
  readonly reasons: RuleReason[] = [];
  readonly #told = new Set<Choice>();

  add(rule: R, { lines, ...reason }: RuleReason & CommentLines): void {
    const fresh = reason.choices.filter((choice) => !this.#told.has(choice));
    for (const choice of fresh) this.#told.add(choice);
    this.rules.push({ ...rule, comment: [...lines, ...fresh.flatMap(choiceLines)] });
    this.reasons.push(reason);
  }
}

/** `Amazon S3: the name …, because …`, and what else there was. Nothing where a service has only one plain form. */
function choiceLines({ use, form, because, runnerUp }: Choice): readonly string[] {
  if (runnerUp === undefined) return [];
  return [`${use.service.title}: ${form.title}, because ${because}`, `not ${runnerUp.form.title}: ${runnerUp.because}`];
}

/** What a reader of the file must know before anything else. */
export function headerLines({ baseline, window }: DraftInput): readonly string[] {
  const { sanctioned, notLearned } = baseline;
  const flows = sanctioned.reduce((sum, edge) => sum + edge.flows, 0);
  const when = window === undefined ? "" : `, ${formatStretch(window.firstMs, window.lastMs)}`;
  return [
    `Default deny for namespace ${baseline.namespace}, learned from ${counted(flows, "recorded flow")}${when}.`,
    ...(notLearned.length === 0
      ? []
      : [
          `Seen but not allowed on purpose: ${counted(notLearned.length, "connection")}; the report of \`--out\` lists them.`,
        ]),
  ];
}
