import { CapturedFrame, type CaptureFormat } from "./captured-frame.ts";
import { PcapReader } from "./pcap.ts";
import { PcapngReader } from "./pcapng.ts";

const bufferBytes = 1 << 20;

/** The kind of capture that begins with these bytes (four are enough), told by magic number. */
export function captureFormatOf(head: Uint8Array): "pcap" | "pcapng" | undefined {
  if (head.length < 4) return undefined;
  const magic = new DataView(head.buffer, head.byteOffset, 4).getUint32(0);
  if (magic === 0x0a0d0d0a) return "pcapng";
  return [0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1].includes(magic) ? "pcap" : undefined;
}

/**
 * Cuts a stream of bytes into captured packets, whatever pieces it comes in. Holds one buffer of a mebibyte. A capture
 * has no marks to find the next record by: what is behind a broken one cannot be read.
 */
export class CaptureFramer {
  /** Bytes of whole records read so far. */
  position = 0;
  /** The record at `position` is none; nothing more will be read. */
  isBroken = false;
  private readonly buffer = new Uint8Array(bufferBytes);
  private readonly view = new DataView(this.buffer.buffer);
  private readonly frame = new CapturedFrame();
  private readonly onPacket: (frame: CapturedFrame) => void;
  private readonly onLost: (packets: number) => void;
  private format: CaptureFormat | undefined;
  private filled = 0;
  private toSkip = 0;

  constructor(onPacket: (frame: CapturedFrame) => void, onLost: (packets: number) => void) {
    this.onPacket = onPacket;
    this.onLost = onLost;
    this.frame.bytes = this.buffer;
    this.frame.view = this.view;
  }

  /** @returns false when the bytes are no capture, from `position` on */
  push(bytes: Uint8Array): boolean {
    for (let at = 0; at < bytes.length && !this.isBroken;) {
      const skipped = Math.min(this.toSkip, bytes.length - at);
      this.toSkip -= skipped;
      this.position += skipped;
      at += skipped;
      const taken = Math.min(bytes.length - at, this.buffer.length - this.filled);
      this.buffer.set(bytes.subarray(at, at + taken), this.filled);
      this.filled += taken;
      at += taken;
      this.readRecords();
    }
    return !this.isBroken;
  }

  /** The beginning of what could not be read, for a report. */
  rest(): Uint8Array {
    return this.buffer.subarray(0, Math.min(this.filled, 160));
  }

  /** @returns whether the capture ended inside a record */
  finish(): boolean {
    return !this.isBroken && (this.filled > 0 || this.toSkip > 0);
  }

  private readRecords(): void {
    let at = 0;
    while (at < this.filled) {
      this.format ??= this.open();
      this.frame.byteOffset = this.position;
      const length = this.format?.read(this.view, at, this.filled, this.frame) ?? (this.filled < 4 ? 0 : -1);
      if (length === 0) break;
      if (length < 0) {
        this.isBroken = true;
        break;
      }
      if (this.format?.isPacket === true) this.onPacket(this.frame);
      const read = Math.min(length, this.filled - at);
      this.toSkip = length - read;
      this.position += read;
      at += read;
    }
    if (this.format !== undefined && this.format.lost > 0) {
      this.onLost(this.format.lost);
      this.format.lost = 0;
    }
    this.buffer.copyWithin(0, at, this.filled);
    this.filled -= at;
  }

  private open(): CaptureFormat | undefined {
    switch (captureFormatOf(this.buffer.subarray(0, this.filled))) {
      case "pcap":
        return new PcapReader();
      case "pcapng":
        return new PcapngReader();
      default:
        return undefined;
    }
  }
}
