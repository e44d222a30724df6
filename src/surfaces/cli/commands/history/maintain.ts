import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { using } from "../../gather-history.ts";
import { defaultDataFolder } from "../../history-options.ts";
import { green, text } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";

export interface ParsedMaintain {
  readonly data?: string;
  readonly hourlyDays: number;
  readonly dailyDays: number;
}

export async function runMaintain(
  { data, hourlyDays, dailyDays }: ParsedMaintain,
  context: Context,
): Promise<ExitCode> {
  const { ports, io, err } = context;
  if (dailyDays < hourlyDays) {
    const message = "`--daily-days` is less than `--hourly-days`: days would be dropped before hours become days";
    return fail(context, [{ code: "history_retention", message }]);
  }
  const folder = data ?? defaultDataFolder(io);
  // Opening for changes makes a history where there is none: nothing to maintain is a wrong folder.
  const known = await ports.openHistory(folder, "read");
  if (known.ok) await known.value.close();
  else if (known.error.code !== "history_too_old") return fail(context, [known.error]);
  const store = await ports.openHistory(folder, "write");
  if (!store.ok) return fail(context, [store.error]);
  const report = await using(store.value, async (own) => own.maintain({ nowMs: io.nowMs(), hourlyDays, dailyDays }));
  if (!report.ok) return fail(context, report.error);
  const { rolledUp, dropped } = report.value;
  err.line(text`${green("in order")}: ${count(rolledUp, "row")} merged into days, ${count(dropped, "row")} dropped`);
  return Exit.ok;
}
