import { closeSync, openSync, readSync } from "node:fs";
import { type PieceReader, piecesPerInput } from "../../pipeline/flows/piece-reader.ts";
import { scanPadding } from "../../pipeline/sources/json-projection.ts";
import { maxRecordBytes } from "../../pipeline/sources/record-decoder.ts";

/** A plain file whose lines can be read from any place. */
export interface SegmentedFile {
  readonly input: number;
  readonly path: string;
  readonly size: number;
}

/** Large enough that a read costs nothing beside the scan, small enough to stay near the processor. */
export const segmentBytes = 1 << 20;
/** How far beyond its end a segment is read at once: the last line begins inside and ends outside. */
const tailBytes = 16 << 10;

export function segmentCount(files: readonly SegmentedFile[]): number {
  return files.reduce((sum, { size }) => sum + Math.ceil(size / segmentBytes), 0);
}

/** Thrown for a file that could not be read, with the system's error as cause. */
export class SegmentError extends Error {
  readonly path: string;
  constructor(path: string, cause: unknown) {
    super(`cannot read ${path}`, { cause });
    this.path = path;
  }
}

/**
 * Reads segments of files: a segment owns the lines that begin in it. Segments are numbered through all files, so that
 * workers can claim them from one counter.
 */
export class SegmentReader {
  private readonly files: readonly SegmentedFile[];
  private readonly reader: PieceReader;
  private readonly bytes = new Uint8Array(1 + segmentBytes + maxRecordBytes + tailBytes + scanPadding);
  private readonly view = new DataView(this.bytes.buffer);
  private fileIndex = 0;
  private firstOfFile = 0;
  private descriptor = -1;
  private openPath = "";

  constructor(files: readonly SegmentedFile[], reader: PieceReader) {
    this.files = files;
    this.reader = reader;
  }

  /** Reads one segment; numbers must ascend. @returns the bytes that the segment covers */
  read(number: number): number {
    while (number >= this.firstOfFile + Math.ceil(this.files[this.fileIndex]!.size / segmentBytes)) {
      this.firstOfFile += Math.ceil(this.files[this.fileIndex]!.size / segmentBytes);
      this.fileIndex += 1;
    }
    const file = this.files[this.fileIndex]!;
    try {
      return this.readPart(file, number - this.firstOfFile);
    } catch (error) {
      throw error instanceof Error && "code" in error ? new SegmentError(file.path, error) : error;
    }
  }

  private readPart({ input, path, size }: SegmentedFile, index: number): number {
    const { bytes, view, reader } = this;
    if (this.openPath !== path) {
      this.close();
      this.descriptor = openSync(path, "r");
      this.openPath = path;
    }
    const piece = input * piecesPerInput + index;
    const start = index * segmentBytes;
    const end = Math.min(size, start + segmentBytes);
    // One byte more before: whether a line begins exactly at the start shows there.
    const base = Math.max(0, start - 1);
    let filled = this.fill(0, base, Math.min(size, end + tailBytes) - base);
    let from = 0;
    if (start > 0) {
      const lineFeed = bytes.subarray(0, filled).indexOf(0x0a);
      from = lineFeed < 0 ? filled : lineFeed + 1;
    }
    if (base + from >= end) return end - start; // no line begins here
    let last = this.lineFeedFrom(end - 1 - base, filled);
    while (last < 0 && base + filled < size && filled < segmentBytes + maxRecordBytes) {
      const more = Math.min(size - base - filled, bytes.length - scanPadding - 1 - filled, maxRecordBytes);
      const got = this.fill(filled, base + filled, more);
      if (got === 0) break;
      filled += got;
      last = this.lineFeedFrom(end - 1 - base, filled);
    }
    if (last >= 0) {
      reader.read(input, piece, bytes, view, from, last + 1, base + from, false);
    } else if (base + filled >= size || filled < segmentBytes) {
      bytes[filled] = 0x0a;
      reader.read(input, piece, bytes, view, from, filled + 1, base + from, true);
    } else {
      // The last line is longer than any record: read what stands before it, and refuse it.
      const before = bytes.subarray(0, end - base).lastIndexOf(0x0a) + 1;
      if (before > from) reader.read(input, piece, bytes, view, from, before, base + from, false);
      reader.refuseLongLine(
        input,
        piece,
        base + Math.max(before, from),
        bytes.subarray(Math.max(before, from), filled),
      );
    }
    return end - start;
  }

  private fill(at: number, position: number, length: number): number {
    let filled = 0;
    while (filled < length) {
      const got = readSync(this.descriptor, this.bytes, at + filled, length - filled, position + filled);
      if (got === 0) break; // the file has become shorter
      filled += got;
    }
    return filled;
  }

  private lineFeedFrom(at: number, filled: number): number {
    const found = this.bytes.subarray(0, filled).indexOf(0x0a, Math.max(0, at));
    return found;
  }

  close(): void {
    if (this.descriptor >= 0) closeSync(this.descriptor);
    this.descriptor = -1;
    this.openPath = "";
  }
}
