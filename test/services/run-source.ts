import type { LiveSource } from "../../src/app/live/live-source.ts";
import type { RecordedHands } from "./recorded-hands.ts";

export interface RunningSource {
  /** Settles when the source gives up, or was stopped. */
  readonly ended: Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Runs a source as an observer does, until it is stopped. */
export function runSource(source: LiveSource, hands: RecordedHands): RunningSource {
  const abort = new AbortController();
  const ended = source.run(hands, abort.signal);
  const stop = async (): Promise<void> => {
    abort.abort();
    await ended;
  };
  return { ended, stop };
}
