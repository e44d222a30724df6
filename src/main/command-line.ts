import { dirname, join, relative, sep } from "node:path";
import { setImmediate } from "node:timers/promises";
import { getSystemErrorMessage } from "node:util";
import { Exit, type ExitCode } from "../surfaces/cli/exit.ts";
import type { CliIo, Output } from "../surfaces/cli/io.ts";
import { wasDiverted } from "./interruption.ts";

/** Nobody reads any more: `postern … | head` has what it wanted. A full disk is a failure to tell. */
function stopWhenNotWritten(stream: NodeJS.WriteStream, name: string): void {
  stream.on("error", ({ code, errno }: NodeJS.ErrnoException) => {
    if (code === "EPIPE") leave(Exit.ok);
    const why = errno === undefined ? code : getSystemErrorMessage(errno);
    if (stream !== process.stderr) process.stderr.write(`error: ${name} could not be written: ${why}\n`);
    leave(Exit.failed);
  });
}

function leave(code: number): never {
  // oxlint-disable-next-line unicorn/no-process-exit -- worker threads and open files would keep the process alive
  process.exit(code);
}

function outputOf(stream: NodeJS.WriteStream): Output {
  return {
    isTerminal: stream.isTTY,
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
    write: (text) => void stream.write(text),
  };
}

const interruption = new AbortController();
let tidyMs = 500;

/** The first Ctrl-C lets the command tidy up for a moment; what is half-written was only ever a temporary file. */
function interrupt(signal: NodeJS.Signals): void {
  if (signal === "SIGINT" && wasDiverted()) return;
  if (interruption.signal.aborted) leave(Exit.interrupted);
  interruption.abort();
  setTimeout(() => leave(Exit.interrupted), tidyMs).unref();
}

stopWhenNotWritten(process.stdout, "standard output");
stopWhenNotWritten(process.stderr, "standard error");
const signals = ["SIGINT", "SIGTERM"] as const;
for (const signal of signals) process.on(signal, interrupt);

/**
 * Without a listener the system's own answer applies, which needs no turn of the event loop. A signal that came while there was none, as
 * in the reading before, is heard first: with its listener it would be forgotten.
 */
async function busy<T>(work: () => T): Promise<T> {
  await setImmediate();
  if (interruption.signal.aborted) leave(Exit.interrupted);
  for (const signal of signals) process.off(signal, interrupt);
  try {
    return work();
  } finally {
    for (const signal of signals) process.on(signal, interrupt);
  }
}

/** A checkout runs its sources through `bin/postern`; an installed Postern is on the path. */
function programName(): string {
  const [, script = ""] = process.argv;
  const folder = dirname(script);
  const main = join("src", "main");
  if (!folder.endsWith(main)) return "postern";
  const program = relative(process.cwd(), join(folder.slice(0, -main.length), "bin", "postern"));
  return program.includes(sep) ? program : `.${sep}${program}`;
}

const io: CliIo = {
  stdout: outputOf(process.stdout),
  stderr: outputOf(process.stderr),
  env: process.env,
  workingDirectory: process.cwd(),
  programName: programName(),
  nowMs: () => Date.now(),
  interrupted: interruption.signal,
  stopWithin: (ms) => {
    tidyMs = ms;
  },
  busy,
};

/** Answers the command line that this process was started with, and tells the shell. */
export async function answerCommandLine(answer: (io: CliIo) => Promise<ExitCode>): Promise<void> {
  const code = await answer(io);
  process.exitCode = code;
  if (interruption.signal.aborted) leave(code);
}
