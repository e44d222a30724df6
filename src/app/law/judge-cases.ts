import { approvalsNeeded, type ApprovalRequirement, approvalsOf } from "../../pipeline/propose/law/approvals.ts";
import { clausesInScope, judgeLaw, type LawInForce } from "../../pipeline/propose/law/judge-law.ts";
import type { LawCase } from "../../pipeline/propose/law/law-case.ts";
import type { LawVerdict } from "../wire/proposals.ts";
import { askEngines } from "./ask-engines.ts";
import type { RegoEngine } from "./clause-engines.ts";
import type { LawAnswer, LawInput } from "./law-judge.ts";
import type { ReadyLaw } from "./read-law-text.ts";

export type LawToAsk = LawInForce & { readonly ready: ReadyLaw };

/** One object of a change, with the objects as they are written. */
export interface ObjectCase extends LawCase {
  readonly object: unknown;
  readonly oldObject: unknown;
}

/**
 * What laws say of the objects of a change.
 * @param before verdicts that stand already: of laws that cannot be read
 */
export async function judgeCases(
  laws: readonly LawToAsk[],
  cases: readonly ObjectCase[],
  input: LawInput,
  rego: RegoEngine | undefined,
  before: readonly LawVerdict[] = [],
): Promise<LawAnswer> {
  const asked = cases.flatMap((one) =>
    laws.map(async (law) => [...judgeLaw(law, one), ...(await askEngines(law, one, input, rego))]),
  );
  const verdicts = await Promise.all(asked);
  return answerOf(laws, [...before, ...verdicts.flat()], cases);
}

function answerOf(laws: readonly LawInForce[], verdicts: readonly LawVerdict[], cases: readonly LawCase[]): LawAnswer {
  const approvals = uniqueRequirements(
    cases.flatMap((one) => laws.flatMap((law) => approvalsOf(law.law, law.version, one))),
  );
  const demands = cases.flatMap((one) => laws.flatMap((law) => clausesInScope(law, one)));
  const isSaid = (kind: string): boolean =>
    demands.some(({ demand, effect }) => demand.kind === kind && effect === "forbids");
  const isRefused = demands.some(({ demand }) => demand.kind === "automation" && !demand.isAllowed);
  const isGrouped = approvals.length > 0 && approvals.every(({ groups }) => groups.length > 0);
  const groups = [...new Set(approvals.flatMap((own) => own.groups))].toSorted();
  return {
    verdicts,
    approvalsNeeded: approvalsNeeded(approvals),
    approvals,
    mayEditorsApprove: !isSaid("separationOfDuties"),
    approvers: isGrouped ? { subjects: [], groups } : undefined,
    // Where people are asked for by name or number, the server is none of them.
    mayAutomate: !isRefused && approvals.length === 0 && !verdicts.some(({ effect }) => effect === "forbids"),
  };
}

function uniqueRequirements(all: readonly ApprovalRequirement[]): readonly ApprovalRequirement[] {
  return [...new Map(all.map((own) => [`${own.law}/${own.clause}`, own] as const)).values()];
}
