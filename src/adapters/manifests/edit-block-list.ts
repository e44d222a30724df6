import { isMap, isScalar, isSeq, type YAMLSeq } from "yaml";
import { type PrintedRule, type RuleEdit, touchedRules } from "../../core/policy/rule-edit.ts";
import { printable } from "../../core/quoted.ts";
import { commentsWithin } from "./edit-comments.ts";
import { scalarSplices } from "./edit-scalars.ts";
import { lineAfter, lineStart, type Splice } from "./edit-splice.ts";
import { blockItemLines, dashesOf, type EditStyle, pairOf } from "./edit-style.ts";

/** Where one rule of a block list stands, as offsets of the whole text. */
interface Entry {
  readonly dash: number;
  /** Start of the dash's line. */
  readonly start: number;
  /** Start of the lines of comment directly above, without a blank line between; `start` when there are none. */
  readonly lead: number;
  /** Behind the line where the rule ends. */
  readonly end: number;
}

/**
 * The splices that make the edits in a list with dashes. A comment directly above a rule goes with it, unless more rules
 * follow without a comment of their own: then it heads a group and stays.
 * @param base offset of the parsed text in the whole
 * @returns undefined when the list is written in a way whose lines cannot be told apart
 */
export function blockListSplices(
  whole: string,
  base: number,
  list: YAMLSeq,
  keyEnd: number,
  edits: readonly RuleEdit[],
  style: EditStyle,
): readonly Splice[] | undefined {
  const entries = entriesOf(whole, base, list);
  if (entries === undefined || entries.length === 0) return undefined;
  const column = entries[0]!.dash - entries[0]!.start;
  const splices: Splice[] = [];
  const touched = touchedRules(edits);
  const gone = new Set(edits.flatMap((edit) => (edit.kind === "remove" ? edit.rule : [])));
  const lines = (rule: PrintedRule, above: readonly string[] = []): string =>
    [
      ...above.map((line) => `${" ".repeat(column)}${line}`),
      ...rule.comment.map((line) => `${" ".repeat(column)}# ${printable(line)}`.trimEnd()),
      ...blockItemLines(rule.value, column, style),
    ]
      .map((line) => `${line}${style.newline}`)
      .join("");
  const extended = new Set(edits.flatMap((edit) => (edit.kind === "insert" ? edit.before : [])));
  let isEmptied = gone.size === entries.length;
  for (const edit of edits) {
    if (edit.kind === "insert") {
      isEmptied = false;
      const place = placeBefore(whole, entries, edit.before);
      // The last line of a file may lack its end.
      const glue = place > 0 && whole[place - 1] !== "\n" ? style.newline : "";
      splices.push({ start: place, end: place, text: glue + lines(edit.add) });
    } else if (edit.kind === "replace") {
      const { start, end, dash } = entries[edit.rule]!;
      const node = list.items[edit.rule];
      const small = edit.by.comment.length === 0 ? scalarSplices(node, edit.by.value, base) : undefined;
      if (small !== undefined) splices.push(...small);
      else {
        const comments = commentsWithin(list.srcToken, dash - base, end - base);
        splices.push({ start, end, text: lines(edit.by, comments) });
      }
    } else splices.push(removal(whole, entries, list, edit.rule, touched, extended));
  }
  if (isEmptied) splices.push({ start: keyEnd, end: keyEnd, text: " []" });
  return merged(splices);
}

function entriesOf(whole: string, base: number, list: YAMLSeq): readonly Entry[] | undefined {
  const dashes = dashesOf(list);
  if (dashes === undefined || dashes.length !== list.items.length) return undefined;
  const entries: Entry[] = [];
  let border = 0;
  for (const [i, local] of dashes.entries()) {
    const dash = base + local;
    const start = lineStart(whole, dash);
    // Another list's dash on the same line, or a key: the lines are not this list's own.
    if (whole.slice(start, dash).trim() !== "") return undefined;
    const last = base + lastLeaf(list.items[i], local + 1);
    const end = lineAfter(whole, last - 1);
    entries.push({ dash, start, lead: leadOf(whole, start, border), end });
    border = end;
  }
  return entries;
}

/** Where the words of a node end: the node's own range may run on through comments. */
function lastLeaf(node: unknown, least: number): number {
  if (isMap(node)) {
    const own = node.flow === true && node.range ? node.range[1] : least;
    return node.items.reduce((end, { key, value }) => lastLeaf(value, lastLeaf(key, end)), own);
  }
  if (isSeq(node)) {
    const own = node.flow === true && node.range ? node.range[1] : least;
    return node.items.reduce<number>((end, item) => lastLeaf(item, end), Math.max(own, least));
  }
  // A value that is left out has no words.
  return isScalar(node) && node.range && node.range[1] > node.range[0] ? Math.max(least, node.range[1]) : least;
}

function leadOf(whole: string, start: number, border: number): number {
  let lead = start;
  while (lead > border) {
    const above = lineStart(whole, lead - 1);
    if (above < border || !whole.slice(above, lead).trimStart().startsWith("#")) break;
    lead = above;
  }
  return lead;
}

/** Right behind the rule before, so that comments and blank lines above the next rule stay with it. */
function placeBefore(whole: string, entries: readonly Entry[], before: number): number {
  const previous = entries[before - 1];
  return previous === undefined ? entries[0]!.lead : Math.min(previous.end, whole.length);
}

function removal(
  whole: string,
  entries: readonly Entry[],
  { items }: YAMLSeq,
  rule: number,
  touched: ReadonlySet<number>,
  extended: ReadonlySet<number>,
): Splice {
  const { lead, start, end } = entries[rule]!;
  const next = entries[rule + 1];
  const isFollowed = next !== undefined && next.start === end && !touched.has(rule + 1);
  const headsGroup = isFollowed && typeOf(items[rule]) === typeOf(items[rule + 1]);
  const from = headsGroup ? start : lead;
  // A paragraph that goes takes the blank lines behind it along.
  const isParagraph = rule === 0 || isBlank(whole, lineStart(whole, from - 1), from);
  const border = isParagraph && next !== undefined && !extended.has(rule + 1) ? next.lead : end;
  let to = end;
  while (to < border && isBlank(whole, to, lineAfter(whole, to))) to = lineAfter(whole, to);
  return { start: from, end: to, text: "" };
}

/** An allow and the catch-all deny behind it are no group. */
function typeOf(item: unknown): unknown {
  const type = isMap(item) ? pairOf(item, "type")?.value : undefined;
  return isScalar(type) ? type.value : undefined;
}

function isBlank(whole: string, from: number, to: number): boolean {
  return from < to && whole.slice(from, to).trim() === "";
}

/** Removals of neighbours may share a comment or a blank line; what is removed twice is removed once. */
function merged(splices: readonly Splice[]): readonly Splice[] {
  const ordered = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
  const result: Splice[] = [];
  for (const splice of ordered) {
    const last = result.at(-1);
    if (last !== undefined && splice.text === "" && last.text === "" && splice.start < last.end) {
      result[result.length - 1] = { ...last, end: Math.max(last.end, splice.end) };
    } else result.push(splice);
  }
  return result;
}
