import type { Failure } from "../../../../app/failure.ts";
import type { ObserverPort } from "../../../../app/live/observer-port.ts";
import type { ObserverSettings } from "../../../../app/live/observer-settings.ts";
import type { ObserverLog } from "../../../../app/live/observer-status.ts";
import type { ObserverEnd } from "../../../../app/live/observer.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { JsonLines } from "./json-lines.ts";
import { StatusLine } from "./status-line.ts";

/** Beyond the observer's own grace, to close what is open. */
const closeMs = 5000;

const exits: Readonly<Record<ObserverEnd, ExitCode>> = { stopped: Exit.ok, ended: Exit.ok, failed: Exit.failed };

/** Runs until it is interrupted, which is success, or until no source is left. */
export async function runObserver(
  settings: ObserverSettings,
  isOnce: boolean,
  open: ObserverPort["open"],
  context: Pick<Context, "io" | "err">,
): Promise<ExitCode> {
  const { io, err } = context;
  io.stopWithin(settings.graceMs + closeMs);
  const line = err.view.isTerminal ? new StatusLine(context) : undefined;
  const log: ObserverLog = line ?? new JsonLines((text) => err.document(text), io.nowMs);
  const opened = await open(settings, { isOnce, log });
  if (!opened.ok) return refuse(context, opened.error);
  const { metricsUrl, tornBytes, status, run } = opened.value;
  const { observer, cluster, sources } = settings;
  log.say("info", "observing", { observer, cluster, sources: sources.map(({ name }) => name), metrics: metricsUrl });
  if (tornBytes > 0) log.say("warn", "the end of the buffer was cut off by a crash", { bytes: tornBytes });
  line?.start(status);
  const end = await run(io.interrupted);
  line?.stop();
  const { batches, outbox } = status();
  log.say("info", "ended", { end, sealed: batches.sealed, stored: batches.stored, waiting: outbox.batches });
  return exits[end];
}

export function refuse(context: Pick<Context, "io" | "err">, failures: readonly Failure[]): ExitCode {
  const code = fail(context, failures);
  return failures.some((failure) => failure.code === "observe_usage") ? Exit.usage : code;
}
