import { ok, type Result } from "../../core/result.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { Observation, opener, text } from "../../pipeline/sources/observation.ts";
import type { Failure } from "../failure.ts";
import type { Delivery } from "./batch-sink.ts";
import { decodeBatch } from "./decode-batch.ts";
import { encodeBatch } from "./encode-batch.ts";
import type { LiveSource, SourceHands } from "./live-source.ts";
import type { PackedSink } from "./observer-ship.ts";
import type { DroppedBatches, Outbox, OutboxEntry, SourcePosition, WaitingBatch } from "./outbox.ts";

/** A TCP flow from `shop/cart` to the address 192.0.2.0 + `host`, as a source that knows its pods gives it. */
export function flowForTest(host: number, fields: Partial<Observation> = {}): Observation {
  const bytes = new TextEncoder().encode("shopDeploymentcart\0\0\0\0");
  const o = new Observation();
  o.clear(bytes, new DataView(bytes.buffer));
  o.setText(text.namespace, 0, 4);
  o.setText(text.ownerKind, 4, 14);
  o.setText(text.ownerName, 14, 18);
  o.sourceIs = 1;
  o.destinationFamily = 4;
  o.destination[0] = 0xc0000200 + host;
  o.protocol = 6;
  o.destinationPort = 443;
  o.opener = opener.source;
  return Object.assign(o, fields);
}

/** A source that does what the test says. */
export function scriptedSource(name: string, run: LiveSource["run"], kind = "scripted"): LiveSource {
  return { name, kind, run };
}

/** A source that takes so many flows, one a position, from where it was. */
export function countingSource(name: string, flows: number): LiveSource {
  return scriptedSource(name, async (hands: SourceHands, signal) => {
    hands.state("running");
    for (let i = Number(hands.resumeFrom ?? "0"); i < flows && !signal.aborted; i += 1) {
      hands.take(flowForTest(i % 100));
      hands.reached(String(i + 1));
      if (i % 10 === 0) await hands.room();
    }
  });
}

/** Forgets nothing but what it is told, and has no disk. */
export class MemoryOutbox implements Outbox {
  readonly incarnation = "0".repeat(32);
  nextSequence = 1;
  positions: ReadonlyMap<string, SourcePosition> = new Map();
  readonly entries: OutboxEntry[] = [];
  failing: Failure | undefined;
  dropped: DroppedBatches = { batches: 0, rows: new Map() };
  private doneThrough = 0;

  overdue(): DroppedBatches {
    const { dropped } = this;
    this.dropped = { batches: 0, rows: new Map() };
    return dropped;
  }

  append(entry: OutboxEntry): Promise<Result<void, Failure>> {
    if (this.failing !== undefined) return Promise.resolve({ ok: false, error: this.failing });
    this.entries.push(entry);
    this.nextSequence = entry.sequence + 1;
    this.positions = entry.positions;
    return Promise.resolve(ok(undefined));
  }

  async oldest(signal: AbortSignal): Promise<WaitingBatch | undefined> {
    while (!signal.aborted) {
      const found = this.entries.find(({ sequence }) => sequence > this.doneThrough);
      if (found !== undefined) return found;
      await new Promise((resolve) => {
        setTimeout(resolve, 1);
      });
    }
    return undefined;
  }

  done(sequence: number): Promise<void> {
    this.doneThrough = sequence;
    return Promise.resolve();
  }

  get size(): { batches: number; bytes: number } {
    return { batches: this.nextSequence - 1 - this.doneThrough, bytes: 0 };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export function packForTest(batch: SealedBatch): Uint8Array {
  return new TextEncoder().encode(encodeBatch(batch));
}

export function unpackForTest(packed: Uint8Array): SealedBatch {
  const batch = decodeBatch(new TextDecoder().decode(packed));
  if (!batch.ok) throw new Error(batch.error.message);
  return batch.value;
}

/** Keeps what it is given; `answers` are used up first. */
export class MemorySink implements PackedSink {
  readonly batches: SealedBatch[] = [];
  readonly answers: Delivery[] = [];

  deliverPacked(packed: Uint8Array): Promise<Delivery> {
    const delivery = this.answers.shift() ?? { kind: "stored" };
    if (delivery.kind === "stored") this.batches.push(unpackForTest(packed));
    return Promise.resolve(delivery);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
