import { printable } from "../../../core/quoted.ts";

export type StyleName = "bold" | "dim" | "red" | "green" | "yellow" | "blue" | "cyan";

/** A run of one look. INVARIANT (harmless): `text` has no control characters; only {@link text} makes segments. */
export interface Segment {
  readonly text: string;
  readonly styles: readonly StyleName[];
}

/**
 * One line for people. Nothing reaches a terminal in any other form, so no input can move the cursor, change the title
 * or hide a line: strings are escaped on the way in, looks are added by name and become escape sequences only in
 * {@link paint}.
 */
export class Text {
  readonly segments: readonly Segment[];

  constructor(segments: readonly Segment[]) {
    this.segments = segments;
  }

  /** Without looks. */
  get plain(): string {
    return this.segments.map((segment) => segment.text).join("");
  }
}

export type TextLike = Text | string | number;

/** Template tag: `text\`denied by ${bold(rule)}\``. */
export function text(strings: TemplateStringsArray, ...values: readonly TextLike[]): Text {
  const segments: Segment[] = [];
  for (const [i, literal] of strings.entries()) {
    if (literal !== "") segments.push({ text: printable(literal), styles: [] });
    const value = values[i];
    if (value !== undefined) segments.push(...textOf(value).segments);
  }
  return new Text(segments);
}

export function textOf(value: TextLike): Text {
  return value instanceof Text ? value : new Text([{ text: printable(String(value)), styles: [] }]);
}

export function join(parts: readonly TextLike[], separator: TextLike = ""): Text {
  return new Text(parts.flatMap((part, i) => [...(i > 0 ? textOf(separator).segments : []), ...textOf(part).segments]));
}

function styled(style: StyleName): (value: TextLike) => Text {
  return (value) =>
    new Text(textOf(value).segments.map(({ text: own, styles }) => ({ text: own, styles: [...styles, style] })));
}

export const bold = styled("bold");
export const dim = styled("dim");
export const red = styled("red");
export const green = styled("green");
export const yellow = styled("yellow");
export const blue = styled("blue");
export const cyan = styled("cyan");
export const noText: Text = new Text([]);

/** Select Graphic Rendition codes: on and off. */
const codes: Readonly<Record<StyleName, readonly [number, number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  cyan: [36, 39],
};

export function paint(line: Text, hasColour: boolean): string {
  if (!hasColour) return line.plain;
  return joined(line.segments)
    .map(({ text: own, styles }) =>
      styles.reduce((inner, style) => `\u001b[${codes[style][0]}m${inner}\u001b[${codes[style][1]}m`, own),
    )
    .join("");
}

/** Neighbours of one look as one segment: breaking lines leaves a segment per word. */
function joined(segments: readonly Segment[]): readonly Segment[] {
  const runs: Segment[] = [];
  for (const segment of segments) {
    const last = runs.at(-1);
    if (last === undefined || last.styles.join() !== segment.styles.join()) runs.push(segment);
    else runs[runs.length - 1] = { ...last, text: last.text + segment.text };
  }
  return runs;
}
