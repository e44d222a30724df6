import type { CheckReport } from "../../../../app/check-policies.ts";
import type { ReportEntry } from "../../formats/report-entry.ts";
import type { Printer } from "../../terminal/printer.ts";
import { tableLines } from "../../terminal/table.ts";
import { blue, bold, cyan, dim, green, red, text, yellow } from "../../terminal/text.ts";
import { count, listed } from "../../words/count.ts";
import { place } from "../../words/place.ts";

const colours = { error: red, warning: yellow, note: blue } as const;

/** On a terminal what changes and what is wrong with it; in a pipe one line for each thing that is wrong. */
export function printCheck(report: CheckReport, entries: readonly ReportEntry[], out: Printer): void {
  if (!out.view.isTerminal) {
    const columns = ["place", "severity", "code", "message", "details"].map((title) => ({ title }));
    const rows = entries.map(({ at, severity, code, message, details }) => [
      place(at, true),
      severity,
      code,
      message,
      details.join("; "),
    ]);
    out.asTheyAre(tableLines(columns, rows, out.view));
    return;
  }
  for (const { change, kind, namespace, name, at } of report.objects) {
    out.line(
      text`${bold(`${kind} ${namespace === "" ? "" : `${namespace}/`}${name}`)}  ${cyan(change)}  ${dim(place(at))}`,
      4,
    );
  }
  if (report.objects.length > 0) out.line();
  for (const { at, severity, code, message, details } of entries) {
    out.line(text`${colours[severity](severity)}  ${message}  ${dim(code)}`, 4);
    if (at !== undefined) out.line(text`    ${dim(place(at, true))}`, 4);
    for (const detail of details) out.line(text`    ${dim(detail)}`, 4);
  }
  if (entries.length > 0) out.line();
  const { level, reasons } = report.risk;
  out.line(text`risk  ${level === "high" ? red(level) : level === "medium" ? yellow(level) : green(level)}`);
  for (const reason of reasons) out.line(text`      ${dim(reason)}`, 6);
  for (const needed of approvalWords(report)) out.line(text`needs ${needed}`, 6);
}

/** `2 approvals from \`network\` (network-team of company)`. */
export function approvalWords({ objects }: CheckReport): readonly string[] {
  const all = objects.flatMap(({ approvals }) => approvals);
  const words = all.map(({ needed, groups, clause, law }) => {
    const who =
      groups.length === 0
        ? ""
        : ` from ${listed(
            groups.map((group) => `\`${group}\``),
            "or",
          )}`;
    return `${count(needed, "approval")}${who} (${clause} of ${law})`;
  });
  return [...new Set(words)];
}

export function summariseCheck(report: CheckReport, err: Printer): void {
  const { passed, objects, diff, replay, isJudgedByWords } = report;
  const verdicts = objects.flatMap((own) => own.verdicts);
  const breaches = verdicts.filter(({ effect }) => effect === "forbids").length;
  const told = [
    count(objects.length, "object") + (objects.length === 1 ? " changes" : " change"),
    breaches > 0 ? count(breaches, "breach of the law", "breaches of the law") : "",
    diff.newlyAllowed > 0 ? `${diff.newlyAllowed} newly allowed` : "",
    diff.newlyDenied > 0 ? `${diff.newlyDenied} newly denied` : "",
    replay === undefined ? "no flows were given to replay" : `${replay.broken.length} recorded connections would break`,
  ].filter((part) => part !== "");
  err.line(text`${passed ? green("passed") : red("not to be merged")}: ${told.join(", ")}`);
  if (!isJudgedByWords)
    err.line(
      dim("clauses about justification, ticket and expiry were not judged: give `--justification` and `--ticket`"),
    );
}
