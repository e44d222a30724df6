import type { Node, YAMLSeq } from "yaml";
import type { PrintedValue } from "../../core/policy/printed-manifest.ts";
import { applyRuleEdits, type PrintedRule, type RuleEdit } from "../../core/policy/rule-edit.ts";
import { commentsWithin } from "./edit-comments.ts";
import { scalarSplices } from "./edit-scalars.ts";
import { lineStart, type Splice, spliced } from "./edit-splice.ts";
import { type EditStyle, flowText, isList } from "./edit-style.ts";

/**
 * The splice that makes the edits in a list with brackets, JSON or YAML: rules that stay keep their bytes and the space in
 * front of them. Comments of rules to add are left out: JSON has none.
 * @returns undefined when there are comments between the rules, which belong to nobody for sure
 */
export function flowListSplices(
  whole: string,
  base: number,
  list: YAMLSeq,
  edits: readonly RuleEdit[],
  style: EditStyle,
  isJson: boolean,
): readonly Splice[] | undefined {
  if (!list.range) return undefined;
  const open = base + list.range[0];
  const close = base + list.range[1] - 1;
  if (whole[open] !== "[" || whole[close] !== "]") return undefined;
  if (commentsWithin(list.srcToken, list.range[0], list.range[1]).length > 0) return undefined;
  const ranges = list.items
    .map((item) => (item as Node).range)
    .map((range) => range && [base + range[0], base + range[1]]);
  const pieces: { readonly text: string; readonly isNew: boolean }[] = [];
  const leads: string[] = [];
  let at = open + 1;
  for (const [i, range] of ranges.entries()) {
    if (!range) return undefined;
    const [start, end] = range as [number, number];
    leads.push(whole.slice(at, start));
    pieces.push({ text: whole.slice(at, end), isNew: false });
    at = end;
    const comma = whole.indexOf(",", end);
    if (i + 1 < ranges.length) {
      if (comma < 0 || whole.slice(end, comma).trim() !== "") return undefined;
      at = comma + 1;
    } else if (comma >= 0 && comma < close && whole.slice(end, comma).trim() === "") at = comma + 1;
  }
  const tail = whole.slice(at, close);
  const { lead, end } = spaceAround(whole, open, leads, tail, style, isJson);
  const print = (rule: PrintedRule): string =>
    isJson ? jsonText(rule, lead, indentOf(lead), whole) : flowText(rule.value, "", style);
  const made = (rule: PrintedRule): { readonly text: string; readonly isNew: boolean } => ({
    text: lead + print(rule),
    isNew: true,
  });
  const smaller = new Map<number, string>();
  for (const edit of edits) {
    if (edit.kind !== "replace") continue;
    const [start] = ranges[edit.rule] as [number, number];
    const small = scalarSplices(list.items[edit.rule], edit.by.value, base - start);
    if (small === undefined) continue;
    const [, stop] = ranges[edit.rule] as [number, number];
    smaller.set(edit.rule, leads[edit.rule]! + spliced(whole.slice(start, stop), small));
  }
  const rest = edits.filter((edit) => edit.kind !== "replace" || !smaller.has(edit.rule));
  const kept = pieces.map((piece, i) => ({ ...piece, text: smaller.get(i) ?? piece.text }));
  const next = applyRuleEdits(kept, rest, made);
  // The first rule stands where the first one stood; what was first is now one of many.
  const first = leads[0] ?? lead;
  const texts = next.map(({ text, isNew }, i) => {
    if (i === 0) return first.trim() === "" ? first + text.trimStart() : text;
    return !isNew && text === pieces[0]?.text ? lead + text.trimStart() : text;
  });
  const inner = texts.length === 0 ? "" : texts.join(",") + end;
  return [{ start: open + 1, end: close, text: inner }];
}

/** What stands in front of a rule in the list, and behind the last one. */
function spaceAround(
  whole: string,
  open: number,
  leads: readonly string[],
  tail: string,
  style: EditStyle,
  isJson: boolean,
): { readonly lead: string; readonly end: string } {
  const known = leads[1] ?? leads[0];
  if (known !== undefined) return { lead: leads.length === 1 && known === "" ? (isJson ? "" : " ") : known, end: tail };
  const line = whole.slice(lineStart(whole, open), open);
  const indent = /^[ \t]*/.exec(line)![0];
  const isPretty = isJson && whole.slice(0, open).includes("\n");
  if (!isPretty) return { lead: isJson ? "" : " ", end: "" };
  const step = indent.startsWith("\t") ? "\t" : "  ";
  return { lead: `${style.newline}${indent}${step}`, end: `${style.newline}${indent}` };
}

function indentOf(lead: string): string {
  return lead.slice(lead.lastIndexOf("\n") + 1);
}

/** Whether the document has spaces behind colons and commas, as most that people see do. */
function isSpaced(whole: string): boolean {
  return !/"\s*:\S/.test(whole.slice(0, 2000));
}

/** As the rest of the document: over several lines where each rule has its own, and on one line otherwise. */
function jsonText({ value }: PrintedRule, lead: string, indent: string, whole: string): string {
  if (!lead.includes("\n")) return isSpaced(whole) ? spacedJson(value) : JSON.stringify(value);
  const step = indent.includes("\t") ? "\t" : "  ";
  return JSON.stringify(value, undefined, step).replaceAll("\n", `\n${indent}`);
}

function spacedJson(value: PrintedValue): string {
  if (typeof value !== "object") return JSON.stringify(value);
  if (isList(value)) return `[${value.map(spacedJson).join(", ")}]`;
  return `{${Object.entries(value)
    .map(([key, part]) => `${JSON.stringify(key)}: ${spacedJson(part)}`)
    .join(", ")}}`;
}
