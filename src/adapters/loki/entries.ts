import { DocumentFramer } from "../../pipeline/sources/document-framer.ts";

export interface LokiEntry {
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The line with its stream's labels put back in. */
  readonly line: Uint8Array;
  readonly labelBytes: number;
}

const instant = /^\d{1,19}$/;

/** Reads the streams of an answer or of a tail's frame, as they come in. */
export class EntryReader {
  readonly entries: LokiEntry[] = [];
  bytes = 0;
  private isAnswer = true;
  private readonly framer: DocumentFramer;

  constructor() {
    this.framer = new DocumentFramer((line) => {
      const { entryTime, labelBytes } = this.framer;
      if (instant.test(entryTime))
        this.entries.push({ time: BigInt(entryTime), line: line.subarray(0, -1), labelBytes });
      else this.isAnswer = false;
    });
  }

  push(piece: Uint8Array): void {
    this.bytes += piece.length;
    this.framer.push(piece);
  }

  /** @returns false when what came was something else, or cut off */
  finish(): boolean {
    return this.isAnswer && this.framer.error === undefined && !this.framer.finish();
  }
}
