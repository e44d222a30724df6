const longest = 160;

/** The beginning of a record that was not understood, as it can be shown: printable characters only. */
export function cleanSample(sample: Uint8Array): string {
  const text = new TextDecoder().decode(sample.subarray(0, longest));
  return text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, "·");
}
