import { isDeepStrictEqual } from "node:util";
import { isMap, isScalar, isSeq, parseDocument, type YAMLMap } from "yaml";
import type { Path } from "../../core/policy/manifest.ts";
import type { PrintedValue } from "../../core/policy/printed-manifest.ts";
import { applyRuleEdits, type RuleEdit } from "../../core/policy/rule-edit.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { readDocuments, splitDocuments } from "./documents.ts";
import { blockListSplices } from "./edit-block-list.ts";
import { flowListSplices } from "./edit-flow-list.ts";
import { lineAfter, lineStart, type Splice, spliced } from "./edit-splice.ts";
import { blockItemLines, pairOf, styleOf } from "./edit-style.ts";
import type { ManifestError } from "./manifest-error.ts";

type Edited = Result<string, ManifestError>;

/**
 * The text with one entry more in a list of its first document. Sorted lists of text stay sorted; a list that is missing is made at the end of
 * the mapping it belongs to, which is then the document itself. Everything else keeps its bytes, which is checked.
 */
export function addEntry(file: string, text: string, path: Path, entry: PrintedValue): Edited {
  const now = listAt(file, text, path) ?? [];
  const before = typeof entry === "string" ? placeOf(now, entry) : now.length;
  const edits: readonly RuleEdit[] = [{ kind: "insert", before, add: { value: entry, comment: [] } }];
  return edited(file, text, path, edits);
}

export function removeEntries(file: string, text: string, path: Path, isMeant: (entry: unknown) => boolean): Edited {
  const now = listAt(file, text, path) ?? [];
  const edits = now.flatMap((entry, rule): RuleEdit[] => (isMeant(entry) ? [{ kind: "remove", rule }] : []));
  return edits.length === 0 ? ok(text) : edited(file, text, path, edits);
}

/** Where a new text belongs: in its place when the others are in order, and last when they are not. */
function placeOf(list: readonly unknown[], entry: string): number {
  const texts = list.filter((item) => typeof item === "string");
  const isSorted = texts.length === list.length && texts.every((item, i) => i === 0 || texts[i - 1]! <= item);
  if (!isSorted || texts.length < 2) return list.length;
  const after = texts.findIndex((item) => item > entry);
  return after < 0 ? list.length : after;
}

function edited(file: string, text: string, path: Path, edits: readonly RuleEdit[]): Edited {
  const refuse = (message: string): Edited =>
    fail({ code: "manifest_edit_refused", message: `${message}: edit it by hand`, file });
  const chunk = splitDocuments(text)[0] ?? { start: 0, end: text.length };
  const own = text.slice(chunk.start, chunk.end);
  const document = parseDocument(own, { strict: true, uniqueKeys: true, logLevel: "silent", keepSourceTokens: true });
  if (document.errors.length > 0) return refuse("the file cannot be read");
  const holder: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const key = String(path.at(-1));
  if (holder !== null && holder !== undefined && !isMap(holder)) return refuse(`\`${key}\` has no mapping to stand in`);
  const splices = splicesOf(text, chunk, isMap(holder) ? holder : undefined, path.length === 1, key, edits);
  if (splices === undefined) return refuse(`the list \`${key}\` is written in a way that cannot be edited safely`);
  const result = spliced(text, splices);
  return saysIt(file, text, result, path, edits) ? ok(result) : refuse(`the list \`${key}\` cannot be edited safely`);
}

function splicesOf(
  text: string,
  chunk: { readonly start: number; readonly end: number },
  holder: YAMLMap | undefined,
  isTop: boolean,
  key: string,
  edits: readonly RuleEdit[],
): readonly Splice[] | undefined {
  const columnOf = (local: number): number => chunk.start + local - lineStart(text, chunk.start + local);
  const own = text.slice(chunk.start, chunk.end);
  const pair = holder === undefined ? undefined : pairOf(holder, key);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const added = edits.flatMap((edit) => (edit.kind === "insert" ? [edit.add] : []));
  const style = {
    mapIndent: 2,
    listIndent: 0,
    dashWidth: 2,
    isPadded: false,
    flows: new Map(),
    quotes: new Map(),
    newline,
  } as const;
  const linesOf = (column: number): string =>
    added
      .flatMap(({ value }) => blockItemLines(value, column, style))
      .map((line) => `${line}${newline}`)
      .join("");
  if (pair === undefined) {
    if (!isTop || holder?.flow === true) return undefined;
    const end = chunk.start + own.trimEnd().length;
    const at = end === chunk.start ? chunk.start : lineAfter(text, end - 1);
    const glue = at > 0 && text[at - 1] !== "\n" ? newline : "";
    return [{ start: at, end: at, text: `${glue}${key}:${newline}${linesOf(0)}` }];
  }
  const keyNode = pair.key as { readonly range?: readonly number[] | null };
  const keyEnd = chunk.start + own.indexOf(":", keyNode.range?.[1] ?? 0) + 1;
  const list = pair.value;
  const isNothing = list === null || (isScalar(list) && list.value === null);
  const isEmpty = isSeq(list) && list.items.length === 0;
  if (isNothing || isEmpty) {
    const end = isEmpty ? chunk.start + (list.range?.[1] ?? 0) : keyEnd;
    if (text.slice(keyEnd, end).includes("\n")) return undefined;
    const after = lineAfter(text, end);
    const glue = text[after - 1] === "\n" ? "" : newline;
    const column = columnOf(keyNode.range?.[0] ?? 0);
    return [
      { start: keyEnd, end, text: "" },
      { start: after, end: after, text: glue + linesOf(column) },
    ];
  }
  if (!isSeq(list)) return undefined;
  const found = styleOf(own, list, columnOf(keyNode.range?.[0] ?? 0), columnOf);
  return list.flow === true
    ? flowListSplices(text, chunk.start, list, edits, found, false)
    : blockListSplices(text, chunk.start, list, keyEnd, edits, found);
}

function listAt(file: string, text: string, path: Path): readonly unknown[] | undefined {
  const first = readDocuments(file, text, { withPlaces: false }).documents[0]?.value;
  const found = path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<string | number, unknown>)[part] : undefined,
    first,
  );
  return Array.isArray(found) ? (found as readonly unknown[]) : undefined;
}

/** Reads both: the list is as planned, and nothing else differs. */
function saysIt(file: string, before: string, after: string, path: Path, edits: readonly RuleEdit[]): boolean {
  const wanted = applyRuleEdits<unknown>(listAt(file, before, path) ?? [], edits, ({ value }) => value);
  if (!isDeepStrictEqual(plain(listAt(file, after, path)), plain(wanted))) return false;
  return isDeepStrictEqual(withoutList(file, before, path), withoutList(file, after, path));
}

function withoutList(file: string, text: string, path: Path): unknown {
  const { documents, errors } = readDocuments(file, text, { withPlaces: false });
  const values = plain(documents.map(({ value }) => value)) as unknown[];
  const holder = path
    .slice(0, -1)
    .reduce<unknown>((value, part) => (value as Record<string | number, unknown> | undefined)?.[part], values[0] ?? {});
  if (typeof holder === "object" && holder !== null) Reflect.deleteProperty(holder, path.at(-1)!);
  const [first, ...others] = values;
  return [first ?? {}, others, errors.length];
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as unknown);
}
