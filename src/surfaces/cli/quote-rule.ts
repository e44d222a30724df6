import type { SourceLocation } from "../../core/policy/model.ts";

export interface QuotedLine {
  readonly number: number;
  readonly text: string;
}

const longest = 14;

/**
 * The lines of a list entry of block YAML: from where it starts to the next line that is not indented deeper. Empty for
 * an entry without a place.
 */
export function quoteEntry(lines: readonly string[], { line }: SourceLocation): readonly QuotedLine[] {
  const first = line === undefined ? undefined : lines[line - 1];
  if (line === undefined || first === undefined) return [];
  const indent = indentOf(first);
  const quoted: QuotedLine[] = [{ number: line, text: first }];
  for (const [i, text] of lines.slice(line).entries()) {
    if (text.trim() === "" || indentOf(text) <= indent || quoted.length >= longest) break;
    quoted.push({ number: line + 1 + i, text });
  }
  return quoted.map(({ number, text }) => ({ number, text: text.slice(indent) }));
}

function indentOf(text: string): number {
  return text.length - text.trimStart().length;
}
