import type { Manifest } from "../../core/policy/manifest.ts";
import type { SourceLocation } from "../../core/policy/model.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { LawFinding } from "../../pipeline/propose/law/law-finding.ts";
import type { Law } from "../../pipeline/propose/law/law.ts";
import { readLaw } from "../../pipeline/propose/law/read-law.ts";
import type { Failure } from "../failure.ts";
import type { FindingView } from "../wire/list.ts";
import type { CelEngine, CelProgram, RegoEngine } from "./clause-engines.ts";

/** The objects of a text, as `kubectl` would see them. */
export type ReadManifests = (
  file: string,
  text: string,
) => {
  readonly manifests: readonly Manifest[];
  readonly failures: readonly (Failure & { readonly at?: SourceLocation })[];
};

export interface LawReaders {
  readonly readManifests: ReadManifests;
  readonly cel: CelEngine;
  /** Undefined: no engine for Rego is configured. */
  readonly rego: RegoEngine | undefined;
}

/** A law that can be asked: its expressions are compiled. */
export interface ReadyLaw {
  readonly law: Law;
  /** By clause. */
  readonly programs: ReadonlyMap<string, CelProgram>;
}

export interface LawTextReading {
  /** Undefined when there is an error among the findings. */
  readonly ready: ReadyLaw | undefined;
  /** In the order in which they stand. */
  readonly findings: readonly LawFinding[];
}

/** Longest text of a law. */
export const largestLaw = 1_000_000;

/** Reads one law. A text with several documents, or with another kind, is none. */
export function readLawText(file: string, text: string, readers: LawReaders): LawTextReading {
  const unreadable = (message: string, fix: string, at: SourceLocation = { file, path: "" }): LawTextReading => ({
    ready: undefined,
    findings: [{ code: "law_unreadable", severity: "error", at, message, fix }],
  });
  if (text.length > largestLaw) return unreadable(`the text is longer than ${largestLaw} characters`, "split the law");
  const { manifests, failures } = readers.readManifests(file, text);
  const [failure] = failures;
  if (failure !== undefined) return unreadable(failure.message, "mend the YAML", failure.at);
  const [only, second] = manifests;
  if (only === undefined) return unreadable("the text is empty", "write one `EgressLaw`");
  if (second !== undefined) {
    return unreadable("the text holds more than one document", "write one law a file", second.locate([]));
  }
  const { law, draft, findings } = readLaw(only);
  if (draft === undefined) return { ready: undefined, findings };
  const compiled = compileClauses(draft, readers);
  const all = [...findings, ...compiled.findings];
  const isWrong = all.some(({ severity }) => severity === "error");
  return { ready: isWrong || law === undefined ? undefined : { law, programs: compiled.programs }, findings: all };
}

function compileClauses(
  { clauses }: Law,
  { cel, rego }: LawReaders,
): { readonly programs: ReadonlyMap<string, CelProgram>; readonly findings: readonly LawFinding[] } {
  const programs = new Map<string, CelProgram>();
  const findings: LawFinding[] = [];
  for (const { name, demand, demandAt } of clauses) {
    if (demand.kind === "rego" && rego === undefined) {
      const message = `no OPA is configured here, so clause \`${name}\` forbids every change it speaks of`;
      const fix = "configure one, see docs/guardrails.md";
      findings.push({ code: "law_engine_missing", severity: "warning", at: demandAt, message, fix });
    }
    if (demand.kind !== "cel") continue;
    const program = cel.compile(demand.expression);
    if (program.ok) {
      programs.set(name, program.value);
      continue;
    }
    const { message, offset } = program.error;
    const { line, column } = placeIn(demand.expression, offset);
    const where = line === 1 ? `character ${column}` : `line ${line}, character ${column}`;
    findings.push({
      code: "law_expression",
      severity: "error",
      at: demandAt,
      message: `the expression of clause \`${name}\` is wrong at its ${where}: ${message}`,
      fix: "see docs/guardrails.md for what an expression may use",
    });
  }
  return { programs, findings };
}

function placeIn(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split("\n").length, column: offset - before.lastIndexOf("\n") };
}

export function findingViewOf({ code, severity, at, message, fix }: LawFinding): FindingView {
  const { line, column, path } = at;
  return {
    code,
    severity,
    message,
    fix,
    ...(line === undefined ? {} : { line }),
    ...(column === undefined ? {} : { column }),
    ...(path === "" ? {} : { path }),
  };
}

/** The law, or the first reason why there is none. */
export function lawOrFailure({ ready, findings }: LawTextReading): Result<ReadyLaw, Failure> {
  if (ready !== undefined) return ok(ready);
  const { code, message, at, fix } = findings.find(({ severity }) => severity === "error")!;
  const place =
    at.line === undefined ? at.file : `${at.file}:${at.line}${at.column === undefined ? "" : `:${at.column}`}`;
  return fail({ code, message: `${place}: ${message}; ${fix}` });
}
