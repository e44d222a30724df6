import type { Protocol } from "../../core/net/l4.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { ObservedVerdict } from "../../pipeline/flows/edge.ts";
import type { SourceState } from "../../pipeline/flows/sealed-batch.ts";
import type { ObservationSink } from "../../pipeline/sources/observation.ts";

/** A stream of records that an observer listens to. Each adapter offers one function that opens one from its options. */
export interface LiveSource {
  /** As named in the configuration; unique within an observer. */
  readonly name: string;
  /** `netobserv-kafka`, `hubble`, …: the word of the configuration. */
  readonly kind: string;
  /** False: it never calls `reached`, as nothing can be sent to it again; nobody then waits for its first position. */
  readonly hasPositions?: boolean;
  /**
   * Runs until `signal` aborts, or until the stream has ended for good (a capture at its end). Reconnects by itself, with
   * growing pauses, and says so through `hands.state`. Rejects only when trying again cannot help (a certificate file
   * that is not there); the observer then reports the source as failed and goes on with the others.
   */
  run(hands: SourceHands, signal: AbortSignal): Promise<void>;
  /**
   * Everything up to this position is stored durably. Sources that must tell their peer (a Kafka consumer group) do so
   * now; what they told before would be lost if the observer died.
   */
  stored?(position: string): Promise<void>;
}

/** What a source gives its records to. All functions are synchronous and cheap, but `room`. */
export interface SourceHands {
  /** Takes a decoded record, which may be filled again afterwards. */
  readonly take: ObservationSink;
  readonly takeCoarse: (record: CoarseObservation) => void;
  /** The last position given to `reached` whose records are stored; undefined when there is none. */
  readonly resumeFrom: string | undefined;
  /**
   * All records before this position have been taken, and none behind it. After a crash the source starts again from a
   * position that it gave here, so that records between are neither lost nor counted twice. At most 64 KiB of text.
   */
  reached(position: string): void;
  /** Counts a record that was not understood. `sample` is its beginning; it is shortened and cleaned before it is shown. */
  malformed(reason: string, sample: Uint8Array): void;
  /** Counts records that never arrived, as the stream itself tells. */
  lost(records: number): void;
  /** A node, an exporter or a connection is gone, and with it an unknown number of records. */
  outage(): void;
  /** Bytes that came in, before decoding. */
  received(bytes: number): void;
  /** `message` is for people: why, and what to do; no secrets. */
  state(state: SourceState, message?: string): void;
  /** Whether an address, in words as `readIp` writes them, is a pod's as far as it is known by now. */
  isPod?(family: number, words: Uint32Array): boolean;
  /** Resolves when there is room for more. A source that can make its peer wait awaits it now and then. */
  room(): Promise<void>;
}

/** Egress without addresses, from metrics or Goldmane. */
export interface CoarseObservation {
  readonly cluster: string;
  readonly namespace: string;
  readonly workload: Workload;
  /** What the source calls the far end; empty when it does not say. */
  readonly destination: string;
  readonly protocol: Protocol | undefined;
  readonly port: number | undefined;
  readonly verdict: ObservedVerdict;
  readonly atMs: number;
  readonly flows: number | undefined;
  readonly bytes: number | undefined;
}
