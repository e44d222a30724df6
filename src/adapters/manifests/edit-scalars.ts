import { isMap, isScalar, isSeq, Scalar } from "yaml";
import type { PrintedValue } from "../../core/policy/printed-manifest.ts";
import type { Splice } from "./edit-splice.ts";
import { isList, pairOf, scalarText } from "./edit-style.ts";
import { resolvePlainScalar } from "./plain-scalar.ts";

/**
 * The fewest bytes that turn a written rule into another one of the same shape: only the words that differ, each in the
 * quotes it had. Undefined where keys or lengths differ, so that the rule must be written anew.
 */
export function scalarSplices(node: unknown, value: PrintedValue, base: number): readonly Splice[] | undefined {
  const splices: Splice[] = [];
  return collect(node, value, base, splices) ? splices : undefined;
}

function collect(node: unknown, value: PrintedValue, base: number, splices: Splice[]): boolean {
  if (isSeq(node)) {
    if (typeof value !== "object" || !isList(value) || value.length !== node.items.length) return false;
    return node.items.every((item, i) => collect(item, value[i]!, base, splices));
  }
  if (isMap(node)) {
    if (typeof value !== "object" || isList(value) || Object.keys(value).length !== node.items.length) return false;
    return Object.entries(value).every(([key, part]) => {
      const pair = pairOf(node, key);
      return pair !== undefined && collect(pair.value, part, base, splices);
    });
  }
  if (!isScalar(node) || typeof value === "object" || !node.range) return false;
  const isPlain = node.type === Scalar.PLAIN || node.type === undefined;
  const written = isPlain ? resolvePlainScalar(node.source ?? "") : node.value;
  if (written === value) return true;
  const quote = node.type === Scalar.QUOTE_DOUBLE ? '"' : node.type === Scalar.QUOTE_SINGLE ? "'" : "";
  const text = typeof value === "string" ? scalarText(value, quote) : String(value);
  if (node.source !== undefined && /[\r\n]/.test(node.source)) return false;
  splices.push({ start: base + node.range[0], end: base + node.range[1], text });
  return true;
}
