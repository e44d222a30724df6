import type { RuleActivity } from "../../../../app/rule-activity.ts";
import type { Context } from "../../context.ts";
import { type Column, tableLines } from "../../terminal/table.ts";
import { dim, text, yellow } from "../../terminal/text.ts";
import { count, minute } from "../../words/count.ts";
import { place } from "../../words/place.ts";

const columns: readonly Column[] = [
  { title: "namespace" },
  { title: "object" },
  { title: "rule", align: "right" },
  { title: "text", shrinks: true },
  { title: "groups", align: "right" },
  { title: "flows", align: "right" },
  { title: "days", align: "right" },
  { title: "first seen" },
  { title: "last seen" },
  { title: "at", shrinks: true },
];

const inPipesOnly: ReadonlySet<string> = new Set(["groups", "first seen", "at"]);

/** One line for each rule, and how many decide nothing: an allow among them may be one too many. */
export function printRules(rules: readonly RuleActivity[], { out, err }: Context): void {
  const rows = rules.map(({ policy, rule, text: own, groups, flows, days, firstSeenMs, lastSeenMs }) => [
    policy.namespace,
    `${policy.kind}/${policy.name}`,
    rule === "otherwise" ? "" : rule,
    flows === 0 ? dim(own) : own,
    groups,
    flows,
    days,
    firstSeenMs === undefined ? "" : minute(firstSeenMs),
    lastSeenMs === undefined ? "" : minute(lastSeenMs),
    place(rule === "otherwise" ? policy.at : policy.ruleLocations[rule]),
  ]);
  // A terminal has room for what is asked most; the rest is for programs.
  const chosen = <T>(cells: readonly T[]): readonly T[] =>
    out.view.isTerminal ? cells.filter((_, i) => !inPipesOnly.has(columns[i]!.title)) : cells;
  if (rows.length > 0) out.asTheyAre(tableLines(chosen(columns), rows.map(chosen), out.view));
  const idle = rules.filter(({ policy, rule, groups }) => {
    return groups === 0 && policy.rules.some(({ written, action }) => written === rule && action === "allow");
  });
  if (idle.length > 0)
    err.line(text`${yellow("idle")}  ${count(idle.length, "allow rule")} that no recorded flow needed`);
}
