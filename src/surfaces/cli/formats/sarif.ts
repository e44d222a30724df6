import { createHash } from "node:crypto";
import type { Severity, SourceLocation } from "../../../core/policy/model.ts";
import { fileUri } from "./file-uri.ts";
import { formatJson } from "./json.ts";
import type { ReportEntry, ReportRule } from "./report-entry.ts";

export interface SarifReport {
  readonly version: string;
  readonly rules: readonly ReportRule[];
  readonly entries: readonly ReportEntry[];
  readonly workingDirectory: string;
}

const levels: Readonly<Record<Severity, string>> = { error: "error", warning: "warning", note: "note" };

/**
 * A SARIF 2.1.0 log with one run. Only rules that occur are listed, with their help; columns count UTF-16 code units;
 * results carry a fingerprint that survives moving lines.
 */
export function formatSarif({ version, rules, entries, workingDirectory }: SarifReport): string {
  const occurring = new Set(entries.map(({ code }) => code));
  const listed = rules.filter(({ code }) => occurring.has(code));
  const indexOf = new Map(listed.map(({ code }, i) => [code, i]));
  const location = (at: SourceLocation): object => locationOf(at, workingDirectory);
  const fingerprints = new Fingerprints();
  return formatJson({
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "Postern",
            version,
            semanticVersion: version,
            rules: listed.map(ruleOf),
          },
        },
        columnKind: "utf16CodeUnits",
        results: entries.map((entry) => ({
          ruleId: entry.code,
          ruleIndex: indexOf.get(entry.code) ?? -1,
          level: levels[entry.severity],
          message: {
            text: [entry.message, ...entry.details].map(sentence).join("\n"),
          },
          locations: entry.at === undefined ? [] : [location(entry.at)],
          ...(entry.related.length === 0
            ? {}
            : {
                relatedLocations: entry.related.map(({ at, message }, id) => ({
                  id,
                  ...location(at),
                  message: { text: message },
                })),
              }),
          partialFingerprints: { "postern/v1": fingerprints.of(entry) },
        })),
      },
    ],
  });
}

function ruleOf({ code, severity, title, effect, fix }: ReportRule): object {
  const help = `${sentence(effect)}\n\nWhat to do: ${fix}.`;
  return {
    id: code,
    name: code.split("_").map(capital).join(""),
    shortDescription: { text: sentence(title) },
    fullDescription: { text: `${sentence(title)} ${sentence(effect)}` },
    help: { text: help, markdown: help },
    defaultConfiguration: { level: levels[severity] },
  };
}

function locationOf({ file, line, column, path }: SourceLocation, workingDirectory: string): object {
  const region =
    line === undefined ? {} : { region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) } };
  return {
    physicalLocation: { artifactLocation: { uri: fileUri(file, workingDirectory) }, ...region },
    ...(path === "" ? {} : { logicalLocations: [{ fullyQualifiedName: path, kind: "member" }] }),
  };
}

/** By code, file and message; the same thing said again in one file gets a number. */
class Fingerprints {
  readonly #count = new Map<string, number>();

  of({ code, at, message }: ReportEntry): string {
    const key = JSON.stringify([code, at?.file ?? "", message.replaceAll(/\(line \d+\)/g, "")]);
    const nth = (this.#count.get(key) ?? 0) + 1;
    this.#count.set(key, nth);
    return createHash("sha256").update(`${key}:${nth}`).digest("hex").slice(0, 32);
  }
}

/** A question keeps its own mark. */
function sentence(text: string): string {
  return `${capital(text)}${text.endsWith("?") ? "" : "."}`;
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
