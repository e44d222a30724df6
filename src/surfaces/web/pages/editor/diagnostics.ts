import type { FindingView } from "../../../../app/wire/list.ts";
import type { LawVerdict } from "../../../../app/wire/proposals.ts";

/** As CodeMirror wants them: offsets into the text. */
export interface TextDiagnostic {
  readonly from: number;
  readonly to: number;
  readonly severity: "error" | "warning" | "info";
  readonly source: string;
  readonly message: string;
}

/** Start of each line, the first at 0. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/**
 * What lint and law say, at the line they say it of: from the column given, or the first character that is no blank, to the end of the
 * line. What names no line stands at the first one. Lines beyond the text, because it was shortened since, are left out.
 */
export function diagnosticsOf(
  text: string,
  findings: readonly FindingView[],
  laws: readonly LawVerdict[],
): readonly TextDiagnostic[] {
  const starts = lineStarts(text);
  const place = (line: number, column: number | undefined): { from: number; to: number } | undefined => {
    const start = starts[line - 1];
    if (start === undefined) return undefined;
    const to = (starts[line] ?? text.length + 1) - 1;
    const blank = text.slice(start, to).search(/\S/);
    return { from: Math.min(to, start + (column === undefined ? Math.max(0, blank) : column - 1)), to };
  };
  const found = findings.flatMap(({ severity, code, message, fix, line, column }) => {
    const at = place(line ?? 1, column);
    if (at === undefined) return [];
    return [{ ...at, severity, source: code, message: fix === "" ? message : `${message}: ${fix}` }];
  });
  const lawful = laws.flatMap(({ clause, law, effect, message, line }) => {
    const at = place(line ?? 1, undefined);
    const severity = effect === "forbids" ? ("error" as const) : ("warning" as const);
    return at === undefined ? [] : [{ ...at, severity, source: `${law} ${clause}`, message }];
  });
  return [...found, ...lawful].toSorted((one, other) => one.from - other.from);
}
