/** The windows a person can choose; the URL keeps `window=24h`, or two moments. */
export const windows = [
  { value: "1h", label: "Last hour", ms: 3_600_000 },
  { value: "6h", label: "Last 6 hours", ms: 6 * 3_600_000 },
  { value: "24h", label: "Last 24 hours", ms: 86_400_000 },
  { value: "7d", label: "Last 7 days", ms: 7 * 86_400_000 },
  { value: "30d", label: "Last 30 days", ms: 30 * 86_400_000 },
  { value: "90d", label: "Last 90 days", ms: 90 * 86_400_000 },
] as const;

export interface TimeWindow {
  readonly fromMs: number;
  readonly toMs: number;
  /** Of the list; undefined: two moments that somebody marked. */
  readonly value: string | undefined;
}

const usual = "24h";

/** @param asOfMs the present, as it was when the page asked last */
export function readWindow(one: (name: string) => string | undefined, asOfMs: number): TimeWindow {
  const [fromMs, toMs] = [Number(one("fromMs")), Number(one("toMs"))];
  if (Number.isFinite(fromMs) && Number.isFinite(toMs) && fromMs > 0 && fromMs < toMs) {
    return { fromMs, toMs, value: undefined };
  }
  const chosen = windows.find(({ value }) => value === (one("window") ?? usual)) ?? windows[2];
  return { fromMs: asOfMs - chosen.ms, toMs: asOfMs, value: chosen.value };
}

/** The end of the minute that runs, so that a window that follows the present is the same question for a while. */
export function presentMinute(nowMs: number): number {
  return Math.ceil(nowMs / 60_000) * 60_000;
}

/** Where a window ends that follows the present also when nothing happens: it moves on when a sixtieth of it, so a minute at least, is new. */
export function followed({ value, toMs }: TimeWindow, nowMs: number): number {
  const ms = windows.find((one) => one.value === value)?.ms;
  const present = presentMinute(nowMs);
  return ms !== undefined && present - toMs >= ms / 60 ? present : toMs;
}
