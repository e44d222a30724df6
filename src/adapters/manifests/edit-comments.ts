/** The comments of a parsed text between two offsets, in order, each with its `#`: only a parser can tell them from text. */
export function commentsWithin(token: unknown, from: number, to: number): readonly string[] {
  const found: { readonly offset: number; readonly source: string }[] = [];
  const visit = (part: unknown): void => {
    if (Array.isArray(part)) {
      for (const item of part) visit(item);
      return;
    }
    if (typeof part !== "object" || part === null) return;
    const { type, offset, source } = part as { type?: unknown; offset?: unknown; source?: unknown };
    if (type === "comment" && typeof offset === "number" && typeof source === "string") {
      if (offset >= from && offset < to) found.push({ offset, source });
      return;
    }
    for (const key of containers) visit((part as Record<string, unknown>)[key]);
  };
  visit(token);
  return found.toSorted((a, b) => a.offset - b.offset).map(({ source }) => source.trimEnd());
}

const containers = ["start", "items", "key", "sep", "value", "props", "end"];
