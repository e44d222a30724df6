import { isMap, isScalar, isSeq, type Pair, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import type { PrintedValue } from "../../core/policy/printed-manifest.ts";
import { printString } from "./print.ts";

/** How the rules of one list are written, learned from those that are there; one that is new looks like its neighbours. */
export interface EditStyle {
  /** Spaces from a key to the keys of the mapping below it. */
  readonly mapIndent: number;
  /** Spaces from a key to the dashes of the list below it; 0 in the compact form. */
  readonly listIndent: number;
  /** From a dash to what stands behind it. */
  readonly dashWidth: number;
  /** A space inside the braces of flow collections. */
  readonly isPadded: boolean;
  /** By place in a rule, `to`, `ports[]`: written as `{…}` or `[…]` on one line. */
  readonly flows: ReadonlyMap<string, boolean>;
  /** By place in a rule: the quotes around text; empty for none. */
  readonly quotes: ReadonlyMap<string, string>;
  readonly newline: "\n" | "\r\n";
}

const sampled = 200;

/** @param columnOf the column, from 0, of an offset */
export function styleOf(
  text: string,
  list: YAMLSeq,
  listKeyColumn: number | undefined,
  columnOf: (offset: number) => number,
): EditStyle {
  const flows = new Map<string, boolean>();
  const quotes = new Map<string, string>();
  let mapIndent: number | undefined;
  let listIndent: number | undefined;
  let dashWidth: number | undefined;
  let isPadded: boolean | undefined;
  const look = (node: unknown, path: string, keyColumn: number | undefined): void => {
    if (isScalar(node) && typeof node.value === "string") {
      const quote = node.type === Scalar.QUOTE_DOUBLE ? '"' : node.type === Scalar.QUOTE_SINGLE ? "'" : "";
      if (!quotes.has(path) && mayBePlain(node.value)) quotes.set(path, quote);
    }
    if (!isMap(node) && !isSeq(node)) return;
    if (node.items.length > 0 && !flows.has(path)) flows.set(path, node.flow === true);
    if (node.flow === true && node.items.length > 0 && node.range) {
      isPadded ??= text[node.range[0]] === "{" && text[node.range[0] + 1] === " ";
    }
    if (isMap(node)) {
      for (const pair of node.items) {
        const column = columnOf(startOf(pair.key));
        if (node.flow !== true && keyColumn !== undefined && path !== "") mapIndent ??= column - keyColumn;
        const key = isScalar(pair.key) ? String(pair.key.value) : "";
        look(pair.value, path === "" ? key : `${path}.${key}`, node.flow === true ? undefined : column);
      }
    } else {
      if (node.flow !== true && keyColumn !== undefined && node.items.length > 0) {
        const dash = dashesOf(node)?.[0];
        if (dash !== undefined) listIndent ??= columnOf(dash) - keyColumn;
      }
      for (const item of node.items) look(item, `${path}[]`, undefined);
    }
  };
  const dashes = dashesOf(list);
  for (const [i, item] of list.items.slice(-sampled).toReversed().entries()) {
    look(item, "", undefined);
    const dash = dashes?.[list.items.length - 1 - i];
    const start = startOf(item);
    if (list.flow !== true && dash !== undefined && !text.slice(dash, start).includes("\n")) dashWidth ??= start - dash;
  }
  const ownIndent =
    dashes?.[0] === undefined || listKeyColumn === undefined ? undefined : columnOf(dashes[0]) - listKeyColumn;
  return {
    mapIndent: clamp(mapIndent, 1, 2),
    listIndent: clamp(listIndent ?? ownIndent, 0, 2),
    dashWidth: clamp(dashWidth, 2, 2),
    isPadded: isPadded ?? false,
    flows,
    quotes,
    newline: text.includes("\r\n") ? "\r\n" : "\n",
  };
}

function clamp(found: number | undefined, least: number, preset: number): number {
  return found === undefined || found < least || found > 16 ? preset : found;
}

function mayBePlain(text: string): boolean {
  return printString(text) === text;
}

function startOf(node: unknown): number {
  return (node as { range?: readonly number[] } | null)?.range?.[0] ?? 0;
}

/** Offsets of the dashes of a block list; undefined for a flow list. */
export function dashesOf({ srcToken }: YAMLSeq): readonly number[] | undefined {
  if (srcToken?.type !== "block-seq") return undefined;
  return srcToken.items.flatMap(({ start }) => start.find(({ type }) => type === "seq-item-ind")?.offset ?? []);
}

/** Lines of one rule in block style, the dash in `column`; without line ends. */
export function blockItemLines(value: PrintedValue, column: number, style: EditStyle): readonly string[] {
  const lines: string[] = [];
  const put = (node: PrintedValue, path: string, at: number): void => {
    if (isList(node)) for (const item of node) putItem(item, `${path}[]`, at);
    else if (typeof node === "object") {
      for (const [key, part] of Object.entries(node)) {
        const below = path === "" ? key : `${path}.${key}`;
        const inline = isInline(part, below, style) ? flowText(part, below, style) : undefined;
        lines.push(`${" ".repeat(at)}${printString(key)}:${inline === undefined ? "" : ` ${inline}`}`);
        if (inline === undefined) put(part, below, at + (isList(part) ? style.listIndent : style.mapIndent));
      }
    }
  };
  const putItem = (item: PrintedValue, path: string, at: number): void => {
    if (isInline(item, path, style)) {
      lines.push(`${" ".repeat(at)}-${" ".repeat(style.dashWidth - 1)}${flowText(item, path, style)}`);
      return;
    }
    const first = lines.length;
    put(item, path, at + style.dashWidth);
    const indent = " ".repeat(style.dashWidth - 1);
    lines[first] = `${" ".repeat(at)}-${indent}${lines[first]!.slice(at + style.dashWidth)}`;
  };
  putItem(value, "", column);
  return lines;
}

function isInline(value: PrintedValue, path: string, style: EditStyle): boolean {
  if (typeof value !== "object") return true;
  const isEmpty = isList(value) ? value.length === 0 : Object.keys(value).length === 0;
  return isEmpty || style.flows.get(path) === true;
}

/** One rule on one line: `{type: Deny, to: {cidrSelector: 10.0.0.0/8}}`. */
export function flowText(value: PrintedValue, path: string, style: EditStyle): string {
  if (typeof value === "string") return scalarText(value, style.quotes.get(path) ?? "");
  if (typeof value !== "object") return String(value);
  if (isList(value)) return `[${value.map((item) => flowText(item, `${path}[]`, style)).join(", ")}]`;
  const parts = Object.entries(value).map(
    ([key, part]) => `${printString(key)}: ${flowText(part, path === "" ? key : `${path}.${key}`, style)}`,
  );
  const pad = style.isPadded && parts.length > 0 ? " " : "";
  return `{${pad}${parts.join(", ")}${pad}}`;
}

/** Text in the quotes that its like has, where they are enough. */
export function scalarText(value: string, quote: string): string {
  if (quote === '"') return JSON.stringify(value);
  // oxlint-disable-next-line no-control-regex
  if (quote === "'" && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(value))
    return `'${value.replaceAll("'", "''")}'`;
  return printString(value);
}

export function isList(value: PrintedValue): value is readonly PrintedValue[] {
  return Array.isArray(value);
}

/** The entry of a mapping, by key. */
export function pairOf(map: YAMLMap, key: string): Pair | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}
