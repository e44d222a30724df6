/**
 * Entry of `postern observe`, which runs for months. Another process reads the command line and the configuration, and ends:
 * what it takes to read and check them is as large as all that an observer needs.
 */
import { fileURLToPath } from "node:url";
import { runObserver } from "../surfaces/cli/commands/observe/run-observer.ts";
import { Exit, type ExitCode } from "../surfaces/cli/exit.ts";
import { Printer } from "../surfaces/cli/terminal/printer.ts";
import { answerCommandLine } from "./command-line.ts";
import { openObserver } from "./observe.ts";
import { type HandedObserver, unpackSettings } from "./observer-handed.ts";

/** @returns the exit code where there is nothing to run */
async function readInChild(stop: AbortSignal): Promise<HandedObserver | ExitCode> {
  const { fork } = await import("node:child_process");
  const reader = fork(fileURLToPath(new URL("./observer-reader.ts", import.meta.url)), process.argv.slice(2), {
    execArgv: [],
    serialization: "advanced",
  });
  const end = (): void => void reader.kill();
  stop.addEventListener("abort", end, { once: true });
  const { promise, resolve, reject } = Promise.withResolvers<HandedObserver | ExitCode>();
  let handed: HandedObserver | undefined;
  reader.once("message", (message) => (handed = message as HandedObserver));
  reader.once("error", reject);
  reader.once("exit", (code) => resolve(handed ?? ((code ?? Exit.interrupted) as ExitCode)));
  try {
    return await promise;
  } finally {
    stop.removeEventListener("abort", end);
  }
}

await answerCommandLine(async (io) => {
  const read = await readInChild(io.interrupted);
  if (typeof read === "number") return read;
  const { settings, isOnce, dump } = read;
  const err = new Printer(io.stderr, io.env);
  return runObserver(
    await unpackSettings(settings),
    isOnce,
    (checked, options) => openObserver(checked, { ...options, dump }),
    { io, err },
  );
});
