import type { EgressPolicy } from "../../../core/policy/model.ts";
import { judgeClause } from "./judge-clause.ts";
import type { LawCase } from "./law-case.ts";
import type { Law, LawClause, LawEffect } from "./law.ts";
import { isInScope } from "./scope.ts";

/** What a clause says of a change that breaks it. */
export interface ClauseVerdict {
  readonly clause: string;
  /** `company@3`. */
  readonly law: string;
  readonly effect: LawEffect;
  readonly message: string;
  readonly rule: number | null;
  readonly line: number | null;
}

/** A law in force, under the name and version that verdicts cite. */
export interface LawInForce {
  readonly law: Law;
  readonly version: string;
}

/** The clauses that speak of the change, in order. */
export function clausesInScope({ law }: LawInForce, given: LawCase): readonly LawClause[] {
  return isInScope(law.scope, given) ? law.clauses.filter(({ scope }) => isInScope(scope, given)) : [];
}

/** Verdicts of all clauses that can be judged here: everything but CEL and Rego. */
export function judgeLaw(inForce: LawInForce, given: LawCase): readonly ClauseVerdict[] {
  return clausesInScope(inForce, given).flatMap((clause) =>
    judgeClause(clause, given).map(({ message, rule }) => verdictOf(inForce, clause, given, message, rule)),
  );
}

export function verdictOf(
  { version }: LawInForce,
  { name, effect, message: own }: LawClause,
  { policy, proposal }: LawCase,
  message: string,
  rule?: number,
): ClauseVerdict {
  // Going back to how it was must work at night: what was there before has been lived with.
  const isGoingBack = policy === undefined && proposal?.origin === "revert";
  return {
    clause: name,
    law: version,
    effect: isGoingBack ? "warns" : effect,
    message: own === "" ? message : `${message} — ${own}`,
    rule: rule ?? null,
    line: lineOf(policy, rule) ?? null,
  };
}

function lineOf(policy: EgressPolicy | undefined, rule: number | undefined): number | undefined {
  return rule === undefined ? policy?.at.line : policy?.ruleLocations[rule]?.line;
}
