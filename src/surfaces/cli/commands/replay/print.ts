import type { ReplayCount, ReplayGroup, ReplayReport } from "../../../../app/replay-flows.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import type { ReplayVerdict } from "../../../../pipeline/verify/replay.ts";
import type { Context } from "../../context.ts";
import type { Printer } from "../../terminal/printer.ts";
import { tableLines } from "../../terminal/table.ts";
import { bold, dim, green, join, red, text, type Text, type TextLike, yellow } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";
import { formatDestinations } from "../../words/destinations.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";
import { place } from "../../words/place.ts";
import { unknownReason } from "../../words/reason.ts";
import { inColour, past, ruleName } from "../../words/verdict.ts";

/**
 * On a terminal the groups that change, and with `all` the rest, under what happens to them; in a pipe one line for
 * every group, because a program can choose for itself.
 */
export function printReplay(report: ReplayReport, all: boolean, { out, err }: Context): void {
  if (out.view.isTerminal) {
    for (const outcome of outcomes) {
      const groups = report.groups.filter((group) => group.outcome === outcome);
      if (groups.length > 0 && (all || outcome !== "kept")) printGroups(outcome, groups, out);
    }
  } else out.asTheyAre(tableLines(columns, report.groups.map(rowOf), out.view));
  for (const line of summary(report, out.view.isTerminal && !all)) err.line(line);
}

const outcomes = ["broken", "doubtful", "opened", "kept"] as const;

const headings = {
  broken: red("would break"),
  doubtful: yellow("cannot be told"),
  opened: yellow("would be opened"),
  kept: green("as before"),
} as const;

/** Destinations of one workload that the same rules decide are told together: a scan is one entry and not thirty. */
function printGroups(outcome: ReplayGroup["outcome"], groups: readonly ReplayGroup[], out: Printer): void {
  out.line(bold(headings[outcome]));
  const alike = Map.groupBy(groups, (group) => {
    const { namespace, workload } = group.edge;
    return JSON.stringify([namespace, workload, beforeLine(group).plain, verdictLine(group.after).plain]);
  });
  for (const group of alike.values()) {
    const { edge, after } = group[0]!;
    const edges = group.map(({ edge: own }) => own);
    const flows = edges.reduce((sum, own) => sum + own.flows, 0);
    const isIdle = outcome === "broken" && edges.every(({ verdict }) => verdict === "unanswered");
    const who = text`${edge.namespace} ${formatWorkload(edge.workload)} → ${bold(formatDestinations(edges, Infinity))}`;
    out.line(text`  ${who}  ${dim(`${count(flows, "flow")}${isIdle ? ", never answered" : ""}`)}`, 4);
    out.line(text`      ${dim("before")}  ${beforeLine(group[0]!)}`, 14);
    out.line(text`      ${dim("after")}   ${verdictLine(after)}`, 14);
  }
  out.line();
}

function beforeLine({ before, edge }: ReplayGroup): Text {
  if (before.from === "policies") return verdictLine(before.verdict);
  const by = edge.decidedBy.length === 0 ? "" : `; decided in the cluster by ${edge.decidedBy.join(", ")}`;
  return text`${inColour(before.kind, edge.verdict)}, says the recording${by}`;
}

function verdictLine(verdict: ReplayVerdict): Text {
  const { policy, rule, text: own } = verdict.decidedBy;
  const kind = inColour(verdict.kind, past(verdict.kind));
  const reason = unknownReason(verdict);
  if (reason !== undefined) return text`${kind}: ${reason}  ${dim(deciderPlace(verdict))}`;
  if (policy === undefined || rule === "otherwise") return text`${kind}, ${own}  ${dim(deciderPlace(verdict))}`;
  return text`${kind} by ${ruleName(rule)}, ${own}  ${dim(deciderPlace(verdict))}`;
}

function deciderPlace({ decidedBy: { policy, rule } }: ReplayVerdict): string {
  if (policy === undefined) return "";
  return place(rule === "otherwise" ? policy.at : policy.ruleLocations[rule]);
}

const titles = [
  "namespace",
  "workload",
  "destination",
  "port",
  "flows",
  "before",
  "after",
  "object",
  "rule",
  "at",
  "why",
];
const columns = titles.map((title) => ({ title }));

function rowOf({ edge, before, after }: ReplayGroup): readonly TextLike[] {
  const { policy, rule, text: own } = after.decidedBy;
  return [
    edge.namespace,
    formatWorkload(edge.workload),
    edgeDestination(edge),
    edgePort(edge),
    edge.flows,
    before.from === "source" ? edge.verdict : past(before.verdict.kind),
    past(after.kind),
    policy === undefined ? "" : `${policy.kind}/${policy.name}`,
    rule === "otherwise" ? "" : rule,
    deciderPlace(after),
    unknownReason(after) ?? own,
  ];
}

/** A recording that nobody answered does not say that anything denied. */
function closedBefore(groups: ReplayReport["groups"]): string {
  const opened = groups.filter(({ outcome, before }) => outcome === "opened" && before.from === "source");
  const unanswered = opened.filter(({ edge }) => edge.verdict === "unanswered").length;
  return unanswered === 0 ? "denied" : unanswered === opened.length ? "never answered" : "denied or never answered";
}

function summary({ counts, after, ungoverned, groups }: ReplayReport, isShort: boolean): readonly Text[] {
  if (groups.length === 0)
    return [text`${yellow("nothing to replay")}: no recorded flow leaves the cluster from these namespaces`];
  const amount = ({ groups: n, flows }: ReplayCount): string => `${count(n, "group")}, ${count(flows, "flow")}`;
  const verdicts = join(
    (["allow", "deny", "unknown"] as const).map((kind) => text`${inColour(kind, past(kind))} ${amount(after[kind])}`),
    "   ",
  );
  const lines: Text[] = [text`${bold("after")}   ${verdicts}`];
  if (counts.broken.groups > 0)
    lines.push(text`${red("would break")}  ${amount(counts.broken)}: seen before, denied after`);
  if (counts.doubtful.groups > 0)
    lines.push(text`${yellow("doubtful")}  ${amount(counts.doubtful)}: the answer is unknown`);
  if (counts.opened.groups > 0)
    lines.push(text`${yellow("opened")}  ${amount(counts.opened)}: ${closedBefore(groups)} before, allowed after`);
  if (counts.broken.groups + counts.doubtful.groups + counts.opened.groups === 0) {
    lines.push(text`${green("nothing changes")} for any recorded flow`);
  }
  if (ungoverned.groups > 0) {
    lines.push(text`${dim(`no policy speaks of the namespaces of ${amount(ungoverned)}: all of it is allowed`)}`);
  }
  if (isShort && counts.kept.groups > 0)
    lines.push(
      text`${dim(`${count(counts.kept.groups, "group")} not shown: same verdict as before; --all shows them`)}`,
    );
  return lines;
}
