import { quoted } from "../../quoted.ts";
import { findingCatalogue, type FindingCode } from "../findings/catalogue.ts";
import type { FindingKind } from "../findings/finding-kind.ts";
import { formatPath, type Locate, type Manifest, ownField, type Path } from "../manifest.ts";
import type { Finding, SourceLocation } from "../model.ts";

export type Fields = Readonly<Record<string, unknown>>;

export interface UnknownFieldAdvice {
  readonly effect?: string;
  /** Said where no known field is spelt alike. */
  readonly fix?: string;
}

/**
 * One reading of one untrusted object: hands out its parts in the types that are expected and collects what is wrong.
 * `null` counts as absent, as the API server prunes it.
 */
export class Inspection {
  readonly findings: Finding[] = [];
  readonly #locate: Locate;
  #notApplied: string | undefined;

  constructor(manifest: Manifest) {
    this.#locate = manifest.locate;
  }

  at(path: Path): SourceLocation {
    return this.#locate(path);
  }

  /** Why the object as a whole is not in force, the first reason; undefined when it is. */
  get notApplied(): string | undefined {
    return this.#notApplied;
  }

  report(code: FindingCode, path: Path, message: string, more: { effect?: string; fix?: string } = {}): void {
    const { severity, consequence, effect, fix }: FindingKind = findingCatalogue[code];
    this.findings.push({ code, severity, at: this.at(path), message, effect, fix, ...more });
    if (consequence === "kept") return;
    const who = consequence === "refused" ? "the API server refuses it" : "the controller does not apply it";
    const where = formatPath(path);
    this.#notApplied ??= `${who}: ${message}${where === "" ? "" : ` (${where})`}`;
  }

  /** A required field that is absent is reported where it should be. */
  missing(path: Path, name: string): void {
    this.report("object_field_missing", path, `\`${name}\` is missing`);
  }

  fields(value: unknown, path: Path): Fields | undefined {
    if (isFields(value)) return value;
    this.#shape(path, "an object", value);
    return undefined;
  }

  list(value: unknown, path: Path): readonly unknown[] | undefined {
    if (Array.isArray(value)) return value as readonly unknown[];
    this.#shape(path, "a list", value);
    return undefined;
  }

  text(value: unknown, path: Path): string | undefined {
    if (typeof value === "string") return value;
    this.#shape(path, "a string", value);
    return undefined;
  }

  integer(value: unknown, path: Path): number | undefined {
    if (typeof value === "number" && Number.isSafeInteger(value)) return value;
    this.#shape(path, "a whole number", value);
    return undefined;
  }

  /** Fields the API does not have: they are dropped, which can turn a narrow rule into a wide one. */
  unknownFields(fields: Fields, known: readonly string[], path: Path, more: UnknownFieldAdvice = {}): void {
    for (const name of Object.keys(fields)) {
      if (!known.includes(name)) this.unknownField(name, known, path, more);
    }
  }

  unknownField(name: string, known: readonly string[], path: Path, more: UnknownFieldAdvice = {}): void {
    const meant = nearest(name, known);
    const fix = meant === undefined ? (more.fix ?? "remove it") : `write \`${meant}\``;
    const where = path.length === 0 ? "the object" : `\`${formatPath(path)}\``;
    this.report("object_field_unknown", [...path, name], `${where} has no field ${quoted(name)}`, {
      ...more,
      fix: `${fix}; known here: ${known.join(", ")}`,
    });
  }

  #shape(path: Path, expected: string, value: unknown): void {
    const name = path.findLast((segment) => typeof segment === "string") ?? "object";
    const wrong = Array.isArray(value) ? "a list" : isFields(value) ? "an object" : quoted(value);
    const hint =
      expected === "a string" && (typeof value === "number" || typeof value === "boolean")
        ? { fix: "put it in quotes" }
        : expected === "a whole number" && typeof value === "string" && /^[0-9]+$/.test(value)
          ? { fix: "remove the quotes" }
          : {};
    this.report("object_shape", path, `${quoted(name)} must be ${expected}, not ${wrong}`, hint);
  }
}

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own field; `null` counts as absent. */
export function field(fields: Fields, key: string): unknown {
  return ownField(fields, key) ?? undefined;
}

/** The known word within two edits of a misspelt one, or that it begins, if there is one. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 40) return undefined;
  const near = known
    .map((candidate) => ({ candidate, edits: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, edits }) => edits <= 2 && edits < candidate.length);
  const begun = word.length >= 3 ? known.find((candidate) => candidate.startsWith(word)) : undefined;
  return near.toSorted((a, b) => a.edits - b.edits)[0]?.candidate ?? begun;
}

/** Insertions, deletions, substitutions and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let least = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, substitution);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
