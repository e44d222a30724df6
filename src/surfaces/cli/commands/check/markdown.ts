import type { CheckReport } from "../../../../app/check-policies.ts";
import { printable } from "../../../../core/quoted.ts";
import { formatWorkload } from "../../../../core/workload/workload.ts";
import { differenceWords } from "../../words/difference.ts";
import { edgeDestination, edgePort } from "../../words/edge.ts";
import { place } from "../../words/place.ts";
import { approvalWords } from "./print.ts";

/** Marks a comment as ours, so that the next run replaces it. */
export const marker = "<!-- postern check -->";

/** Rows of each table: a comment is read, not searched. */
const shown = 20;

/** A comment for a pull request. Names in policies come from anybody: they are shown as code and never as markup. */
export function checkMarkdown(report: CheckReport): string {
  const { passed, risk } = report;
  const lines = [
    marker,
    `### Postern: ${passed ? "✅ nothing stands against this change" : "❌ not to be merged"}`,
    "",
    `Risk: **${risk.level}**${risk.reasons.length === 0 ? "" : ` — ${risk.reasons.map(plain).join("; ")}`}`,
    ...approvalWords(report).flatMap((words) => ["", `Needs ${plain(words)}`]),
    "",
    ...lawTable(report),
    ...findingTable(report),
    ...replayTable(report),
    ...differenceTable(report),
    report.isJudgedByWords ? "" : "_Clauses about justification, ticket and expiry were not judged here._",
  ];
  return `${lines
    .join("\n")
    .replaceAll(/\n{3,}/g, "\n\n")
    .trim()}\n`;
}

function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const more = rows.length > shown ? ["", `… and ${rows.length - shown} more`] : [];
  return [
    `#### ${title}`,
    "",
    row(columns),
    row(columns.map(() => "---")),
    ...rows.slice(0, shown).map(row),
    ...more,
    "",
  ];
}

function lawTable({ objects }: CheckReport): readonly string[] {
  const rows = objects.flatMap(({ verdicts }) =>
    verdicts.map(({ clause, law, effect, message, at }) => [
      effect === "forbids" ? "❌ forbids" : "⚠️ warns",
      `${code(clause)} of ${code(law)}`,
      plain(message),
      code(place(at)),
    ]),
  );
  return table("The law", ["", "clause", "what it says", "where"], rows);
}

function findingTable({ findings }: CheckReport): readonly string[] {
  const rows = findings.map(({ severity, code: own, message, fix, at }) => [
    severity,
    code(own),
    plain(`${message}; ${fix}`),
    code(place(at)),
  ]);
  return table("What is wrong with the policies", ["", "finding", "what", "where"], rows);
}

function replayTable({ replay }: CheckReport): readonly string[] {
  const rows = [...(replay?.broken ?? []), ...(replay?.doubtful ?? [])].map(({ edge, outcome, after }) => [
    outcome === "broken" ? "❌ would break" : "❔ not known",
    code(`${edge.namespace} ${formatWorkload(edge.workload)}`),
    code(`${edgeDestination(edge)} ${edgePort(edge)}`),
    code(after.decidedBy.text),
  ]);
  return table("Recorded traffic", ["", "workload", "destination", "decided by"], rows);
}

function differenceTable({ diff }: CheckReport): readonly string[] {
  const rows = diff.namespaces.flatMap(({ namespace, scopes }) =>
    scopes.flatMap(({ changes }) =>
      changes.map(({ difference, before, after }) => {
        const { destination, ports } = differenceWords(difference);
        const sign = difference.change === "newly allowed" ? "➕ allowed" : "➖ denied";
        return [
          sign,
          code(namespace === "" ? "the whole cluster" : namespace),
          code(`${destination} ${ports}`),
          code(before.text),
          code(after.text),
        ];
      }),
    ),
  );
  return table("What changes", ["", "namespace", "destination", "before", "after"], rows);
}

/**
 * A code span that no text can leave. Backticks would end one, and a backslash before a pipe ends a cell in the middle of it, so that texts
 * with these are written as an element.
 */
function code(text: string): string {
  const safe = printable(text);
  if (safe === "") return "";
  return /[`|]/.test(safe) ? `<code>${entities(safe)}</code>` : `\`${safe}\``;
}

/** Our sentence with somebody's words in backticks: only those are shown as code, whatever stands in them. */
function plain(text: string): string {
  const parts = printable(text).split("`");
  // Backticks in somebody's words: which of them are ours cannot be told, so none makes code.
  if (parts.length % 2 === 0 || parts.some((part, i) => part === "" && i > 0 && i < parts.length - 1)) {
    return entities(text);
  }
  return parts.map((part, i) => (i % 2 === 1 ? code(part) : entities(part))).join("");
}

/** Text that is no markup of any host, no link and nobody's name: a sign that joins nothing keeps `@` from its word. */
function entities(text: string): string {
  return printable(text).replaceAll(/[`\\|<>[\]*_#!@&~$^]|:(?=\/\/)/g, (sign) =>
    sign === "@" ? "&#64;&#8288;" : `&#${sign.charCodeAt(0)};`,
  );
}
