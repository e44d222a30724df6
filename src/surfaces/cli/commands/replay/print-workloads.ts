import type { ImpactDecider, WorkloadImpact } from "../../../../app/impact-by-workload.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { Context } from "../../context.ts";
import { tableLines } from "../../terminal/table.ts";
import { bold, dim, green, red, text, type TextLike, yellow } from "../../terminal/text.ts";
import { count, listed } from "../../words/count.ts";
import { place } from "../../words/place.ts";
import { ruleName } from "../../words/verdict.ts";

const colours = { broken: red, doubtful: yellow, opened: yellow } as const;
const words = { broken: "would break", doubtful: "cannot be told", opened: "would be opened" } as const;

/** On a terminal the workloads for which something changes, with the rules that decide; in a pipe one line for each workload. */
export function printWorkloads(impacts: readonly WorkloadImpact[], all: boolean, { out, err }: Context): void {
  if (!out.view.isTerminal) {
    out.asTheyAre(tableLines(columns, impacts.map(rowOf), out.view));
    return;
  }
  const changed = impacts.filter(({ deciders }) => deciders.length > 0);
  for (const impact of all ? impacts : changed) {
    const { namespace, workload, counts, deciders } = impact;
    const told = (["broken", "doubtful", "opened"] as const).filter((outcome) => counts[outcome].groups > 0);
    const head = told.map((outcome) => `${count(counts[outcome].flows, "flow")} ${words[outcome]}`);
    const sum = head.length === 0 ? green("as before") : text`${listed(head)}`;
    out.line(
      text`${bold(`${namespace} ${formatWorkload(workload)}`)}  ${sum}  ${dim(`${count(counts.kept.flows, "flow")} as before`)}`,
    );
    for (const decider of deciders) {
      out.line(text`  ${colours[decider.outcome](words[decider.outcome].padEnd(15))} ${byWords(decider)}`, 18);
    }
  }
  const same = impacts.length - changed.length;
  if (same > 0 && !all)
    err.line(dim(`${count(same, "workload")} not shown: nothing changes for them; --all shows them`));
}

function byWords({ policy, rule, text: own, groups, flows }: ImpactDecider): TextLike {
  const amount = `${count(groups, "group")}, ${count(flows, "flow")}`;
  const by = policy === undefined || rule === "otherwise" ? own : `${ruleName(rule)}, ${own}`;
  return text`by ${by}  ${dim(`${amount}  ${place(rule === "otherwise" ? policy?.at : policy?.ruleLocations[rule])}`)}`;
}

const titles = ["namespace", "workload", "broken", "doubtful", "opened", "kept", "decided by"];
const columns = titles.map((title) => ({ title }));

function rowOf({ namespace, workload, counts, deciders }: WorkloadImpact): readonly TextLike[] {
  return [
    namespace,
    formatWorkload(workload),
    counts.broken.flows,
    counts.doubtful.flows,
    counts.opened.flows,
    counts.kept.flows,
    deciders.map(({ outcome, text: own }) => `${outcome}: ${own}`).join("; "),
  ];
}
