/**
 * The CRDs' patterns `^Allow|Deny$` and `^TCP|UDP|SCTP$` lack brackets around the alternation: the first word is only
 * compared with the beginning, the last one only with the end, and words between may stand anywhere.
 */
export type WordFit = "exact" | "unanchored" | "refused";

export function fitWord(text: string, words: readonly string[]): WordFit {
  if (words.includes(text)) return "exact";
  const first = words[0]!;
  const last = words.at(-1)!;
  const isStored =
    text.startsWith(first) || text.endsWith(last) || words.slice(1, -1).some((word) => text.includes(word));
  return isStored ? "unanchored" : "refused";
}
