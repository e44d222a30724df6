/** A stretch of text and what takes its place. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all splices made; they may touch but not overlap, and those at one place keep their order. */
export function spliced(text: string, splices: readonly Splice[]): string {
  const ordered = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, text: own } of ordered) {
    if (start < at) throw new Error("two edits overlap");
    parts.push(text.slice(at, start), own);
    at = end;
  }
  parts.push(text.slice(at));
  return parts.join("");
}

export function lineStart(text: string, offset: number): number {
  return text.lastIndexOf("\n", offset - 1) + 1;
}

/** Behind the line's end, or the end of the text. */
export function lineAfter(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  return newline < 0 ? text.length : newline + 1;
}
