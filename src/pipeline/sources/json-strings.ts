import { unescapeJson } from "./json-unescape.ts";

/**
 * The strings of a JSON list in bytes[from, to), escapes resolved in place; other members are passed over. At most
 * `fromOut.length` of them. @returns how many were found
 */
export function readStrings(
  bytes: Uint8Array,
  from: number,
  to: number,
  fromOut: Int32Array,
  toOut: Int32Array,
): number {
  let count = 0;
  for (let p = from; p < to && count < fromOut.length; p += 1) {
    if (bytes[p] !== 0x22) continue;
    const start = p + 1;
    let hasEscape = false;
    for (p = start; p < to && bytes[p] !== 0x22; p += 1) {
      if (bytes[p] !== 0x5c) continue;
      hasEscape = true;
      p += 1;
    }
    const end = hasEscape ? unescapeJson(bytes, start, p) : p;
    if (end < 0) continue;
    fromOut[count] = start;
    toOut[count] = end;
    count += 1;
  }
  return count;
}
