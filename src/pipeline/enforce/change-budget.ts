const dayMs = 86_400_000;

/** Changes that may still happen now, so that no 24 hours have more than `perDay`. */
export function changesLeft(changesMs: readonly number[], perDay: number, nowMs: number): number {
  return Math.max(0, perDay - recent(changesMs, nowMs).length);
}

/** When there is room for one more: now, or when enough of the last changes are a day old; undefined: never. */
export function nextRoom(changesMs: readonly number[], perDay: number, nowMs: number): number | undefined {
  if (perDay <= 0) return undefined;
  const last = recent(changesMs, nowMs).toSorted((a, b) => b - a);
  const blocking = last[perDay - 1];
  return blocking === undefined ? nowMs : blocking + dayMs;
}

function recent(changesMs: readonly number[], nowMs: number): readonly number[] {
  return changesMs.filter((at) => at > nowMs - dayMs && at <= nowMs);
}
