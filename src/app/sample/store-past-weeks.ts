import { fail, ok, type Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { BatchSink } from "../live/batch-sink.ts";
import type { SettingBook } from "../state/settings.ts";
import { movedWeek, type RecordedWeek } from "./recorded-week.ts";

/** Weeks before the current one. */
const pastWeeks = 2;
const begunSetting = "sample.begun";
const storedSetting = "sample.stored";

/**
 * Stores the recording as the weeks before now, once. What stores it is noted first: after a fall the same batches come again, and
 * those that were stored are known.
 * @param incarnation 32 hexadecimal digits, new for each start
 */
export async function storePastWeeks(
  week: RecordedWeek,
  sink: Pick<BatchSink, "deliver">,
  settings: SettingBook,
  { nowMs, incarnation }: { readonly nowMs: number; readonly incarnation: string },
): Promise<Result<undefined, Failure>> {
  if ((await settings.get(storedSetting)) !== undefined) return ok(undefined);
  let begun = await settings.get(begunSetting);
  if (begun === undefined) {
    begun = `${nowMs} ${incarnation}`;
    await settings.set(begunSetting, begun);
  }
  const [begunMs, own] = begun.split(" ");
  // Begun by a version that noted it when all was stored.
  if (own === undefined) return ok(undefined);
  for (let weeks = pastWeeks; weeks >= 0; weeks -= 1) {
    const batch = { ...movedWeek(week, weeks, Number(begunMs)), incarnation: own, sequence: pastWeeks - weeks + 1 };
    const delivered = await sink.deliver(batch, new AbortController().signal);
    if (delivered.kind !== "stored") return fail({ code: "sample_not_stored", message: delivered.reason });
  }
  await settings.set(storedSetting, String(nowMs));
  return ok(undefined);
}
