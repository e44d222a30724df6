export { count, duration, listed } from "../../../core/count-words.ts";

const units = ["B", "KiB", "MiB", "GiB", "TiB"];

/** `512 B`, `3.4 MiB`. */
export function bytes(n: number): string {
  const power = n < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(n) / 10));
  const value = n / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]!}`;
}

/** `2026-03-02 06:00`, UTC. */
export function minute(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T", " ");
}

/** Two times of one stretch: `2026-03-02 06:00 to 07:15 UTC`. */
export function stretch(firstMs: number, lastMs: number): string {
  const first = minute(firstMs);
  const last = minute(lastMs);
  if (first === last) return `${first} UTC`;
  return `${first} to ${first.slice(0, 10) === last.slice(0, 10) ? last.slice(11) : last} UTC`;
}
