import type { Log, Repeated } from "../surfaces/http/log.ts";

/** Work that comes again: never twice at a time, and what fails is told without filling the log. */
export class Timers {
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  readonly #log: Log;
  readonly #repeated: Repeated;

  constructor(log: Log, repeated: Repeated) {
    this.#log = log;
    this.#repeated = repeated;
  }

  /** @param what told when it fails: `the state could not be written` */
  every(ms: number, what: string, work: (signal: AbortSignal) => Promise<void>): void {
    let isUnderWay = false;
    const run = (): void => {
      if (isUnderWay || this.#stopping.signal.aborted) return;
      isUnderWay = true;
      const running = work(this.#stopping.signal)
        .catch((error: unknown) => {
          if (this.#stopping.signal.aborted) return;
          const silenced = this.#repeated.tell(what);
          if (silenced !== undefined) this.#log.error({ err: error, silenced }, what);
        })
        .finally(() => {
          isUnderWay = false;
          this.#underWay.delete(running);
        });
      this.#underWay.add(running);
    };
    this.#timers.push(setInterval(run, ms));
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const timer of this.#timers) clearInterval(timer);
    await Promise.all(this.#underWay);
  }
}
