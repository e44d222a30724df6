import type { OpaRequest } from "../../../../app/law/opa-request.ts";
import { readLawText } from "../../../../app/law/read-law-text.ts";
import type { LawFinding } from "../../../../pipeline/propose/law/law-finding.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { formatSarif } from "../../formats/sarif.ts";
import { locationOutput } from "../../schema/common-output.ts";
import { tableLines } from "../../terminal/table.ts";
import { bold, dim, green, red, text, yellow } from "../../terminal/text.ts";
import { version } from "../../version.ts";
import { count } from "../../words/count.ts";
import { place } from "../../words/place.ts";
import { lawRules } from "./law-rules.ts";
import type { LawCheckOutput } from "./schema.ts";

export interface LawCheckOptions {
  readonly paths: readonly string[];
  readonly opa: OpaRequest | undefined;
  readonly output: "table" | "json" | "sarif";
}

interface CheckedLaw {
  readonly file: string;
  readonly name: string | undefined;
  readonly clauses: number;
  readonly findings: readonly LawFinding[];
}

export async function runLawCheck({ paths, opa, output }: LawCheckOptions, context: Context): Promise<ExitCode> {
  const port = await context.ports.laws();
  const readers = port.readers(opa);
  const laws: CheckedLaw[] = [];
  for (const path of paths) {
    const texts = await port.readTexts(path);
    if (!texts.ok) return fail(context, [texts.error]);
    for (const { file, text: written } of texts.value) {
      const { ready, findings } = readLawText(file, written, readers);
      laws.push({ file, name: ready?.law.name, clauses: ready?.law.clauses.length ?? 0, findings });
    }
  }
  write(laws, output, context);
  return laws.some(({ name }) => name === undefined) ? Exit.negative : Exit.ok;
}

function write(laws: readonly CheckedLaw[], output: LawCheckOptions["output"], context: Context): void {
  const { out, io } = context;
  const findings = laws.flatMap((law) => law.findings);
  switch (output) {
    case "table":
      return print(laws, context);
    case "json":
      return out.document(formatJson(outputOf(laws)));
    case "sarif": {
      const entries = findings.map(({ code, severity, message, fix, at }) => ({
        code,
        severity,
        message,
        details: [fix],
        at,
        related: [],
      }));
      return out.document(formatSarif({ version, rules: lawRules, entries, workingDirectory: io.workingDirectory }));
    }
    default:
      return output satisfies never;
  }
}

function print(laws: readonly CheckedLaw[], { out, err }: Context): void {
  const findings = laws.flatMap((law) => law.findings);
  if (out.view.isTerminal) {
    for (const { severity, at, message, fix, code } of findings) {
      const colour = severity === "error" ? red : yellow;
      out.line(text`${bold(place(at, true))}  ${colour(severity)}  ${message}  ${dim(code)}`, 4);
      out.line(text`    ${dim("to mend it:")} ${fix}`, 6);
    }
  } else {
    const columns = ["place", "severity", "code", "message", "fix"].map((title) => ({ title }));
    const rows = findings.map(({ at, severity, code, message, fix }) => [
      place(at, true),
      severity,
      code,
      message,
      fix,
    ]);
    out.asTheyAre(tableLines(columns, rows, out.view));
  }
  const clauses = laws.reduce((sum, law) => sum + law.clauses, 0);
  const wrong = laws.filter(({ name }) => name === undefined).length;
  const all = count(laws.length, "law");
  err.line(
    wrong > 0
      ? text`${red(`${wrong} of ${all} cannot be used`)}`
      : text`${green("lawful")}: ${all} with ${count(clauses, "clause")}`,
  );
}

function outputOf(laws: readonly CheckedLaw[]): LawCheckOutput {
  return {
    schema: "postern/law-check/v1",
    laws: laws.map(({ file, name, clauses, findings }) => ({
      file,
      name: name ?? null,
      clauses,
      findings: findings.map(({ code, severity, at, message, fix }) => ({
        code,
        severity,
        at: locationOutput(at),
        message,
        fix,
      })),
    })),
  };
}
