import { isDeepStrictEqual } from "node:util";
import { isAlias, isMap, isNode, isScalar, isSeq, parseDocument, visit, type YAMLMap, type YAMLSeq } from "yaml";
import { ownField } from "../../core/policy/manifest.ts";
import type { SourceLocation } from "../../core/policy/model.ts";
import { applyRuleEdits, type RuleEdit } from "../../core/policy/rule-edit.ts";
import { printable } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { readDocuments, splitDocuments } from "./documents.ts";
import { blockListSplices } from "./edit-block-list.ts";
import { flowListSplices } from "./edit-flow-list.ts";
import { lineAfter, lineStart, type Splice, spliced } from "./edit-splice.ts";
import { blockItemLines, pairOf, styleOf } from "./edit-style.ts";
import { parseJson } from "./json-document.ts";
import type { ManifestError } from "./manifest-error.ts";
import { Lines } from "./places.ts";

/** Changes of one object's `spec.egress`; `at` is the place of the object as reading the same text gave it. */
export interface ManifestEdit {
  readonly at: SourceLocation;
  readonly edits: readonly RuleEdit[];
}

/** Characters of one document that can be edited: the parser that keeps comments takes a second for each million. */
const largestEdited = 8 * 2 ** 20;
const deepestList = 4;

/**
 * The text of a file with rules inserted, replaced and removed, and every other byte as it was: comments, order, quotes and
 * indentation stay. What comes out is read again, and must say exactly what was meant; otherwise nothing is changed.
 */
export function editManifest(
  file: string,
  text: string,
  edits: readonly ManifestEdit[],
): Result<string, ManifestError> {
  const lines = new Lines(text);
  const refuse = (message: string, offset: number): Result<never, ManifestError> =>
    fail({ code: "manifest_edit_refused", message, file, ...lines.at(offset) });
  const splices: Splice[] = [];
  for (const chunk of chunksOf(text)) {
    const own = edits.filter(({ at }) => isWithin(at, lines, chunk));
    if (own.length === 0) continue;
    if (chunk.end - chunk.start > largestEdited)
      return refuse("a document this large is not edited in place", chunk.start);
    const objects = objectsIn(text.slice(chunk.start, chunk.end));
    if (objects === undefined) return refuse("the document cannot be read", chunk.start);
    for (const { at, edits: steps } of own) {
      const object = objects.find((node) => isAt(lines, chunk.start + startOf(node), at));
      if (object === undefined) return refuse("the object is not where it was read", chunk.start);
      const made = listSplices(text, chunk, object, steps);
      if (!made.ok) return refuse(made.error.message, chunk.start + made.error.offset);
      splices.push(...made.value);
    }
  }
  if (splices.length === 0) return ok(text);
  const edited = spliced(text, splices);
  const first = splices.reduce((least, { start }) => Math.min(least, start), text.length);
  return saysWhatWasMeant(file, text, edited, edits)
    ? ok(edited)
    : refuse("the rules are written in a way that cannot be edited safely: edit them by hand", first);
}

/** The text of the document that an object stands in, and how many objects stand there with it, itself included. */
export function documentAt(
  text: string,
  at: SourceLocation,
): { readonly text: string; readonly objects: number } | undefined {
  const lines = new Lines(text);
  const chunk = chunksOf(text).find((own) => isWithin(at, lines, own));
  if (chunk === undefined || chunk.end - chunk.start > largestEdited) return undefined;
  const own = text.slice(chunk.start, chunk.end);
  const objects = objectsIn(own);
  return objects === undefined ? undefined : { text: own, objects: objects.length };
}

interface TextChunk {
  readonly start: number;
  readonly end: number;
  readonly isJson: boolean;
}

/** As the reader cuts a file. */
function chunksOf(text: string): readonly TextChunk[] {
  if (/^\s*[{[]/.test(text) && parseJson(text).ok)
    return [{ start: text.startsWith("\ufeff") ? 1 : 0, end: text.length, isJson: true }];
  return splitDocuments(text).map(({ start, end }) => ({ start, end, isJson: false }));
}

function isWithin({ line, column }: SourceLocation, lines: Lines, { start, end }: TextChunk): boolean {
  if (line === undefined) return false;
  const [first, last] = [lines.at(start), lines.at(end)];
  const isBehind = line > first.line || (line === first.line && (column ?? 1) >= first.column);
  return isBehind && (line < last.line || (line === last.line && (column ?? 1) < last.column));
}

function isAt(lines: Lines, offset: number, at: SourceLocation): boolean {
  const { line, column } = lines.at(offset);
  return line === at.line && (at.column === undefined || column === at.column);
}

/** The object of a document, or those of a list of objects. */
function objectsIn(text: string): readonly YAMLMap[] | undefined {
  const document = parseDocument(text, {
    schema: "failsafe",
    strict: true,
    uniqueKeys: true,
    logLevel: "silent",
    keepSourceTokens: true,
  });
  if (document.errors.length > 0) return undefined;
  const objects: YAMLMap[] = [];
  const walk = (node: unknown, depth: number): void => {
    if (!isMap(node)) return;
    const kind = pairOf(node, "kind")?.value;
    const items = pairOf(node, "items")?.value;
    const isList = isScalar(kind) && typeof kind.value === "string" && kind.value.endsWith("List") && isSeq(items);
    if (!isList || depth > deepestList) objects.push(node);
    else for (const item of items.items) walk(item, depth + 1);
  };
  walk(document.contents, 0);
  return objects;
}

interface Refusal {
  readonly message: string;
  readonly offset: number;
}

function listSplices(
  text: string,
  chunk: TextChunk,
  object: YAMLMap,
  edits: readonly RuleEdit[],
): Result<readonly Splice[], Refusal> {
  const spec = pairOf(object, "spec")?.value;
  const pair = isMap(spec) ? pairOf(spec, "egress") : undefined;
  const unsafe = [object, spec, pair?.value].find(
    (node) => isNode(node) && (isAlias(node) || ("anchor" in node && node.anchor !== undefined)),
  );
  if (unsafe !== undefined) return fail({ message: sharedMessage, offset: startOf(unsafe) });
  const list = pair?.value;
  if (!isSeq(list) || pair === undefined) {
    return fail({ message: "the object has no list `spec.egress` to edit", offset: startOf(object) });
  }
  const shared = firstShared(list);
  if (shared !== undefined) return fail({ message: sharedMessage, offset: shared });
  const columnOf = (local: number): number => chunk.start + local - lineStart(text, chunk.start + local);
  const local = text.slice(chunk.start, chunk.end);
  const isBlockKey = isMap(spec) && spec.flow !== true;
  const style = styleOf(local, list, isBlockKey ? columnOf(startOf(pair.key)) : undefined, columnOf);
  const keyEnd = chunk.start + local.indexOf(":", endOf(pair.key)) + 1;
  const odd = fail({
    message: "the list is written in a way that cannot be edited safely: edit it by hand",
    offset: startOf(list),
  });
  if (list.items.length === 0 && isBlockKey) {
    return emptyListSplices(text, chunk, list, columnOf(startOf(pair.key)), keyEnd, edits, style) ?? odd;
  }
  const made =
    list.flow === true
      ? flowListSplices(text, chunk.start, list, edits, style, chunk.isJson)
      : blockListSplices(text, chunk.start, list, keyEnd, edits, style);
  return made === undefined ? odd : ok(made);
}

const sharedMessage =
  "the rules use an anchor, an alias or a tag, and a change could reach further than meant: write them out first";

/** `egress: []` becomes a list with dashes, as the rest of the document has. */
function emptyListSplices(
  text: string,
  chunk: TextChunk,
  list: YAMLSeq,
  keyColumn: number,
  keyEnd: number,
  edits: readonly RuleEdit[],
  style: ReturnType<typeof styleOf>,
): Result<readonly Splice[], Refusal> | undefined {
  const added = edits.flatMap((edit) => (edit.kind === "insert" ? [edit.add] : []));
  if (!list.range || added.length === 0) return ok([]);
  const end = chunk.start + list.range[1];
  if (text.slice(keyEnd, end).includes("\n")) return undefined;
  const after = lineAfter(text, end);
  const column = keyColumn + style.listIndent;
  const glue = text[after - 1] === "\n" ? "" : style.newline;
  const lines = added.flatMap(({ value, comment }) => [
    ...comment.map((line) => `${" ".repeat(column)}# ${printable(line)}`.trimEnd()),
    ...blockItemLines(value, column, style),
  ]);
  return ok([
    { start: keyEnd, end, text: "" },
    { start: after, end: after, text: glue + lines.map((line) => `${line}${style.newline}`).join("") },
  ]);
}

function firstShared(list: YAMLSeq): number | undefined {
  let found: number | undefined;
  visit(list, {
    Node(_, node) {
      const isShared = isAlias(node) || node.anchor !== undefined || node.tag !== undefined;
      if (!isShared || found !== undefined) return undefined;
      found = startOf(node);
      return visit.BREAK;
    },
    Pair(_, { key }) {
      if (!isScalar(key) || key.value !== "<<") return undefined;
      found = startOf(key);
      return visit.BREAK;
    },
  });
  return found;
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}

function endOf(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[1] ?? 0;
}

/** Reads both texts: every document must be as before, but for the lists that were to change, which must be as planned. */
function saysWhatWasMeant(file: string, before: string, after: string, edits: readonly ManifestEdit[]): boolean {
  const [old, now] = [readDocuments(file, before), readDocuments(file, after)];
  if (now.errors.length !== old.errors.length || now.documents.length !== old.documents.length) return false;
  return old.documents.every((placed, i) => {
    const { base = 0 } = placed;
    const stepsAt = (offset: number): readonly RuleEdit[] =>
      edits.filter(({ at }) => isAt(old.lines, base + offset, at)).flatMap(({ edits: steps }) => steps);
    const planned = withEdits(placed.value, placed.offset, placed.spots, stepsAt, 0);
    return isDeepStrictEqual(plain(planned), plain(now.documents[i]!.value));
  });
}

/** The value with the steps made in the objects that have some. */
function withEdits(
  value: unknown,
  offset: number,
  spots: ReadonlyMap<object, readonly number[]>,
  stepsAt: (offset: number) => readonly RuleEdit[],
  depth: number,
): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const kind = ownField(value, "kind");
  const items = ownField(value, "items");
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items) && depth <= deepestList) {
    const offsets = spots.get(items) ?? [];
    const next = items.map((item: unknown, i) => withEdits(item, offsets[i] ?? -1, spots, stepsAt, depth + 1));
    return { ...value, items: next };
  }
  const spec = ownField(value, "spec");
  const egress = ownField(spec, "egress");
  const steps = stepsAt(offset);
  if (steps.length === 0 || !Array.isArray(egress)) return value;
  const list = applyRuleEdits<unknown>(egress, steps, (rule) => rule.value);
  return { ...value, spec: { ...(spec as object), egress: list } };
}

/** Without prototypes and order of keys, which mean nothing here. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value)) as unknown;
}
