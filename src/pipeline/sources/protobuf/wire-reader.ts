/** Wire types. Groups (3, 4) are refused: no message here has any, and skipping them needs unbounded depth. */
export const wire = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

export type WireError = "cut_off" | "bad_protobuf" | "too_deep";

/** Messages inside messages; those read here have at most five levels. */
export const maxWireDepth = 64;

/**
 * Reads the fields of one protobuf message in the order they were written. `next` reads a whole field, so that one that
 * is not wanted is skipped by calling it again:
 *
 *     reader.open(bytes, 0, bytes.length);
 *     while (reader.next()) {
 *       if (reader.field === 7) port = reader.whole();
 *       else if (reader.field === 8 && reader.enter()) {
 *         while (reader.next()) if (reader.field === 1) name = [reader.from, reader.to];
 *         reader.leave();
 *       }
 *     }
 *     if (reader.error !== undefined) // the message is broken; nothing of it should be believed
 *
 * A field of another wire type than expected reads as absent (`whole` is -1, `enter` says no, the range is empty), as
 * protobuf wants unknown fields to be passed over. Of a field that comes twice the reader's user decides, usually the
 * last. Nothing is allocated; no byte outside the opened range is read; each call of `next` goes forward or ends.
 */
export class WireReader {
  /** Number of the field just read, from 1. */
  field = 0;
  wireType: number = wire.varint;
  /** The value of a `varint`, `fixed32` or `fixed64`: 64 bits in two words. */
  low = 0;
  high = 0;
  /** Where a value of `bytes` lies; both 0 for every other wire type. */
  from = 0;
  to = 0;
  /** Why reading stopped, once and for all; undefined as long as all is well. */
  error: WireError | undefined;

  private bytes: Uint8Array = new Uint8Array(0);
  private at = 0;
  private end = 0;
  private readonly ends = new Int32Array(maxWireDepth);
  private depth = 0;

  /** A message is bytes[from, to). */
  open(bytes: Uint8Array, from: number, to: number): void {
    this.bytes = bytes;
    this.at = Math.max(0, from);
    this.end = Math.min(to, bytes.length);
    this.depth = 0;
    this.error = undefined;
  }

  /** Reads the next field of the current message. False at its end, and when it is broken: see `error`. */
  next(): boolean {
    if (this.at >= this.end || !this.varint()) return false;
    const tag = this.low >>> 0;
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    // A tag has 32 bits, and no field has the number 0.
    if (this.high !== 0 || this.field === 0) return this.fail("bad_protobuf");
    this.from = this.to = 0;
    switch (this.wireType) {
      case wire.varint:
        return this.varint() || this.fail(this.error ?? "cut_off");
      case wire.bytes:
        return this.range();
      case wire.fixed32:
        return this.fixed(4);
      case wire.fixed64:
        return this.fixed(8);
      default:
        return this.fail("bad_protobuf");
    }
  }

  /** Goes into the message that the current field is; false, staying, when the field is none. */
  enter(): boolean {
    if (this.wireType !== wire.bytes || this.error !== undefined) return false;
    if (this.depth >= maxWireDepth) return this.fail("too_deep");
    this.ends[this.depth] = this.end;
    this.depth += 1;
    this.at = this.from;
    this.end = this.to;
    return true;
  }

  /** Goes back out, behind the message that was entered, whether it was read to its end or not. */
  leave(): void {
    if (this.depth === 0) throw new Error("left a message that was not entered");
    this.depth -= 1;
    if (this.error !== undefined) return;
    this.at = this.end;
    this.end = this.ends[this.depth]!;
  }

  /**
   * Reads a bare number, without a tag before it, into `low` and `high`: the members of a packed list, once it has been
   * entered. False at the end of the list, and when it is broken.
   */
  varint(): boolean {
    const { bytes, end } = this;
    let p = this.at;
    if (p >= end) return false;
    let byte = bytes[p]!;
    p += 1;
    this.high = 0;
    if (byte < 0x80) {
      this.low = byte;
      this.at = p;
      return true;
    }
    let low = byte & 0x7f;
    let high = 0;
    for (let shift = 7; shift < 70; shift += 7) {
      if (p >= end) return this.fail("cut_off");
      byte = bytes[p]!;
      p += 1;
      const seven = byte & 0x7f;
      if (shift < 32) low |= seven << shift;
      if (shift === 28) high = seven >>> 4;
      else if (shift > 28) high |= seven << (shift - 32);
      if (byte < 0x80) {
        // The tenth byte has room for one bit only.
        if (shift === 63 && byte > 1) return this.fail("bad_protobuf");
        this.low = low;
        this.high = high;
        this.at = p;
        return true;
      }
    }
    return this.fail("bad_protobuf");
  }

  /** The number as unsigned; -1 when the field is no number, or one that a double does not hold exactly. */
  whole(): number {
    if (this.wireType === wire.bytes) return -1;
    if (this.high === 0) return this.low >>> 0;
    const high = this.high >>> 0;
    return high < 0x20_0000 ? high * 0x1_0000_0000 + (this.low >>> 0) : -1;
  }

  /** The number as `int32` or `int64` hold it; NaN when the field is no number, or beyond what a double holds exactly. */
  signed(): number {
    if (this.wireType === wire.bytes) return Number.NaN;
    const value = (this.high | 0) * 0x1_0000_0000 + (this.low >>> 0);
    return Number.isSafeInteger(value) ? value : Number.NaN;
  }

  /** A `bool`; false when the field is no number. */
  isTrue(): boolean {
    return this.wireType !== wire.bytes && (this.low | this.high) !== 0;
  }

  private range(): boolean {
    if (!this.varint()) return this.fail(this.error ?? "cut_off");
    const length = this.low >>> 0;
    if (this.high !== 0 || length > this.end - this.at) return this.fail("cut_off");
    this.from = this.at;
    this.to = this.at = this.at + length;
    return true;
  }

  private fixed(width: 4 | 8): boolean {
    const { bytes, at } = this;
    if (width > this.end - at) return this.fail("cut_off");
    this.low = word(bytes, at);
    this.high = width === 8 ? word(bytes, at + 4) : 0;
    this.at = at + width;
    return true;
  }

  private fail(error: WireError): false {
    this.error = error;
    // Every loop that reads on ends at once, at each level.
    this.end = this.at;
    return false;
  }
}

function word(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}
