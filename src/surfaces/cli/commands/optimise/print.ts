import type { OptimisedPolicy, OptimiseFinding, OptimiseReport } from "../../../../app/optimise-policies.ts";
import { formatPolicyName } from "../../../../core/policy/namespace-policies.ts";
import type { Printer } from "../../terminal/printer.ts";
import { tableLines } from "../../terminal/table.ts";
import { blue, bold, dim, green, red, text, type TextLike, yellow } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";
import { exposureChange } from "../../words/exposure.ts";
import { place } from "../../words/place.ts";

const colours = { error: red, warning: yellow, note: blue } as const;

/** On a terminal a section per object, what it wins first; in a pipe one line per finding. */
export function printOptimisations(report: OptimiseReport, isFixed: boolean, out: Printer): void {
  if (!out.view.isTerminal) {
    out.asTheyAre(
      tableLines(
        columns,
        [...report.findings, ...report.further].map((finding) => rowOf(finding, isFixed)),
        out.view,
      ),
    );
    return;
  }
  for (const own of report.policies) {
    const findings = [...report.findings, ...report.further].filter(
      ({ policy }) => policy.at.file === own.before.at.file && policy.at.line === own.before.at.line,
    );
    if (findings.length === 0 && own.before.ruleLocations.length === own.after.ruleLocations.length) continue;
    out.line(text`${bold(formatPolicyName(own.before))}  ${dim(place(own.before.at))}`);
    out.line(
      text`  ${dim("rules")}  ${changeOf(own)}   ${dim("open")}  ${exposureChange(own.exposureBefore, own.exposureAfter)}`,
    );
    for (const finding of findings) printFinding(finding, isFixed, out);
    out.line();
  }
}

function changeOf({ before, after }: OptimisedPolicy): string {
  const [a, b] = [before.ruleLocations.length, after.ruleLocations.length];
  return a === b ? `${a}` : `${a} → ${b}`;
}

function printFinding(
  { severity, at, code, message, mend, notMended }: OptimiseFinding,
  isFixed: boolean,
  out: Printer,
): void {
  const where = at.line === undefined ? "" : `:${at.line}`;
  out.line(text`  ${colours[severity](severity.padEnd(7))} ${dim(where.padEnd(5))} ${message}  ${dim(code)}`, 16);
  const told =
    mend === undefined
      ? text`${dim("not changed:")} ${notMended ?? ""}`
      : text`${green(isFixed ? "changed:" : "proven:")} ${mend}`;
  out.line(text`${" ".repeat(16)}${told}`, 18);
}

const columns = ["place", "severity", "code", "state", "message", "change"].map((title) => ({ title }));

function rowOf(
  { at, severity, code, message, mend, notMended }: OptimiseFinding,
  isFixed: boolean,
): readonly TextLike[] {
  const state = mend === undefined ? "left" : isFixed ? "changed" : "offered";
  return [place(at, true), severity, code, state, message, mend ?? notMended ?? ""];
}

export function summarise(report: OptimiseReport, isFixed: boolean, err: Printer): void {
  const { findings, policies, changes, further, hasTraffic } = report;
  if (!hasTraffic)
    err.line(
      dim("without `--flows` or `--history` nobody can tell what is used: only rules among themselves were looked at"),
    );
  const ignored = policies.filter(({ before }) => before.notApplied !== undefined).length;
  if (ignored > 0) {
    const are = ignored === 1 ? "1 policy was" : `${ignored} policies were`;
    err.line(
      text`${yellow(`${are} not looked at`)}: a cluster would not apply what is written there, \`postern lint\` says why`,
    );
  }
  if (findings.length === 0) {
    if (ignored < policies.length) {
      err.line(text`${green("nothing to improve")} in ${count(policies.length - ignored, "policy", "policies")}`);
    }
    return;
  }
  const offered = findings.filter(({ mend }) => mend !== undefined).length;
  const follow = further.length === 0 ? "" : ` and ${further.length} more that follow from them`;
  const files = changes.length === 0 ? "" : ` in ${count(changes.length, "file")}`;
  const left = findings.length - offered;
  const rest = left === 0 ? "" : `, ${count(left, "finding")} to look at by hand`;
  if (isFixed) err.line(text`${green(`changed ${count(offered, "finding")}${follow}${files}`)}${rest}`);
  else {
    const how = offered === 0 ? "" : "; `--fix` makes the changes, `--patch` prints them";
    err.line(text`${yellow(`${count(offered, "proven change")}${follow}${files}`)}${rest}${how}`);
  }
}
