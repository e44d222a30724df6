import type { PieceReader } from "../../pipeline/flows/piece-reader.ts";
import { scanPadding } from "../../pipeline/sources/json-projection.ts";
import { maxRecordBytes } from "../../pipeline/sources/record-decoder.ts";

/** A run of whole lines, padded as the scanner wants it. */
export interface LineChunk {
  readonly kind: "lines";
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly length: number;
  /** Of the first byte in the (decompressed) input. */
  readonly byteOffset: number;
  /** The last line feed was added: the input ended without one. */
  readonly isCut: boolean;
}

/** A line that is too long to be a record; only its start is kept. */
export interface LongLine {
  readonly kind: "long";
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly byteOffset: number;
}

const chunkBytes = 1 << 20;
const shownBytes = 256;

/** Cuts a stream of bytes into chunks of whole lines. Holds one chunk and one line at most. */
export class LineChunker {
  private buffer = new Uint8Array(chunkBytes + maxRecordBytes + scanPadding);
  private length = 0;
  private byteOffset = 0;
  private isSkipping = false;

  /** @returns the chunks that are complete with these bytes */
  *push(bytes: Uint8Array): Generator<LineChunk | LongLine> {
    for (let at = 0; at < bytes.length;) {
      if (this.isSkipping) {
        const end = bytes.indexOf(0x0a, at);
        const skipped = end < 0 ? bytes.length - at : end + 1 - at;
        this.byteOffset += skipped;
        at += skipped;
        this.isSkipping = end < 0;
        continue;
      }
      const room = chunkBytes + maxRecordBytes - this.length;
      const taken = bytes.subarray(at, at + room);
      this.buffer.set(taken, this.length);
      this.length += taken.length;
      at += taken.length;
      if (this.length < chunkBytes) continue;
      const end = this.buffer.subarray(0, this.length).lastIndexOf(0x0a) + 1;
      if (end > 0) yield this.take(end, false);
      else if (this.length >= chunkBytes + maxRecordBytes) yield this.giveUp();
    }
  }

  /** What is left when the input has ended. */
  *finish(): Generator<LineChunk> {
    if (this.length === 0) return;
    this.buffer[this.length] = 0x0a;
    this.length += 1;
    yield this.take(this.length, true);
  }

  private take(end: number, isCut: boolean): LineChunk {
    const bytes = new Uint8Array(end + scanPadding);
    bytes.set(this.buffer.subarray(0, end));
    const chunk: LineChunk = { kind: "lines", bytes, length: end, byteOffset: this.byteOffset, isCut };
    this.buffer.copyWithin(0, end, this.length);
    this.length -= end;
    this.byteOffset += end;
    return chunk;
  }

  private giveUp(): LongLine {
    const line: LongLine = { kind: "long", bytes: this.buffer.slice(0, shownBytes), byteOffset: this.byteOffset };
    this.byteOffset += this.length;
    this.length = 0;
    this.isSkipping = true;
    return line;
  }
}

/** Reads a chunk as one piece of an input. */
export function readChunk(reader: PieceReader, input: number, piece: number, chunk: LineChunk | LongLine): void {
  if (chunk.kind === "long") {
    reader.refuseLongLine(input, piece, chunk.byteOffset, chunk.bytes);
    return;
  }
  const view = new DataView(chunk.bytes.buffer);
  reader.read(input, piece, chunk.bytes, view, 0, chunk.length, chunk.byteOffset, chunk.isCut);
}
