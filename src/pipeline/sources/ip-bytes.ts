/**
 * Reads an address from text bytes into words, without strings or bigints; accepts exactly what `parseIp` accepts.
 * IPv4 sets words[0]; IPv6 sets four words, most significant first. An IPv4-mapped IPv6 address is the IPv4 address.
 * @returns 4, 6, or 0 when the range is not an address (the words are then undefined)
 */
export function readIp(bytes: Uint8Array, from: number, to: number, words: Uint32Array): 0 | 4 | 6 {
  let p = from;
  let value = 0;
  for (let quad = 0; quad < 4; quad += 1) {
    if (quad > 0) {
      if (bytes[p] !== 0x2e || p >= to) return isV6Text(bytes, from, to) ? readV6(bytes, from, to, words) : 0;
      p += 1;
    }
    let part = bytes[p]! - 0x30;
    if (part >>> 0 > 9 || p >= to) return isV6Text(bytes, from, to) ? readV6(bytes, from, to, words) : 0;
    p += 1;
    let digit = bytes[p]! - 0x30;
    if (part !== 0 && digit >>> 0 <= 9 && p < to) {
      part = part * 10 + digit;
      p += 1;
      digit = bytes[p]! - 0x30;
      if (digit >>> 0 <= 9 && p < to) {
        part = part * 10 + digit;
        p += 1;
      }
    }
    if (part > 255) return isV6Text(bytes, from, to) ? readV6(bytes, from, to, words) : 0;
    value = (value << 8) | part;
  }
  if (p !== to) return isV6Text(bytes, from, to) ? readV6(bytes, from, to, words) : 0;
  words[0] = value;
  return 4;
}

function isV6Text(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to && p < from + 5; p += 1) if (bytes[p] === 0x3a) return true;
  return false;
}

const groups = new Uint16Array(8);
const tailV4 = new Uint32Array(4);

function readV6(bytes: Uint8Array, from: number, to: number, words: Uint32Array): 0 | 4 | 6 {
  if (to - from > 45) return 0;
  let count = 0;
  let gapAt = -1;
  let p = from;
  if (bytes[p] === 0x3a) {
    if (p + 1 >= to || bytes[p + 1] !== 0x3a) return 0;
    gapAt = 0;
    p += 2;
  }
  while (p < to) {
    if (count === 8) return 0;
    let value = 0;
    let digits = 0;
    const start = p;
    for (; p < to; p += 1) {
      const digit = hexDigit(bytes[p]!);
      if (digit < 0) break;
      value = value * 16 + digit;
      digits += 1;
      if (digits > 4) return 0;
    }
    if (p < to && bytes[p] === 0x2e) {
      // The last 32 bits may be written as IPv4.
      if (count > 6 || hasColon(bytes, start, to) || readIp(bytes, start, to, tailV4) !== 4) return 0;
      groups[count++] = tailV4[0]! >>> 16;
      groups[count++] = tailV4[0]! & 0xffff;
      p = to;
      break;
    }
    if (digits === 0) return 0;
    groups[count++] = value;
    if (p === to) break;
    if (bytes[p] !== 0x3a) return 0;
    p += 1;
    if (p === to) return 0; // ends in a single colon
    if (bytes[p] === 0x3a) {
      if (gapAt >= 0) return 0;
      gapAt = count;
      p += 1;
    }
  }
  if (gapAt < 0 ? count !== 8 : count > 7) return 0;
  if (gapAt >= 0) {
    const shift = 8 - count;
    for (let i = count - 1; i >= gapAt; i -= 1) groups[i + shift] = groups[i]!;
    for (let i = gapAt; i < gapAt + shift; i += 1) groups[i] = 0;
  }
  for (let i = 0; i < 4; i += 1) words[i] = (groups[2 * i]! << 16) | groups[2 * i + 1]!;
  if (words[0] === 0 && words[1] === 0 && words[2] === 0xffff) {
    words[0] = words[3]!;
    return 4;
  }
  return 6;
}

function hasColon(bytes: Uint8Array, from: number, to: number): boolean {
  for (let p = from; p < to; p += 1) if (bytes[p] === 0x3a) return true;
  return false;
}

function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30;
  const lower = c | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
