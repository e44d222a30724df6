import type { LawBook, StoredLaw } from "../state/law-book.ts";

/** Marks a law that came from a file: only the file changes it. */
export const fileSubject = "file:";

export function isFromFile({ changedBy }: Pick<StoredLaw, "changedBy">): boolean {
  return changedBy.subject.startsWith(fileSubject);
}

/** Laws of files, and those of the book that no file has; by name. */
export function lawsInForce(
  book: Pick<LawBook, "current">,
  files: readonly StoredLaw[],
): () => Promise<readonly StoredLaw[]> {
  return async () => {
    const stored = new Map((await book.current()).map((law) => [law.name, law] as const));
    for (const law of files) stored.set(law.name, law);
    return [...stored.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
  };
}
