import { dim, join, noText, Text, textOf, type TextLike } from "./text.ts";
import type { View } from "./view.ts";
import { cut, padEnd, padStart, trimEnd, widthOfText } from "./width.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** May be shortened on a narrow terminal; the last such column gives first. */
  readonly shrinks?: boolean;
}

const gap = 2;
const narrowest = 12;

/**
 * On a terminal: a header and aligned columns that fit its width. In a pipe: one line per row, cells separated by tabs,
 * nothing shortened and no header, ready for `cut` and `awk`; a tab inside a cell is escaped like any control character.
 */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly TextLike[])[],
  view: View,
): readonly Text[] {
  const cells = rows.map((row) => columns.map((_, i) => textOf(row[i] ?? noText)));
  if (!view.isTerminal) return cells.map((row) => tabbed(row));
  const widths = fit(columns, [columns.map(({ title }) => textOf(title)), ...cells], view.columns);
  const line = (row: readonly Text[]): Text =>
    trimEnd(
      join(
        row.map((cell, i) => {
          const shown = cut(cell, widths[i]!);
          return columns[i]!.align === "right" ? padStart(shown, widths[i]!) : padEnd(shown, widths[i]!);
        }),
        " ".repeat(gap),
      ),
    );
  return [line(columns.map(({ title }) => dim(title))), ...cells.map(line)];
}

/** The separator is ours, so it is set past the escaping. */
function tabbed(row: readonly Text[]): Text {
  return new Text(row.flatMap((cell, i) => [...(i > 0 ? [{ text: "\t", styles: [] }] : []), ...cell.segments]));
}

function fit(columns: readonly Column[], rows: readonly (readonly Text[])[], room: number): readonly number[] {
  const widths = columns.map((_, i) => rows.reduce((most, row) => Math.max(most, widthOfText(row[i]!)), 0));
  for (let i = columns.length - 1; i >= 0; i -= 1) {
    const excess = widths.reduce((sum, width) => sum + width + gap, -gap) - room;
    if (excess <= 0) break;
    if (columns[i]!.shrinks === true) widths[i] = Math.max(Math.min(narrowest, widths[i]!), widths[i]! - excess);
  }
  return widths;
}
