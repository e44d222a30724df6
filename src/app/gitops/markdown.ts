import { printable } from "../../core/quoted.ts";

/** Breaks what a host would make a mention, a reference, a link or a command of, without a visible trace. */
const gap = "\u200b";

/** Somebody's words inside Markdown: they show as they are, and do nothing. One line. */
export function plainText(text: string): string {
  return printable(text.replaceAll(/\s+/g, " ").trim())
    .replaceAll(/[\\`*_{}[\]()<>|~^$]/g, String.raw`\$&`)
    .replaceAll("&", "&amp;")
    .replaceAll(/([@#!%])(?=[\w.])/g, `$1${gap}`)
    .replaceAll(/\b(www)(?=\.)/gi, `$1${gap}`)
    .replaceAll(/:(?=\/)/g, `:${gap}`)
    .replaceAll(/\b(GH)-(?=\d)/gi, `$1-${gap}`)
    .replace(/^\//, `/${gap}`)
    .replace(/^[-+=#]/, String.raw`\$&`)
    .replace(/^(\d+)([.)])(?=\s|$)/, String.raw`$1\$2`);
}

/**
 * Somebody's words where no Markdown is, in a title or a commit: hosts notify whoever is named, close what is said to be fixed, and skip their
 * checks when they are told to. One line.
 */
export function inertLine(text: string): string {
  return printable(text.replaceAll(/\s+/g, " "))
    .trim()
    .replaceAll(/([@#!])(?=\w)/g, `$1${gap}`)
    .replaceAll(/\b(GH)-(?=\d)/gi, `$1-${gap}`)
    .replaceAll(/:(?=\/\/)/g, `:${gap}`)
    .replaceAll(/\[(?=[^\]]{0,20}\b(?:ci|skip|actions)\b)/gi, `[${gap}`)
    .replace(/^\//, `/${gap}`);
}

/** Several lines of somebody's words, as a quotation. */
export function quotation(text: string, mostLines: number): string {
  const lines = text.trim().split(/\r\n|[\n\r\u2028\u2029]/);
  const shown = lines.slice(0, mostLines).map((line) => `> ${plainText(line)}`.trimEnd());
  return [...shown, ...(lines.length > mostLines ? ["> …"] : [])].join("\n");
}

/** A name or a value in a code span: no host reads anything into it. Never empty, one line. */
export function code(text: string): string {
  const clean = printable(text.replaceAll(/\s+/g, " ")).trim();
  if (clean === "") return "–";
  const longest = Math.max(0, ...[...clean.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = clean.startsWith("`") || clean.endsWith("`") ? " " : "";
  return `${fence}${pad}${clean}${pad}${fence}`;
}

/** A bar behind an even number of backslashes ends a cell. */
function escapedBar(whole: string, backslashes: string): string {
  return backslashes.length % 2 === 0 ? String.raw`${backslashes}\|` : whole;
}

/** Cells are Markdown already; a bar in one would end it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll(/(\\*)\|/g, escapedBar)).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
