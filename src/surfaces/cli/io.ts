/** A stream to write to. Writing to a pipe nobody reads any more is not an error. */
export interface Output {
  readonly isTerminal: boolean;
  /** Undefined where the stream does not say. */
  readonly columns: number | undefined;
  write(text: string): void;
}

/** Everything impure a command sees: tests give their own. */
export interface CliIo {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; relative paths of the command line are meant from here. */
  readonly workingDirectory: string;
  /** How the program is called from there, for commands to try next. */
  readonly programName: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
  /** A command that has things to put in order after an interruption asks for so long instead of half a second. */
  readonly stopWithin: (ms: number) => void;
  /** Runs long work that never waits, during which a signal could not be answered: it then ends the process at once. */
  readonly busy: <T>(work: () => T) => Promise<T>;
}
