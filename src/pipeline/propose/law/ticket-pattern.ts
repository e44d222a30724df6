import { fail, ok, type Result } from "../../../core/result.ts";

/**
 * A small language of texts for tickets: characters, `.`, classes (`[A-Z0-9_]`, `\d`), repeats (`?`, `*`, `+`, `{2,5}`), and `|` between whole
 * alternatives. It is matched from end to end, in time proportional to text × pattern: groups and look-arounds, by which a pattern of
 * ordinary engines can take for ever, are not there.
 */
export interface TicketPattern {
  readonly text: string;
  readonly alternatives: readonly (readonly Step[])[];
}

interface Step {
  readonly ranges: readonly (readonly [first: number, last: number])[];
  readonly isOptional: boolean;
  readonly mayRepeat: boolean;
}

/** A repeat is written out, so this bounds the work as well. */
export const mostTicketSteps = 200;
const mostRepeats = 64;
const longestPattern = 200;
export const longestTicket = 200;

interface PatternError {
  /** From 0, in the pattern. */
  readonly at: number;
  readonly message: string;
}

export function parseTicketPattern(text: string): Result<TicketPattern, PatternError> {
  if (text.length > longestPattern) return fail({ at: 0, message: `is longer than ${longestPattern} characters` });
  // Patterns are matched from end to end anyway; people who know regular expressions write the anchors.
  const from = text.startsWith("^") ? 1 : 0;
  const end = text.endsWith("$") && !text.endsWith("\\$") ? text.length - 1 : text.length;
  const alternatives: Step[][] = [[]];
  let steps = 0;
  for (let at = from; at < end;) {
    if (text[at] === "|") {
      alternatives.push([]);
      at += 1;
      continue;
    }
    const atom = readAtom(text, at, end);
    if (!atom.ok) return atom;
    const repeat = readRepeat(text, atom.value.end, end);
    if (!repeat.ok) return repeat;
    const { least, most } = repeat.value;
    const { ranges } = atom.value;
    const own = alternatives.at(-1)!;
    for (let i = 0; i < least; i += 1) own.push({ ranges, isOptional: false, mayRepeat: false });
    if (most === undefined) own.push({ ranges, isOptional: true, mayRepeat: true });
    else for (let i = least; i < most; i += 1) own.push({ ranges, isOptional: true, mayRepeat: false });
    steps += least + (most === undefined ? 1 : most - least);
    if (steps > mostTicketSteps)
      return fail({ at, message: `has more than ${mostTicketSteps} steps when written out` });
    at = repeat.value.end;
  }
  if (alternatives.some((own) => own.every(({ isOptional }) => isOptional))) {
    return fail({ at: 0, message: "also fits an empty text, so it would ask for nothing" });
  }
  return ok({ text, alternatives });
}

type Ranges = Step["ranges"];
const everyCharacter: Ranges = [[0, 0x10ffff]];
const classes: Readonly<Record<string, Ranges>> = {
  d: [[48, 57]],
  w: [
    [48, 57],
    [65, 90],
    [95, 95],
    [97, 122],
  ],
  s: [
    [9, 13],
    [32, 32],
  ],
};

function readAtom(text: string, at: number, end: number): Result<{ ranges: Ranges; end: number }, PatternError> {
  const character = text[at]!;
  if (character === ".") return ok({ ranges: everyCharacter, end: at + 1 });
  if (character === "[") return readClass(text, at, end);
  if (character === "\\") {
    const escaped = at + 1 < end ? text[at + 1]! : undefined;
    if (escaped === undefined) return fail({ at, message: "ends with a lone `\\`" });
    if (classes[escaped] !== undefined) return ok({ ranges: classes[escaped], end: at + 2 });
    if (/[A-Za-z0-9]/.test(escaped)) return fail({ at, message: `has \`\\${escaped}\`, which is not known here` });
    return ok({ ranges: only(escaped), end: at + 2 });
  }
  if ("(){}*+?^$".includes(character)) {
    const why = character === "(" || character === ")" ? "groups are not known here" : "it stands in no place for it";
    return fail({
      at,
      message: `has a \`${character}\`, but ${why}: write \`\\${character}\` for the character itself`,
    });
  }
  return ok({ ranges: only(character), end: at + 1 });
}

function only(character: string): Ranges {
  const code = character.charCodeAt(0);
  return [[code, code]];
}

function readClass(text: string, from: number, end: number): Result<{ ranges: Ranges; end: number }, PatternError> {
  const ranges: (readonly [number, number])[] = [];
  let at = from + 1;
  if (text[at] === "^") return fail({ at, message: "has `[^`: say which characters may stand there" });
  while (at < end && text[at] !== "]") {
    if (text[at] === "\\") {
      const known = classes[text[at + 1] ?? ""];
      if (known !== undefined) ranges.push(...known);
      else ranges.push(...only(text[at + 1] ?? "\\"));
      at += 2;
      continue;
    }
    const first = text.charCodeAt(at);
    const isRange = text[at + 1] === "-" && at + 2 < end && text[at + 2] !== "]";
    const last = isRange ? text.charCodeAt(at + 2) : first;
    if (last < first) return fail({ at, message: "has a range that ends before it begins" });
    ranges.push([first, last]);
    at += isRange ? 3 : 1;
  }
  if (at >= end || ranges.length === 0) return fail({ at: from, message: "has a `[` that is not closed, or is empty" });
  return ok({ ranges, end: at + 1 });
}

interface Repeat {
  readonly least: number;
  /** Undefined: any number. */
  readonly most: number | undefined;
  readonly end: number;
}

function readRepeat(text: string, at: number, end: number): Result<Repeat, PatternError> {
  const character = at < end ? text[at] : undefined;
  if (character === "?") return ok({ least: 0, most: 1, end: at + 1 });
  if (character === "*") return ok({ least: 0, most: undefined, end: at + 1 });
  if (character === "+") return ok({ least: 1, most: undefined, end: at + 1 });
  if (character !== "{") return ok({ least: 1, most: 1, end: at });
  const counts = /^\{(\d{1,3})(?:(,)(\d{1,3})?)?\}/.exec(text.slice(at, at + 10));
  if (counts === null) return fail({ at, message: "has a `{` that is no count such as `{2,5}`" });
  const least = Number(counts[1]);
  const most = counts[2] === undefined ? least : counts[3] === undefined ? undefined : Number(counts[3]);
  if (least > mostRepeats || (most ?? 0) > mostRepeats)
    return fail({ at, message: `repeats more than ${mostRepeats} times` });
  if (most !== undefined && most < least) return fail({ at, message: "has a count that ends before it begins" });
  return ok({ least, most, end: at + counts[0].length });
}

/** Whether the whole text fits. Texts longer than {@link longestTicket} never do. */
export function fitsTicket({ alternatives }: TicketPattern, text: string): boolean {
  return text.length <= longestTicket && alternatives.some((steps) => fitsSteps(steps, text));
}

/** The first word of a text, such as a title, that fits one of the patterns; the whole text where it fits itself, or nothing does. */
export function ticketIn(text: string, patterns: readonly TicketPattern[]): string {
  const fits = (word: string): boolean => patterns.some((pattern) => fitsTicket(pattern, word));
  const whole = text.trim();
  if (fits(whole)) return whole;
  const words = whole.slice(0, longestTitle).split(/[\s,;:()[\]{}<>"'`]+/);
  return words.find((word) => word !== "" && fits(word)) ?? whole;
}

const longestTitle = 2_000;

function fitsSteps(steps: readonly Step[], text: string): boolean {
  let at = reach(steps, new Set([0]));
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    const next = new Set<number>();
    for (const position of at) {
      const step = steps[position];
      if (step === undefined || !step.ranges.some(([first, last]) => first <= code && code <= last)) continue;
      next.add(position + 1);
      if (step.mayRepeat) next.add(position);
    }
    if (next.size === 0) return false;
    at = reach(steps, next);
  }
  return at.has(steps.length);
}

/** With every position that can be had without a character. */
function reach(steps: readonly Step[], positions: Set<number>): Set<number> {
  for (const position of positions) if (steps[position]?.isOptional === true) positions.add(position + 1);
  return positions;
}
