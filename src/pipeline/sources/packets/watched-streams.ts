import type { ByteStream } from "./byte-stream.ts";
import type { CaptureLimits } from "./capture-limits.ts";
import type { QuicClient } from "./quic-initial.ts";

/** A stream that is not whole yet, and where it begins. */
export interface WatchedStream {
  readonly stream: ByteStream | QuicClient;
  readonly first: number;
  /** As it was counted last. */
  size: number;
}

/** The streams whose bytes are kept, within limits for all of them together: the one used least lately makes room. */
export class WatchedStreams {
  private readonly limits: Pick<CaptureLimits, "streamBytes" | "streams">;
  /** In the order of their last use. */
  private readonly streams = new Map<number, WatchedStream>();
  private bytes = 0;

  constructor(limits: Pick<CaptureLimits, "streamBytes" | "streams">) {
    this.limits = limits;
  }

  has(key: number): boolean {
    return this.streams.has(key);
  }

  get(key: number): WatchedStream | undefined {
    return this.streams.get(key);
  }

  /** Keeps a stream, or counts again what has grown. */
  keep(key: number, watched: WatchedStream): void {
    const { streamBytes, streams } = this.limits;
    this.streams.delete(key);
    this.streams.set(key, watched);
    this.bytes += watched.stream.size - watched.size;
    watched.size = watched.stream.size;
    for (const oldest of this.streams.keys()) {
      if (this.bytes <= streamBytes && this.streams.size <= streams) return;
      this.drop(oldest);
    }
  }

  drop(key: number): void {
    const known = this.streams.get(key);
    if (known === undefined) return;
    this.streams.delete(key);
    this.bytes -= known.size;
  }

  clear(): void {
    this.streams.clear();
    this.bytes = 0;
  }
}
