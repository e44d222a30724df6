import type { DecidedBy } from "../../../core/policy/compare-sets.ts";
import type { Exposure } from "../../../core/policy/exposure.ts";
import type { EgressPolicy, SourceLocation } from "../../../core/policy/model.ts";
import type { DecidedByOutput, ExposureOutput, LocationOutput, PolicyNameOutput } from "./common.ts";

export function locationOutput({ file, line, column, path }: SourceLocation): LocationOutput {
  return { file, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }), path };
}

export function policyOutput({ kind, namespace, name }: EgressPolicy): PolicyNameOutput {
  return { kind, namespace, name };
}

export function decidedByOutput({ policy, rule, text, at }: DecidedBy): DecidedByOutput {
  return {
    policy: policy === undefined ? null : policyOutput(policy),
    rule: rule === "otherwise" ? null : rule,
    text,
    at: at === undefined ? null : locationOutput(at),
  };
}

/** Two digits: more would only be noise. */
export function exposureOutput({ v4, v6, unresolvedRules }: Exposure): ExposureOutput {
  const round = (power: number | undefined): number | null => (power === undefined ? null : Number(power.toFixed(2)));
  return { v4: round(v4), v6: round(v6), unresolvedRules };
}

export function timeOutput(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
