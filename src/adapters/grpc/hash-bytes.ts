/** Bytes as a number of 48 bits, to tell messages apart that a server itself would not mix up. */
export function hashBytes(bytes: Uint8Array, from: number, to: number): number {
  let low = 0x811c9dc5 ^ (to - from);
  let high = 0x9e3779b9;
  for (let p = from; p < to; p += 1) {
    const byte = bytes[p]!;
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x85ebca6b);
    high ^= high >>> 13;
  }
  low ^= low >>> 15;
  return ((high ^ (high >>> 16)) & 0xffff) * 0x1_0000_0000 + (low >>> 0);
}
