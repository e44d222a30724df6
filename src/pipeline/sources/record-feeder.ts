import { scanPadding } from "./json-projection.ts";
import { maxRecordBytes, type RecordDecoder, type RecordError } from "./record-decoder.ts";

/** Gathered before it is decoded: a piece of this size is read faster than its records one by one. */
const usualPieceBytes = 256 << 10;

/** Told of each record that is not understood; `sample` is all of it, and holds only for the call. */
export type RefusedRecord = (error: RecordError, sample: Uint8Array) => void;

/**
 * Gives records that arrive one by one, as messages or lines, to a decoder that wants them in a padded piece. A record
 * with line feeds inside is several. What was added is decoded at `flush`, or before when there is much of it.
 */
export class RecordFeeder {
  private readonly decoder: RecordDecoder;
  private readonly refused: RefusedRecord;
  private readonly pieceBytes: number;
  private readonly piece: Uint8Array;
  private readonly view: DataView;
  private length = 0;

  /** `pieceBytes`: less where there are many feeders; longer records are decoded by themselves. */
  constructor(decoder: RecordDecoder, refused: RefusedRecord, pieceBytes: number = usualPieceBytes) {
    this.decoder = decoder;
    this.refused = refused;
    this.pieceBytes = pieceBytes;
    this.piece = new Uint8Array(pieceBytes + scanPadding);
    this.view = new DataView(this.piece.buffer);
  }

  /** Copies the record; its bytes may be used again. */
  add(record: Uint8Array): void {
    if (record.length > maxRecordBytes) {
      this.flush();
      this.refused("too_long", record);
      return;
    }
    if (this.length + record.length + 1 > this.pieceBytes) this.flush();
    if (record.length + 1 > this.pieceBytes) {
      const piece = new Uint8Array(record.length + 1 + scanPadding);
      piece.set(record);
      piece[record.length] = 0x0a;
      this.decode(piece, new DataView(piece.buffer), record.length + 1);
      return;
    }
    this.piece.set(record, this.length);
    this.length += record.length + 1;
    this.piece[this.length - 1] = 0x0a;
  }

  /** Decodes what was added, before something else happens that the records come before. */
  flush(): void {
    const { length } = this;
    this.length = 0;
    if (length > 0) this.decode(this.piece, this.view, length);
  }

  private decode(bytes: Uint8Array, view: DataView, length: number): void {
    const { decoder } = this;
    decoder.open?.(bytes, 0, length);
    for (let p = 0; p < length;) {
      const next = decoder.decode(bytes, view, p);
      if (next > p) {
        p = next;
        continue;
      }
      const end = bytes.indexOf(0x0a, p);
      const line = bytes.subarray(p, end);
      if (line.some((c) => c > 0x20)) this.refused(decoder.error, line);
      p = end + 1;
    }
  }
}
