import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Failure } from "../../../../app/failure.ts";
import { isWell } from "../../../../app/source-troubles.ts";
import { reportSources, type SourcesReport } from "../../../../app/sources-report.ts";
import type { State } from "../../../../app/state/state.ts";
import { fail as failed, ok, type Result } from "../../../../core/result.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { type StateFlags, statePlaceOf } from "../../state-options.ts";
import { printSources } from "./print.ts";

export interface SourcesFlags extends StateFlags {
  readonly server?: string;
  readonly tokenFile?: string;
  readonly caFile?: string;
  readonly window: number;
  readonly watch?: boolean;
  readonly output: "table" | "json";
}

const watchEveryMs = 2_000;

export async function runSources(flags: SourcesFlags, context: Context): Promise<ExitCode> {
  const { server, window, watch = false, output } = flags;
  const { io, out } = context;
  if (server !== undefined && (flags.data !== undefined || flags.stateUrlFile !== undefined)) {
    const message =
      "say where once: `--server` for a collector far away, or `--data` for the folder of one on this machine";
    fail(context, [{ code: "sources_where", message }]);
    return Exit.usage;
  }
  const state = server === undefined ? await stateOf(flags, context) : ok(undefined);
  if (!state.ok) return fail(context, [state.error]);
  try {
    for (;;) {
      const report = await read(state.value);
      if (!report.ok) return fail(context, [report.error]);
      if (watch && out.view.isTerminal) io.stdout.write("\u001b[H\u001b[2J");
      if (output === "json") out.document(formatJson(report.value, watch ? "for programs" : "for people"));
      else printSources(report.value, context);
      const code = report.value.sources.every(isWell) ? Exit.ok : Exit.negative;
      if (!watch) return code;
      await sleep(watchEveryMs, undefined, { signal: io.interrupted }).catch(() => {});
      if (io.interrupted.aborted) return Exit.ok;
    }
  } finally {
    await state.value?.close();
  }

  async function read(own: State | undefined): Promise<Result<SourcesReport, Failure>> {
    if (own === undefined) {
      const path = (file: string | undefined): string | undefined =>
        file === undefined ? undefined : resolve(io.workingDirectory, file);
      const address = { url: server!, tokenFile: path(flags.tokenFile), caFile: path(flags.caFile) };
      return context.ports.readSources(address, window);
    }
    try {
      return ok(await reportSources(own, io.nowMs(), window));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return failed({ code: "state_failed", message: `the state database failed: ${why}` });
    }
  }
}

function stateOf(flags: SourcesFlags, context: Context): Promise<Result<State, Failure>> {
  return context.ports.openState(statePlaceOf(flags, context));
}
