/** Bytes of a text that can be compared in words. */
export const longestInWords = 40;

/**
 * A text of 4 to 40 bytes as at most five words that cover it, the last two overlapping: equal words mean equal bytes.
 * Words are doubles, because those are compared eight bytes at once; no text here holds a zero byte, so 0 and -0 do
 * not meet, and a NaN only makes equal bytes unequal.
 */
export function copyWords(view: DataView, p: number, words: Float64Array, at: number, length: number): void {
  if (length < 8) {
    words[at] = view.getInt32(p, true);
    words[at + 1] = view.getInt32(p + length - 4, true);
    return;
  }
  words[at] = view.getFloat64(p, true);
  words[at + 1] = view.getFloat64(p + length - 8, true);
  for (let word = 2; 8 * word < length; word += 1) {
    words[at + word] = view.getFloat64(p + Math.min(8 * word - 8, length - 8), true);
  }
}

/** Whether the text that `copyWords` wrote to words[at…] stands at `p`. May read beyond the text's end. */
export function areWordsAt(view: DataView, p: number, words: Float64Array, at: number, length: number): boolean {
  if (length < 8) {
    return view.getInt32(p, true) === words[at]! && view.getInt32(p + length - 4, true) === words[at + 1]!;
  }
  return (
    view.getFloat64(p, true) === words[at]! &&
    view.getFloat64(p + length - 8, true) === words[at + 1]! &&
    (length <= 16 ||
      (view.getFloat64(p + 8, true) === words[at + 2]! &&
        (length <= 24 ||
          (view.getFloat64(p + 16, true) === words[at + 3]! &&
            (length <= 32 || view.getFloat64(p + 24, true) === words[at + 4]!)))))
  );
}
