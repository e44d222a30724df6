import { createContext, Script } from "node:vm";
import { Environment, EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import type { CelEngine, CelProgram, ClauseVariables, ExpressionError } from "../../app/law/clause-engines.ts";
import { fail, ok } from "../../core/result.ts";
import { celValue, TooLargeError } from "./cel-value.ts";
import { addKubernetesLibrary } from "./kubernetes-library.ts";

/** What an expression may take, written and evaluated: those of Kubernetes' cost limit are of the same order. */
export const celLimits = { characters: 10_000, milliseconds: 1_000 } as const;

const names = ["object", "oldObject", "request", "namespaceObject", "proposal", "dossier"] as const;

const environment = addKubernetesLibrary(
  new Environment({
    unlistedVariablesAreDyn: false,
    homogeneousAggregateLiterals: false,
    enableOptionalTypes: true,
    limits: { maxAstNodes: 5_000, maxDepth: 100, maxListElements: 1_000, maxMapEntries: 1_000, maxCallArguments: 16 },
  }),
);
for (const name of names) environment.registerVariable(name, "dyn");

/** Expressions as ValidatingAdmissionPolicy has them. They read what they are given and nothing else. */
export const celEngine: CelEngine = {
  compile(expression) {
    if (expression.length > celLimits.characters) {
      return fail({ message: `it is longer than ${celLimits.characters} characters`, offset: 0 });
    }
    try {
      const checked = environment.check(expression);
      if (!checked.valid) return fail(errorOf(checked.error));
      if (checked.type !== "bool" && checked.type !== "dyn") {
        return fail({ message: `its answer is of the type ${checked.type}, and must be true or false`, offset: 0 });
      }
      return ok(programOf(environment.parse(expression)));
    } catch (error) {
      return fail(errorOf(error));
    }
  },
};

/**
 * A regular expression that goes astray, or a loop in a loop, cannot be told beforehand; so the engine of JavaScript itself stops an
 * evaluation that takes too long. Only the call is made in the script: it sees nothing but what it is given.
 */
const bounded = new Script("run()");
const stage: { run: () => unknown } = { run: () => undefined };
const context = createContext(stage, { codeGeneration: { strings: false, wasm: false } });

function programOf(evaluate: (variables: Record<string, unknown>) => unknown): CelProgram {
  return {
    evaluate(variables) {
      try {
        const given = valuesOf(variables);
        stage.run = () => evaluate(given);
        const answer: unknown = bounded.runInContext(context, { timeout: celLimits.milliseconds });
        if (typeof answer === "boolean") return ok(answer);
        return fail({ message: "its answer is neither true nor false", offset: 0 });
      } catch (error) {
        return fail(errorOf(error));
      }
    },
  };
}

function valuesOf(variables: ClauseVariables): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, celValue(variables[name])]));
}

function errorOf(error: unknown): ExpressionError {
  if (error instanceof ParseError || error instanceof EvaluationError || error instanceof CelTypeError) {
    return { message: sentence(error.summary), offset: error.range?.start ?? 0 };
  }
  if (error instanceof TooLargeError) return { message: error.message, offset: 0 };
  // Made by the engine outside of this realm, so it is no `Error` of ours.
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  if (code === "ERR_SCRIPT_EXECUTION_TIMEOUT") {
    return { message: `it took longer than ${celLimits.milliseconds} ms`, offset: 0 };
  }
  return { message: sentence(typeof message === "string" ? message : String(error)), offset: 0 };
}

/** Somebody else's words in our form. */
function sentence(text: string): string {
  const [first = ""] = text.split("\n");
  const short = first.length > 200 ? `${first.slice(0, 200)}…` : first;
  return short.charAt(0).toLowerCase() + short.slice(1).replace(/\.$/, "");
}
