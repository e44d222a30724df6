import type { z } from "zod";
import type { LiveSource } from "./live-source.ts";

/** A sort of source that an observer's configuration can name. Adapters offer one each; `main` lists them. */
export interface LiveSourceKind<Options = unknown> {
  /** The word of the configuration. */
  readonly kind: string;
  /** One line for help and documentation, without a full stop. */
  readonly summary: string;
  /**
   * Every option with a `describe` text; strict, so that a misspelt option is told. Loaded by who checks a configuration:
   * what only runs does not hold it.
   */
  options(): Promise<z.ZodType<Options>>;
  /** Nothing is opened or connected before `run`. */
  open(name: string, options: Options, machine: SourceMachine): LiveSource;
}

/** What of the machine a source may use. */
export interface SourceMachine {
  readonly stdin: AsyncIterable<Uint8Array>;
  nowMs(): number;
}
