import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { using } from "../../gather-history.ts";
import { defaultDataFolder, type ParsedWindow, windowOf } from "../../history-options.ts";
import { green, text } from "../../terminal/text.ts";
import { count } from "../../words/count.ts";

export interface ExportOptions extends ParsedWindow {
  readonly data?: string;
  readonly out: string;
}

export async function runExport(options: ExportOptions, context: Context): Promise<ExitCode> {
  const { ports, io, out, err } = context;
  const store = await ports.openHistory(options.data ?? defaultDataFolder(io), "read");
  if (!store.ok) return fail(context, [store.error]);
  const window = windowOf(options, io.nowMs(), undefined);
  const report = await using(store.value, async (own) =>
    own.exportParquet(options.out, window, { signal: io.interrupted }),
  );
  if (!report.ok) return fail(context, report.error);
  const { files, rows } = report.value;
  for (const file of files) out.line(file);
  err.line(text`${green("exported")} ${count(rows, "row")} into ${count(files.length, "file")}`);
  return Exit.ok;
}
