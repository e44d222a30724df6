import { utf8Text } from "./text-bytes.ts";

/**
 * A whole number from decimal digits: the form of nearly every number in flow records. Fractions and exponents take
 * the slow way and are cut to whole; anything else is -1, as is a negative number: no field here can be negative.
 */
export function readWhole(bytes: Uint8Array, from: number, to: number): number {
  const length = to - from;
  if (length <= 0 || length > 15) return readWholeSlowly(bytes, from, to);
  // Nine digits fit a small integer; the digits before them are a second one.
  const middle = length > 9 ? to - 9 : from;
  let high = 0;
  for (let p = from; p < middle; p += 1) {
    const digit = bytes[p]! - 0x30;
    if (digit >>> 0 > 9) return readWholeSlowly(bytes, from, to);
    high = Math.imul(high, 10) + digit;
  }
  let low = 0;
  for (let p = middle; p < to; p += 1) {
    const digit = bytes[p]! - 0x30;
    if (digit >>> 0 > 9) return readWholeSlowly(bytes, from, to);
    low = (Math.imul(low, 10) + digit) | 0;
  }
  return high === 0 ? low : high * 1_000_000_000 + low;
}

function readWholeSlowly(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > 32) return -1;
  const text = utf8Text(bytes, from, to).trim();
  if (!/^\+?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?$/.test(text)) return -1;
  const value = Math.trunc(Number(text));
  return Number.isSafeInteger(value) ? value : -1;
}
