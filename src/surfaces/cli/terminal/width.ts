import { type Segment, Text } from "./text.ts";

/** Ranges that terminals show two cells wide: East Asian wide and full-width forms, and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Terminal cells that a string takes. */
export function widthOf(value: string): number {
  let cells = 0;
  for (const character of value) cells += cellsOf(character);
  return cells;
}

function cellsOf(character: string): number {
  if (character <= "~") return 1;
  if (/\p{Mn}|\p{Me}/u.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

export function widthOfText(line: Text): number {
  return line.segments.reduce((sum, segment) => sum + widthOf(segment.text), 0);
}

/** The line itself when it fits, otherwise its beginning and `…`. */
export function cut(line: Text, width: number): Text {
  if (widthOfText(line) <= width) return line;
  const kept: Segment[] = [];
  let room = Math.max(0, width - 1);
  for (const { text, styles } of line.segments) {
    let own = "";
    for (const character of text) {
      if (cellsOf(character) > room) return new Text([...kept, { text: `${own}…`, styles }]);
      room -= cellsOf(character);
      own += character;
    }
    kept.push({ text: own, styles });
  }
  return new Text(kept);
}

export function padEnd(line: Text, width: number): Text {
  return new Text([...line.segments, blank(width - widthOfText(line))]);
}

export function padStart(line: Text, width: number): Text {
  return new Text([blank(width - widthOfText(line)), ...line.segments]);
}

function blank(width: number): Segment {
  return { text: " ".repeat(Math.max(0, width)), styles: [] };
}

/**
 * Breaks a line at spaces so that no part is wider than `width`, where words allow it; parts after the first are
 * indented by `hang` cells.
 */
export function wrap(line: Text, width: number, hang = 0): readonly Text[] {
  if (widthOfText(line) <= width) return [line];
  const lines: Segment[][] = [[]];
  let column = 0;
  let isLineStart = true;
  for (const piece of pieces(line)) {
    const size = piece.reduce((sum, { text }) => sum + widthOf(text), 0);
    const isSpace = piece[0]!.text === " ";
    if (!isSpace && column + size > width && !isLineStart && column > hang) {
      lines.push([{ text: " ".repeat(hang), styles: [] }]);
      column = hang;
    }
    // A space at a break is the break.
    if (isSpace && lines.length > 1 && column === hang) continue;
    lines.at(-1)!.push(...piece);
    column += size;
    if (!isSpace) isLineStart = false;
  }
  return lines.map((segments) => new Text(withoutTrailingSpace(segments)));
}

/** Words and single spaces in turn. A word may change its look on the way: `bold(443)` and its comma stay together. */
function pieces({ segments }: Text): readonly (readonly Segment[])[] {
  const found: Segment[][] = [];
  for (const { text, styles } of segments) {
    for (const part of text.split(/(?<= )|(?= )/)) {
      const before = found.at(-1);
      if (part !== " " && before !== undefined && before[0]!.text !== " ") before.push({ text: part, styles });
      else if (part !== "") found.push([{ text: part, styles }]);
    }
  }
  return found;
}

/** A line without blanks at its end, whatever their look. */
export function trimEnd(line: Text): Text {
  return new Text(withoutTrailingSpace(line.segments));
}

function withoutTrailingSpace(segments: readonly Segment[]): readonly Segment[] {
  const end = segments.findLastIndex(({ text }) => text.trim() !== "");
  return segments
    .slice(0, end + 1)
    .map((segment, i) => (i === end ? { ...segment, text: segment.text.trimEnd() } : segment));
}
