import type { HandOver } from "../app/live/observer-port.ts";
import { fail, ok } from "../core/result.ts";
import { Exit } from "../surfaces/cli/exit.ts";
import { runCli } from "../surfaces/cli/run.ts";
import { answerCommandLine } from "./command-line.ts";
import { readDump } from "./observe.ts";
import { type HandedObserver, packSettings } from "./observer-handed.ts";
import { observerPort } from "./observer-port.ts";
import { ports } from "./ports.ts";

/** Who asked is gone: that shows when it ends, or only when it is told. */
function leave(): never {
  // oxlint-disable-next-line unicorn/no-process-exit -- nobody is left to answer
  process.exit(Exit.interrupted);
}

/*
 * Answers `postern observe …` up to where it would run, and gives that to the process that asked: see `observer.ts`. Everything else,
 * help and mistakes among it, is answered here.
 */
const handOver: HandOver = async (settings, isOnce) => {
  const { kubernetes } = settings;
  const dump = kubernetes.from === "dump" ? await readDump(kubernetes.paths) : ok(undefined);
  if (!dump.ok) return fail(dump.error);
  const handed: HandedObserver = { settings: packSettings(settings), isOnce, dump: dump.value };
  const { promise, resolve } = Promise.withResolvers<void>();
  process.send?.(handed, undefined, {}, (error) => (error === null ? resolve() : leave()));
  await promise;
  return ok(undefined);
};

process.once("disconnect", leave);
await answerCommandLine(async (io) => {
  const code = await runCli(process.argv.slice(2), io, {
    ...ports,
    observer: () => Promise.resolve(observerPort(handOver)),
  });
  process.removeAllListeners("disconnect");
  if (process.connected) process.disconnect();
  return code;
});
