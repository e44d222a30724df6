import { type LineSink, LineSplitter } from "../line-splitter.ts";

const longestCount = 7;
const space = 0x20;

/**
 * Cuts a TCP stream into syslog messages. Each frame tells its form by its first byte: a digit begins a count of bytes, a
 * `<` a message that ends with a line feed. Whatever else comes is read up to a line feed, as senders of old do. Memory is
 * bounded by the longest message.
 * @see RFC 6587, sections 3.4.1 and 3.4.2
 */
export class SyslogFrames {
  private readonly longest: number;
  private readonly message: LineSink;
  private readonly tooLong: LineSink;
  private readonly lines: LineSplitter;
  private form: "unknown" | "count" | "counted" | "skipped" | "line" = "unknown";
  private count = 0;
  private digits = 0;
  private frame = new Uint8Array(0);
  private filled = 0;

  /** `tooLong` gets the beginning of a message that is longer than `longest`. */
  constructor(longest: number, message: LineSink, tooLong: LineSink) {
    this.longest = longest;
    this.message = message;
    this.tooLong = tooLong;
    this.lines = new LineSplitter(longest, message, tooLong);
  }

  push(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.form === "unknown") at = this.begin(bytes, at);
      else if (this.form === "count") at = this.readCount(bytes, at);
      else if (this.form === "line") at = this.readLine(bytes, at);
      else at = this.readCounted(bytes, at);
    }
  }

  /** The stream has ended: a last line without an end is one, a frame that is not whole is not. */
  finish(): void {
    this.lines.flush();
  }

  private begin(bytes: Uint8Array, at: number): number {
    const first = bytes[at]!;
    // Blank lines between frames, as some senders leave them.
    if (first === 0x0a || first === 0x0d || first === 0x00) return at + 1;
    this.count = this.digits = 0;
    this.form = first >= 0x31 && first <= 0x39 ? "count" : "line";
    return at;
  }

  private readCount(bytes: Uint8Array, at: number): number {
    const byte = bytes[at]!;
    if (byte >= 0x30 && byte <= 0x39 && this.digits < longestCount) {
      this.count = this.count * 10 + byte - 0x30;
      this.digits += 1;
      return at + 1;
    }
    if (byte !== space) {
      // No count after all, but a line that begins with a number, as a bare audit line with its year does.
      this.form = "line";
      this.lines.push(digitsOf(this.count));
      return at;
    }
    this.filled = 0;
    this.form = this.count > this.longest ? "skipped" : "counted";
    this.frame = new Uint8Array(Math.min(this.count, this.longest));
    return at + 1;
  }

  private readCounted(bytes: Uint8Array, at: number): number {
    const piece = bytes.subarray(at, at + this.count - this.filled);
    if (this.filled < this.frame.length)
      this.frame.set(piece.subarray(0, this.frame.length - this.filled), this.filled);
    this.filled += piece.length;
    if (this.filled === this.count) {
      if (this.form === "skipped") this.tooLong(this.frame);
      else this.message(withoutEnd(this.frame));
      this.form = "unknown";
      this.frame = new Uint8Array(0);
    }
    return at + piece.length;
  }

  private readLine(bytes: Uint8Array, at: number): number {
    const feed = bytes.indexOf(0x0a, at);
    const end = feed < 0 ? bytes.length : feed + 1;
    this.lines.push(bytes.subarray(at, end));
    if (feed >= 0) this.form = "unknown";
    return end;
  }
}

function withoutEnd(frame: Uint8Array): Uint8Array {
  let end = frame.length;
  while (end > 0 && (frame[end - 1] === 0x0a || frame[end - 1] === 0x0d || frame[end - 1] === 0x00)) end -= 1;
  return frame.subarray(0, end);
}

function digitsOf(count: number): Uint8Array {
  return Uint8Array.from(String(count), (digit) => digit.charCodeAt(0));
}
