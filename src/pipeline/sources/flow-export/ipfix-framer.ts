const headerBytes = 16;
const ipfixVersion = 10;
/** Kept for the beginnings of messages; most are shorter than a datagram. */
const firstRoom = 4096;

/**
 * Cuts a stream of bytes into IPFIX messages, each as long as its header says (RFC 7011 section 10.4). Keeps the beginning
 * of one message at most, which has up to 65,535 bytes.
 */
export class IpfixFramer {
  /** Bytes of a message that has not come whole. */
  held = 0;
  private room = new Uint8Array(firstRoom);
  private isBroken = false;
  private readonly sink: (message: Uint8Array) => void;

  /** `sink` gets whole messages, which hold only during the call. */
  constructor(sink: (message: Uint8Array) => void) {
    this.sink = sink;
  }

  /**
   * Takes what came next.
   * @returns false for what is no message: where the next begins is not known any more, the stream has to be given up
   */
  push(bytes: Uint8Array): boolean {
    let at = 0;
    while (at < bytes.length && !this.isBroken) {
      if (this.held === 0) at = this.takeWhole(bytes, at);
      if (at < bytes.length && !this.isBroken) at = this.hold(bytes, at);
    }
    return !this.isBroken;
  }

  /** Messages that lie in `bytes` as they are. */
  private takeWhole(bytes: Uint8Array, from: number): number {
    let at = from;
    while (at + 4 <= bytes.length) {
      const length = this.lengthAt(bytes, at);
      if (length < 0 || at + length > bytes.length) break;
      this.sink(bytes.subarray(at, at + length));
      at += length;
    }
    return at;
  }

  /** Keeps as much as the message that is being put together still needs. */
  private hold(bytes: Uint8Array, from: number): number {
    const known = this.held < 4 ? 4 : this.lengthAt(this.room, 0);
    if (known < 0) return from;
    if (known > this.room.length) {
      const room = new Uint8Array(known);
      room.set(this.room.subarray(0, this.held));
      this.room = room;
    }
    const to = Math.min(bytes.length, from + known - this.held);
    this.room.set(bytes.subarray(from, to), this.held);
    this.held += to - from;
    if (this.held >= 4 && this.held === this.lengthAt(this.room, 0)) {
      this.held = 0;
      this.sink(this.room.subarray(0, known));
    }
    return to;
  }

  /** Of the message at `at`, as its header says; -1 when there is none. */
  private lengthAt(bytes: Uint8Array, at: number): number {
    const version = (bytes[at]! << 8) | bytes[at + 1]!;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    this.isBroken ||= version !== ipfixVersion || length < headerBytes;
    return this.isBroken ? -1 : length;
  }
}
