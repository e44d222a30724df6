import type { ObserverLog } from "../../../../app/live/observer-status.ts";
import { printable } from "../../../../core/quoted.ts";

/** Events as lines of JSON in the form of the server's log, whose library takes 6 MiB of an observer's memory. */
export class JsonLines implements ObserverLog {
  readonly #write: (line: string) => void;
  readonly #nowMs: () => number;

  constructor(write: (line: string) => void, nowMs: () => number) {
    this.#write = write;
    this.#nowMs = nowMs;
  }

  say(level: "info" | "warn" | "error", message: string, fields: Readonly<Record<string, unknown>>): void {
    const time = new Date(this.#nowMs()).toISOString();
    // JSON leaves some characters as they are that a terminal acts on; escaped they mean the same.
    this.#write(`${printable(JSON.stringify({ level, time, ...fields, msg: message }))}\n`);
  }
}
