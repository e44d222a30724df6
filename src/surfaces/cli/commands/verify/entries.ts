import type { Counterexample, VerifiedNamespace } from "../../../../app/verify-policies.ts";
import { formatIpSet } from "../../../../core/net/ip-set.ts";
import type { SourceLocation } from "../../../../core/policy/model.ts";
import { placeOfOpener } from "../../../../core/policy/open-regions.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { ReportEntry, ReportRule } from "../../formats/report-entry.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";
import { unknownReason } from "../../words/reason.ts";
import { past } from "../../words/verdict.ts";

/** What a verification can report to programs that keep a catalogue of their own. */
export const verifyRules: readonly ReportRule[] = [
  {
    code: "sanctioned_traffic_stopped",
    severity: "error",
    title: "sanctioned traffic would not pass for sure",
    effect: "connections that applications made while they were recorded time out",
    fix: "allow it before the rule that decides, or take it out of what is sanctioned",
  },
  {
    code: "forbidden_traffic_open",
    severity: "error",
    title: "what guardrails, `--never` or a threat feed forbid stays reachable",
    effect: "pods reach what no policy may allow",
    fix: "deny it before the rule that opens it, or narrow that rule",
  },
  {
    code: "policy_not_applied",
    severity: "error",
    title: "a cluster would not apply the policies as they are written",
    effect: "the namespace is left with other rules than these, or with none",
    fix: "see what `postern lint` says of them",
  },
];

export function entriesOf({ checks, counterexamples, open, policies }: VerifiedNamespace): readonly ReportEntry[] {
  const applied = checks[0]!;
  const error = { severity: "error", related: [] } as const;
  return [
    ...(applied.passed
      ? []
      : [{ ...error, code: "policy_not_applied", message: applied.detail, details: [], at: policies[0]?.at }]),
    ...counterexamples.map((one) => ({
      ...error,
      code: one.forbidden === undefined ? "sanctioned_traffic_stopped" : "forbidden_traffic_open",
      message: `${connection(one)} is ${past(one.verdict.kind)} by ${decider(one)}`,
      details: [unknownReason(one.verdict) ?? one.forbidden ?? ""].filter((line) => line !== ""),
      at: deciderPlace(one),
    })),
    ...open.map(({ reason, addresses, by }) => ({
      ...error,
      code: "forbidden_traffic_open",
      message: `${formatIpSet(addresses)} is reachable by \`${by.text}\`, although ${reason}`,
      details: [],
      at: placeOfOpener(by),
    })),
  ];
}

export function connection({ edge }: Counterexample): string {
  return `${formatWorkload(edge.workload)} → ${edgeDestination(edge)} ${edgePort(edge)}`;
}

export function decider({ verdict: { decidedBy } }: Counterexample): string {
  const { policy, rule, text } = decidedBy;
  if (policy === undefined || rule === "otherwise") return text;
  return `rule ${rule} \`${text}\``;
}

export function deciderPlace({ verdict: { decidedBy } }: Counterexample): SourceLocation | undefined {
  const { policy, rule } = decidedBy;
  return rule === "otherwise" ? policy?.at : (policy?.ruleLocations[rule] ?? policy?.at);
}
