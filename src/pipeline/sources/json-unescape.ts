import { writeUtf8 } from "./text-bytes.ts";

/**
 * Resolves the escapes of a JSON string in place: the text never grows. A lone surrogate becomes U+FFFD.
 * @returns the new end of the range, or -1 when an escape is not JSON's
 */
export function unescapeJson(bytes: Uint8Array, from: number, to: number): number {
  let out = from;
  for (let p = from; p < to;) {
    const c = bytes[p]!;
    if (c !== 0x5c) {
      bytes[out++] = c;
      p += 1;
      continue;
    }
    if (p + 1 >= to) return -1;
    const escape = bytes[p + 1]!;
    if (escape !== 0x75) {
      const plain = simpleEscapes.get(escape);
      if (plain === undefined) return -1;
      bytes[out++] = plain;
      p += 2;
      continue;
    }
    let point = hex4(bytes, p + 2, to);
    if (point < 0) return -1;
    p += 6;
    if (point >= 0xd800 && point <= 0xdbff && bytes[p] === 0x5c && bytes[p + 1] === 0x75) {
      const low = hex4(bytes, p + 2, to);
      if (low >= 0xdc00 && low <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        p += 6;
      }
    }
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    out = writeUtf8(bytes, out, point);
  }
  return out;
}

const simpleEscapes = new Map([
  [0x22, 0x22],
  [0x5c, 0x5c],
  [0x2f, 0x2f],
  [0x62, 0x08],
  [0x66, 0x0c],
  [0x6e, 0x0a],
  [0x72, 0x0d],
  [0x74, 0x09],
]);

function hex4(bytes: Uint8Array, at: number, to: number): number {
  if (at + 4 > to) return -1;
  let value = 0;
  for (let i = 0; i < 4; i += 1) {
    const c = bytes[at + i]!;
    const lower = c | 0x20;
    const digit = c >= 0x30 && c <= 0x39 ? c - 0x30 : lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}
