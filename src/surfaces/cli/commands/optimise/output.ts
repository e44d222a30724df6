import type { OptimiseFinding, OptimiseReport } from "../../../../app/optimise-policies.ts";
import { exposureOutput, locationOutput, policyOutput } from "../../schema/common-output.ts";
import type { OptimiseOutput } from "./schema.ts";

export function optimiseOutputOf(report: OptimiseReport, isFixed: boolean): OptimiseOutput {
  const { findings, policies, changes, further, hasTraffic } = report;
  return {
    schema: "postern/optimise/v1",
    findings: findings.map((finding) => findingOutput(finding, isFixed)),
    further: further.map((finding) => findingOutput(finding, isFixed)),
    policies: policies.map(({ before, after, exposureBefore, exposureAfter }) => ({
      policy: policyOutput(before),
      at: locationOutput(before.at),
      rules: { before: before.ruleLocations.length, after: after.ruleLocations.length },
      exposure: { before: exposureOutput(exposureBefore), after: exposureOutput(exposureAfter) },
    })),
    files: changes.map(({ path, after }) => ({ path, text: after })),
    trafficLookedAt: hasTraffic,
  };
}

function findingOutput(finding: OptimiseFinding, isFixed: boolean): OptimiseOutput["findings"][number] {
  const { code, severity, at, policy, rule, message, effect, fix, mend, notMended } = finding;
  return {
    code,
    severity,
    at: locationOutput(at),
    policy: policyOutput(policy),
    rule: rule ?? null,
    message,
    effect,
    fix,
    change: mend ?? null,
    state: mend === undefined ? "left" : isFixed ? "changed" : "offered",
    because: notMended ?? null,
  };
}
