import type { EdgeStore, MaintenanceReport } from "../history/edge-store.ts";
import type { State } from "../state/state.ts";

export interface UpkeepPlan {
  /** Hours older than this become days. */
  readonly hourlyDays: number;
  /** Days older than this are dropped. */
  readonly dailyDays: number;
}

/** How often the history is rolled up. */
export const upkeepEveryMs = 3_600_000;
/** How long the minutes of sources are kept, and sources and observers that are gone. */
const minutesKeptMs = 7 * 86_400_000;
const goneKeptMs = 30 * 86_400_000;
const setting = "history-maintained-at";

/**
 * Rolls up and drops what is old, unless another process did so within the hour: of several collectors over one history
 * one does the work.
 * @param history names the history: collectors may share a state and not their histories
 * @returns undefined when it is not time yet
 */
export async function upkeep(
  store: Pick<EdgeStore, "maintain">,
  state: Pick<State, "settings" | "sources" | "observers">,
  history: string,
  { hourlyDays, dailyDays }: UpkeepPlan,
  nowMs: number,
): Promise<MaintenanceReport | undefined> {
  const name = `${setting} ${history}`;
  const last = await state.settings.get(name);
  // A time in the future is one of a clock that was wrong.
  const sinceMs = nowMs - Number(last ?? 0);
  if (sinceMs >= 0 && sinceMs < upkeepEveryMs) return undefined;
  if (!(await state.settings.exchange(name, last, String(nowMs)))) return undefined;
  await state.sources.forget(Math.floor((nowMs - minutesKeptMs) / 60_000), nowMs - goneKeptMs);
  await state.observers.forget(nowMs - goneKeptMs);
  return store.maintain({ nowMs, hourlyDays, dailyDays });
}
