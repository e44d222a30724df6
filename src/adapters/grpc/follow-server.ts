import { BackOff, pause } from "../../app/live/back-off.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import type { SourceHands } from "../../app/live/live-source.ts";
import { GrpcFailure } from "./channel.ts";

export interface Follower {
  readonly address: string;
  readonly firstPauseMs: number;
  /** One connection, from its opening to its end. Rejects with `GrpcFailure` or `CredentialsError`. */
  follow(): Promise<void>;
  /** What was taken so far; a connection that brought something makes the next pause short. */
  taken(): number;
  /** Says why a connection failed, before the next is tried. */
  failed(failure: GrpcFailure): void;
}

/**
 * Connects again and again, with growing pauses, until `signal` aborts. Rejects with `CredentialsError` when files cannot
 * be used the first time: those that were never right will not become so, but those that are being renewed will.
 */
export async function followServer(follower: Follower, hands: SourceHands, signal: AbortSignal): Promise<void> {
  const { address, firstPauseMs } = follower;
  const backOff = new BackOff({ firstMs: firstPauseMs });
  hands.state("starting", `connecting to \`${address}\``);
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const before = follower.taken();
    let why = `\`${address}\` ended the stream`;
    try {
      await follower.follow();
    } catch (error) {
      if (error instanceof CredentialsError) {
        if (isFirst) throw error;
      } else if (error instanceof GrpcFailure) {
        if (!signal.aborted) follower.failed(error);
      } else throw error;
      why = error.message;
    }
    if (signal.aborted) return;
    if (follower.taken() > before) backOff.reset();
    const waitMs = backOff.nextMs();
    hands.state("retrying", `${why}; next attempt in ${Math.ceil(waitMs / 1000)} s`);
    await pause(waitMs, signal);
  }
}
