import { status } from "@grpc/grpc-js";
import { pause } from "../../app/live/back-off.ts";
import { GrpcFailure } from "./channel.ts";

export interface IdleWatch {
  readonly idleMs: number;
  /** Grows with whatever the server sends. */
  arrived(): number;
  /** Asks the server anything. */
  ask(): Promise<void>;
}

/**
 * Watches a stream until `over` aborts: when nothing comes for a while, the server is asked something, and `over` is aborted
 * when it does not answer. @returns why, when it did
 */
export async function watchIdle(watch: IdleWatch, over: AbortController): Promise<GrpcFailure | undefined> {
  for (let before = -1; ; before = watch.arrived()) {
    await pause(watch.idleMs, over.signal);
    if (over.signal.aborted) return undefined;
    if (watch.arrived() !== before) continue;
    try {
      await watch.ask();
    } catch (error) {
      if (over.signal.aborted || !(error instanceof GrpcFailure)) return undefined;
      // Whatever else a server says, it is there.
      if (error.code !== status.DEADLINE_EXCEEDED && error.code !== status.UNAVAILABLE) continue;
      over.abort();
      return error;
    }
  }
}
