/** Row that a step goes to: stays at the ends; from none the first or the last. */
export function stepRow(at: number | undefined, by: "next" | "previous", rows: number): number | undefined {
  if (rows === 0) return undefined;
  if (at === undefined) return by === "next" ? 0 : rows - 1;
  return Math.min(rows - 1, Math.max(0, at + (by === "next" ? 1 : -1)));
}
