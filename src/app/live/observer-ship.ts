import { BackOff, pause } from "./back-off.ts";
import type { Delivery } from "./batch-sink.ts";
import type { Outbox } from "./outbox.ts";

/** Takes batches as the outbox keeps them. */
export interface PackedSink {
  /** As `BatchSink.deliver`. */
  deliverPacked(packed: Uint8Array, signal: AbortSignal): Promise<Delivery>;
  close(): Promise<void>;
}

export interface ShippingLog {
  /** `rows` by source. */
  onRefused(sequence: number, reason: string, rows: ReadonlyMap<string, number>): void;
  /** Told once for each reason until something is stored again. */
  onTrouble(reason: string, waitMs: number): void;
  onStored(sequence: number, packedBytes: number): void;
}

/** Whatever a server asks for. */
const longestPauseMs = 600_000;

/**
 * Delivers what the outbox holds, oldest first, one at a time, until `signal` aborts. What nobody takes now is tried again after
 * growing pauses of random length, so that many observers do not come back at once; what will never be taken is
 * dropped and told.
 */
export async function ship(
  outbox: Outbox,
  sink: PackedSink,
  log: ShippingLog,
  random: () => number,
  signal: AbortSignal,
): Promise<void> {
  const backOff = new BackOff({ random });
  let toldReason = "";
  for (;;) {
    const batch = await outbox.oldest(signal);
    if (batch === undefined || signal.aborted) return;
    const delivery = await sink.deliverPacked(batch.packed, signal).catch((error: unknown): Delivery => ({
      kind: "later",
      reason: error instanceof Error ? error.message : String(error),
      afterMs: undefined,
    }));
    if (delivery.kind === "later") {
      if (signal.aborted) return;
      const waitMs = backOff.nextMs(Math.min(delivery.afterMs ?? 0, longestPauseMs));
      if (delivery.reason !== toldReason) log.onTrouble(delivery.reason, waitMs);
      toldReason = delivery.reason;
      await pause(waitMs, signal);
      continue;
    }
    backOff.reset();
    toldReason = "";
    if (delivery.kind === "stored") log.onStored(batch.sequence, batch.packed.length);
    else log.onRefused(batch.sequence, delivery.reason, batch.rows);
    await outbox.done(batch.sequence);
  }
}
