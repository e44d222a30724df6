import { fail, ok } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import type { Judged } from "../judge/judge.ts";
import type { DeskFailure, DeskResult } from "./desk-failure.ts";

/** What there is to learn or to judge says no, rather than that nobody can be asked. */
const conflicts = new Set(["nothing_recorded", "suggestion_refused"]);

export function deskFailureOf(failure: Failure): DeskFailure {
  return { ...failure, kind: conflicts.has(failure.code) ? "conflict" : "unavailable" };
}

/** What the history tells; where it cannot, the reason that a person can mend. */
export async function ofHistory<T>(answer: Promise<T>): DeskResult<T> {
  try {
    return ok(await answer);
  } catch (error) {
    if (error instanceof HistoryUnavailable) return fail(deskFailureOf(error.failure));
    throw error;
  }
}

/** A text that cannot be proposed, with what is wrong with it. */
export function textRefused({ findings }: Judged): DeskFailure {
  const errors = findings.filter(({ severity }) => severity === "error");
  const first = errors[0]?.message ?? "the text is no egress policy";
  const more = errors.length > 1 ? `, and ${errors.length - 1} more` : "";
  return { kind: "invalid", code: "proposal_text", message: `${first}${more}; mend the text`, findings };
}
