/** Told of each line without its end; the bytes hold only for the call. */
export type LineSink = (line: Uint8Array) => void;

/**
 * Cuts a stream into lines, as it comes: what has no end yet is held back. Ends are line feeds, and zero bytes, which some
 * syslog senders write; a carriage return before one belongs to the end. Memory is bounded by the longest line.
 */
export class LineSplitter {
  private readonly longest: number;
  private readonly line: LineSink;
  private readonly tooLong: LineSink;
  private held = new Uint8Array(1024);
  private length = 0;
  private isSkipping = false;

  /** `tooLong` gets the beginning of a line that is longer than `longest`; the rest of it is passed over. */
  constructor(longest: number, line: LineSink, tooLong: LineSink) {
    this.longest = longest;
    this.line = line;
    this.tooLong = tooLong;
  }

  /** Bytes of a line that has not ended. */
  get heldBytes(): number {
    return this.length;
  }

  push(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const end = endOf(bytes, from);
      const piece = bytes.subarray(from, end);
      from = end + 1;
      if (this.isSkipping) {
        this.isSkipping = end === bytes.length;
      } else if (this.length + piece.length > this.longest) {
        this.hold(piece.subarray(0, this.longest - this.length));
        this.tooLong(this.held.subarray(0, this.length));
        this.length = 0;
        this.isSkipping = end === bytes.length;
      } else if (end === bytes.length) {
        this.hold(piece);
      } else if (this.length === 0) {
        this.emit(piece);
      } else {
        this.hold(piece);
        this.flush();
      }
    }
  }

  /** The stream has ended: what is held is a line too. */
  flush(): void {
    const { length } = this;
    this.length = 0;
    this.isSkipping = false;
    if (length > 0) this.emit(this.held.subarray(0, length));
  }

  /** Forgets what is held: it will come again. */
  forget(): void {
    this.length = 0;
    this.isSkipping = false;
  }

  private emit(line: Uint8Array): void {
    const end = line.at(-1) === 0x0d ? line.length - 1 : line.length;
    if (end > 0) this.line(line.subarray(0, end));
  }

  private hold(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.held.length) {
      const larger = new Uint8Array(Math.min(this.longest, Math.max(length, 2 * this.held.length)));
      larger.set(this.held.subarray(0, this.length));
      this.held = larger;
    }
    this.held.set(piece, this.length);
    this.length = length;
  }
}

function endOf(bytes: Uint8Array, from: number): number {
  const feed = bytes.indexOf(0x0a, from);
  const end = feed < 0 ? bytes.length : feed;
  // Only up to there: a search to the end for each line would make the work grow with the square.
  const zero = bytes.subarray(from, end).indexOf(0x00);
  return zero < 0 ? end : from + zero;
}
