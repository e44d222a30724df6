import { resolve } from "node:path";
import type { Command } from "commander";
import type { Failure } from "../../app/failure.ts";
import type { StatePlace } from "../../app/serve.ts";
import type { State } from "../../app/state/state.ts";
import { quoted } from "../../core/quoted.ts";
import { fail as failed, ok, type Result } from "../../core/result.ts";
import { fail } from "./complain.ts";
import type { Context } from "./context.ts";
import type { ExitCode } from "./exit.ts";
import { dataOption, defaultDataFolder } from "./history-options.ts";
import { text } from "./terminal/text.ts";

/** Where commands that stand beside a collector find its state. */
export interface StateFlags {
  readonly data?: string;
  readonly stateUrlFile?: string;
}

export function addStateOptions(command: Command): Command {
  return command
    .addOption(dataOption("folder that the collector uses"))
    .option("--state-url-file <file>", "file with the address of its PostgreSQL database, where it uses one");
}

export function statePlaceOf({ data, stateUrlFile }: StateFlags, { io }: Context): StatePlace {
  if (stateUrlFile !== undefined) return { kind: "postgres", urlFile: resolve(io.workingDirectory, stateUrlFile) };
  return { kind: "sqlite", folder: resolve(io.workingDirectory, data ?? defaultDataFolder(io)) };
}

/** Opens the state, does the work, and closes it again. */
export async function withState(
  flags: StateFlags,
  context: Context,
  work: (state: State) => Promise<ExitCode>,
): Promise<ExitCode> {
  return withOpened(await context.ports.openState(statePlaceOf(flags, context)), context, work);
}

/** The same for work that comes before a server's first start: a state that is not there is made, and told of, as the name may be mistyped. */
export async function withNewState(
  flags: StateFlags,
  context: Context,
  work: (state: State) => Promise<ExitCode>,
): Promise<ExitCode> {
  const place = statePlaceOf(flags, context);
  const found = await context.ports.openState(place);
  if (found.ok || found.error.code !== "state_not_found") return withOpened(found, context, work);
  const made = await context.ports.openState(place, true);
  if (made.ok && place.kind === "sqlite") {
    const folder = quoted(place.folder);
    context.err.line(text`made a new state in ${folder}; start the server with ${quoted(`--data ${place.folder}`)}`, 2);
  }
  return withOpened(made, context, work);
}

async function withOpened(
  state: Result<State, Failure>,
  context: Context,
  work: (state: State) => Promise<ExitCode>,
): Promise<ExitCode> {
  if (!state.ok) return fail(context, [state.error]);
  try {
    const done = await attempt(() => work(state.value));
    return done.ok ? done.value : fail(context, [done.error]);
  } finally {
    await state.value.close();
  }
}

/** Databases fail with errors of their own; what they say is for people who run databases. */
async function attempt<T>(work: () => Promise<T>): Promise<Result<T, Failure>> {
  try {
    return ok(await work());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return failed({ code: "state_failed", message: `the state database failed: ${why}` });
  }
}
