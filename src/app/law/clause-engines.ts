import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";

/** Names that an expression may use, as in a ValidatingAdmissionPolicy; the last two are ours, and not there in a cluster. */
export interface ClauseVariables {
  /** The policy as it would be; null when it is taken away. */
  readonly object: unknown;
  /** What it replaces; null when there is nothing. */
  readonly oldObject: unknown;
  readonly request: unknown;
  readonly namespaceObject: unknown;
  readonly proposal: unknown;
  readonly dossier: unknown;
}

export interface ExpressionError {
  /** One sentence, lower case, no full stop. */
  readonly message: string;
  /** Where in the expression, in UTF-16 units from 0. */
  readonly offset: number;
}

/** An expression that was understood, and has a truth for an answer. */
export interface CelProgram {
  /** Takes bounded time and memory. Fails when the expression cannot be evaluated, such as for a field that is not there. */
  evaluate(variables: ClauseVariables): Result<boolean, ExpressionError>;
}

export interface CelEngine {
  compile(expression: string): Result<CelProgram, ExpressionError>;
}

/** What rules of a package say: each entry is a breach. */
export interface RegoAnswer {
  readonly deny: readonly string[];
  readonly warn: readonly string[];
}

export interface RegoEngine {
  /** For people: `OPA at https://opa.example:8181`. */
  readonly title: string;
  /** @param path of a package with `deny` and `warn`, with slashes */
  ask(path: string, input: unknown): Promise<Result<RegoAnswer, Failure>>;
}
