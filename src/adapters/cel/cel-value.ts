/** Values in an object that an expression is asked about: more than any policy has. */
export const mostValues = 500_000;

export class TooLargeError extends Error {
  override readonly name = "TooLargeError";
  constructor() {
    super(`there are more than ${mostValues} values to look at`);
  }
}

/**
 * JSON as CEL sees it in a cluster: whole numbers are `int`, and a field that is null is null. Keys are own properties of objects without a
 * prototype, so no name in a document means anything else than a key.
 */
export function celValue(value: unknown): unknown {
  const left = { values: mostValues };
  return converted(value, left);
}

function converted(value: unknown, left: { values: number }): unknown {
  left.values -= 1;
  if (left.values < 0) throw new TooLargeError();
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (Array.isArray(value)) return (value as readonly unknown[]).map((item) => converted(item, left));
  if (typeof value !== "object" || value === null) return value ?? null;
  const entries = Object.entries(value).filter(([, own]) => own !== undefined);
  return new Map(entries.map(([key, own]) => [key, converted(own, left)]));
}
