/** Text as UTF-8; a lone surrogate becomes U+FFFD. */
export function utf8Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0;
    length = writeUtf8(bytes, length, point >= 0xd800 && point <= 0xdfff ? 0xfffd : point);
  }
  return bytes.subarray(0, length);
}

/** UTF-8 bytes as text; what is not UTF-8 becomes U+FFFD. For rare words, not for every record. */
export function utf8Text(bytes: Uint8Array, from: number, to: number): string {
  let text = "";
  for (let p = from; p < to;) {
    const first = bytes[p]!;
    const length = first < 0x80 ? 1 : first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    let point = length === 1 ? first : first & (0x7f >> length);
    let isValid = length > 0 && p + length <= to;
    for (let i = 1; isValid && i < length; i += 1) {
      const next = bytes[p + i]!;
      isValid = (next & 0xc0) === 0x80;
      point = (point << 6) | (next & 0x3f);
    }
    if (length === 3) isValid &&= point >= 0x800 && (point < 0xd800 || point > 0xdfff);
    if (length === 4) isValid &&= point >= 0x10000 && point <= 0x10ffff;
    text += isValid ? String.fromCodePoint(point) : "\ufffd";
    p += isValid ? length : 1;
  }
  return text;
}

/** Whether `bytes` holds `word` at `at`. Bytes beyond the array match nothing. */
export function startsWithBytes(bytes: Uint8Array, at: number, word: Uint8Array): boolean {
  for (let i = 0; i < word.length; i += 1) if (bytes[at + i] !== word[i]) return false;
  return true;
}

/** Whether the range is exactly `word`. */
export function isWord(bytes: Uint8Array, from: number, to: number, word: Uint8Array): boolean {
  return to - from === word.length && startsWithBytes(bytes, from, word);
}

/** Writes one code point. @returns the position behind it */
export function writeUtf8(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    bytes[at] = point;
    return at + 1;
  }
  if (point < 0x800) {
    bytes[at] = 0xc0 | (point >> 6);
    bytes[at + 1] = 0x80 | (point & 0x3f);
    return at + 2;
  }
  if (point < 0x10000) {
    bytes[at] = 0xe0 | (point >> 12);
    bytes[at + 1] = 0x80 | ((point >> 6) & 0x3f);
    bytes[at + 2] = 0x80 | (point & 0x3f);
    return at + 3;
  }
  bytes[at] = 0xf0 | (point >> 18);
  bytes[at + 1] = 0x80 | ((point >> 12) & 0x3f);
  bytes[at + 2] = 0x80 | ((point >> 6) & 0x3f);
  bytes[at + 3] = 0x80 | (point & 0x3f);
  return at + 4;
}
