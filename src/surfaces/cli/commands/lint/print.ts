import type { LintReport } from "../../../../app/lint-policies.ts";
import type { Finding, Severity } from "../../../../core/policy/model.ts";
import type { Context } from "../../context.ts";
import { tableLines } from "../../terminal/table.ts";
import { blue, bold, dim, green, red, text, type Text, type TextLike, textOf, yellow } from "../../terminal/text.ts";
import { padEnd } from "../../terminal/width.ts";
import { count, listed } from "../../words/count.ts";
import { place } from "../../words/place.ts";

const colours: Readonly<Record<Severity, (value: TextLike) => Text>> = { error: red, warning: yellow, note: blue };

/** On a terminal grouped by file, with the effect and the mend; in a pipe one line per finding. The summary is no result. */
export function printFindings(report: LintReport, { out, err }: Context): void {
  if (out.view.isTerminal) {
    const files = Map.groupBy(report.findings, ({ at }) => at.file);
    for (const [file, findings] of files) {
      out.line(bold(file));
      for (const finding of findings) printFinding(finding, out);
      out.line();
    }
  } else out.asTheyAre(tableLines(columns, report.findings.map(rowOf), out.view));
  err.line(summary(report));
}

const columns = ["place", "severity", "code", "message", "effect", "fix"].map((title) => ({ title }));

function rowOf({ at, severity, code, message, effect, fix }: Finding): readonly TextLike[] {
  return [place(at, true), severity, code, message, effect, fix];
}

function printFinding({ at, severity, code, message, effect, fix }: Finding, out: Context["out"]): void {
  const where = at.line === undefined ? "" : `${at.line}:${at.column ?? 1}`;
  const head = text`  ${padEnd(dim(where), 8)} ${padEnd(colours[severity](severity), 7)}  `;
  out.line(text`${head}${textOf(message)}  ${dim(code)}`, 20);
  out.line(text`${" ".repeat(20)}${dim(`on a cluster: ${effect}`)}`, 22);
  out.line(text`${" ".repeat(20)}${dim("to mend it: ")}${fix}`, 22);
}

function summary({ counts, policies, fileCount, findings }: LintReport): Text {
  const read = `${count(policies, "policy", "policies")} in ${count(fileCount, "file")}`;
  if (findings.length === 0) return text`${green("no findings")} in ${read}`;
  const told = listed(
    (["error", "warning", "note"] as const).filter((each) => counts[each] > 0).map((each) => count(counts[each], each)),
  );
  return text`${counts.error > 0 ? red(told) : counts.warning > 0 ? yellow(told) : blue(told)} in ${read}`;
}
