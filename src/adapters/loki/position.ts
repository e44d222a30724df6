import type { RememberedLines } from "./recent-lines.ts";

/** Up to where a query was read. */
export interface LokiPosition {
  /** Nanoseconds since the epoch; everything before was taken, but for what comes late. */
  readonly before: bigint;
  /** What was taken shortly before, so that lines which come late meanwhile can be told from it; undefined in old positions. */
  readonly recent: (RememberedLines & { readonly key: number }) | undefined;
}

export function formatPosition(before: bigint, key: number, { since, seconds: lines }: RememberedLines): string {
  return JSON.stringify({ before: String(before), since: String(since), hashKey: key, lines });
}

/** Reads what {@link formatPosition} wrote, now or in versions that remembered other lines; undefined for anything else. */
export function parsePosition(text: string | undefined): LokiPosition | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
  if (typeof parsed !== "object" || parsed === null) return undefined;
  const { before, since, hashKey, lines } = parsed as Readonly<Record<string, unknown>>;
  if (!isInstant(before)) return undefined;
  const isRemembered =
    isInstant(since) && Number.isSafeInteger(hashKey) && Array.isArray(lines) && lines.every(isSecond);
  const recent = isRemembered ? { since: BigInt(since), key: hashKey as number, seconds: lines } : undefined;
  return { before: BigInt(before), recent };
}

function isInstant(value: unknown): value is string {
  return typeof value === "string" && /^\d{1,19}$/.test(value);
}

/** A second, and hashes of its lines. */
function isSecond(value: unknown): value is readonly [string, string] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [second, hashes] = value as unknown[];
  return isInstant(second) && typeof hashes === "string" && /^[\w-]*$/.test(hashes);
}
