import type { CheckReport } from "../../../../app/check-policies.ts";
import type { ReplayGroup } from "../../../../app/replay-flows.ts";
import { findingCatalogue } from "../../../../core/policy/findings/catalogue.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { ReportEntry, ReportRule } from "../../formats/report-entry.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";

/** What a check can report to programs that keep a catalogue of their own. */
export const checkRules: readonly ReportRule[] = [
  {
    code: "clause_broken",
    severity: "error",
    title: "the change breaks a clause of the organisation's law",
    effect: "nobody can approve it",
    fix: "change the policy, or ask those who keep the law",
  },
  {
    code: "clause_warns",
    severity: "warning",
    title: "a clause of the organisation's law warns of the change",
    effect: "it can be approved all the same",
    fix: "look whether it is meant",
  },
  {
    code: "recorded_traffic_stopped",
    severity: "error",
    title: "recorded traffic would be stopped",
    effect: "connections that applications made while they were recorded time out",
    fix: "allow it before the rule that decides",
  },
  ...Object.entries(findingCatalogue).map(([code, kind]) => ({ code, ...kind })),
];

/** Most connections that are told one by one. */
const mostStopped = 100;

export function entriesOf({ objects, findings, replay }: CheckReport): readonly ReportEntry[] {
  const lawful = objects.flatMap(({ verdicts }) =>
    verdicts.map(({ clause, law, effect, message, at }): ReportEntry => ({
      code: effect === "forbids" ? "clause_broken" : "clause_warns",
      severity: effect === "forbids" ? "error" : "warning",
      message: `\`${clause}\` of ${law}: ${message}`,
      details: [],
      at,
      related: [],
    })),
  );
  const stopped = (replay?.broken ?? []).slice(0, mostStopped);
  return [
    ...lawful,
    ...findings.map(({ code, severity, message, effect, fix, at }): ReportEntry => ({
      code,
      severity,
      message,
      details: [effect, `to mend it, ${fix}`],
      at,
      related: [],
    })),
    ...stopped.map(stoppedEntry),
  ];
}

function stoppedEntry({ edge, after: { decidedBy } }: ReplayGroup): ReportEntry {
  const { policy, rule, text } = decidedBy;
  const at = rule === "otherwise" ? policy?.at : (policy?.ruleLocations[rule] ?? policy?.at);
  const message = `${edge.namespace} ${formatWorkload(edge.workload)} → ${edgeDestination(edge)} ${edgePort(edge)} would be denied by \`${text}\``;
  return { code: "recorded_traffic_stopped", severity: "error", message, details: [], at, related: [] };
}
