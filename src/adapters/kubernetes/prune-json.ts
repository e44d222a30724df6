const quote = 0x22;
const backslash = 0x5c;
const openBrace = 0x7b;
const openBracket = 0x5b;
const closeBrace = 0x7d;
const closeBracket = 0x5d;
const comma = 0x2c;
const colon = 0x3a;
const zero = 0x30;
const longestKey = 24;

/**
 * Takes the values of some keys out of JSON text, before it is parsed: most of a pod is what managers and containers
 * say, and parsing it only makes garbage. Works in place; the value becomes `0`. Text that is no JSON stays none, or
 * becomes other text that is none of ours: it is parsed afterwards.
 * @param depth of the objects whose keys are meant: 1 is the outermost
 * @returns the part of `bytes` that holds the text now
 */
export function pruneJson(bytes: Buffer, keys: ReadonlySet<string>, depth: number): Buffer {
  let to = 0;
  let at = 0;
  let level = 0;
  let key = "";
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === quote) {
      const end = endOfString(bytes, at);
      if (level === depth) key = end - at <= longestKey ? bytes.toString("latin1", at + 1, end - 1) : "";
      bytes.copyWithin(to, at, end);
      to += end - at;
      at = end;
      continue;
    }
    if (byte === colon && level === depth && keys.has(key)) {
      const end = endOfValue(bytes, at + 1);
      // Nothing to skip, as no JSON has it: there must be room for what is written instead.
      if (end > at + 1) {
        bytes[to] = colon;
        bytes[to + 1] = zero;
        to += 2;
        at = end;
        key = "";
        continue;
      }
    }
    if (byte === openBrace || byte === openBracket) level += 1;
    else if (byte === closeBrace || byte === closeBracket) level -= 1;
    bytes[to] = byte;
    to += 1;
    at += 1;
  }
  return bytes.subarray(0, to);
}

/** Behind the closing quote of the string that begins at `from`. */
function endOfString(bytes: Buffer, from: number): number {
  let at = from + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return Math.min(at + 1, bytes.length);
}

/** Where the comma or bracket stands that ends the value. */
function endOfValue(bytes: Buffer, from: number): number {
  let level = 0;
  let at = from;
  while (at < bytes.length) {
    const byte = bytes[at]!;
    if (byte === quote) {
      at = endOfString(bytes, at);
      continue;
    }
    if (byte === openBrace || byte === openBracket) level += 1;
    else if (byte === closeBrace || byte === closeBracket) {
      if (level === 0) break;
      level -= 1;
    } else if (byte === comma && level === 0) break;
    at += 1;
  }
  return at;
}
