import { type CapturedFrame, type CaptureFormat, maxPacketBytes } from "./captured-frame.ts";

const fileHeader = 24;
const recordHeader = 16;

/**
 * The classic format: one header, then packets of one interface. Byte order and resolution are in the magic number.
 * @see draft-ietf-opsawg-pcap
 */
export class PcapReader implements CaptureFormat {
  isPacket = false;
  lost = 0;
  private isLittle = false;
  private unitsPerMs = 0;
  private link = 0;

  read(view: DataView, at: number, end: number, frame: CapturedFrame): number {
    this.isPacket = false;
    if (this.unitsPerMs === 0) return end - at < fileHeader ? 0 : this.open(view, at);
    if (end - at < recordHeader) return 0;
    const { isLittle } = this;
    const captured = view.getUint32(at + 8, isLittle);
    if (captured > maxPacketBytes) return -1;
    const length = recordHeader + captured;
    if (end - at < length) return 0;
    frame.from = at + recordHeader;
    frame.to = at + length;
    frame.originalLength = Math.max(captured, view.getUint32(at + 12, isLittle));
    frame.link = this.link;
    frame.timeMs = 1000 * view.getUint32(at, isLittle) + Math.floor(view.getUint32(at + 4, isLittle) / this.unitsPerMs);
    frame.isOneOfSeveral = false;
    this.isPacket = true;
    return length;
  }

  private open(view: DataView, at: number): number {
    const magic = view.getUint32(at);
    this.isLittle = magic === 0xd4c3b2a1 || magic === 0x4d3cb2a1;
    this.unitsPerMs = magic === 0xa1b23c4d || magic === 0x4d3cb2a1 ? 1_000_000 : 1000;
    // The upper bits tell of a frame check sequence, which lies behind the packet and does not disturb.
    this.link = view.getUint32(at + 20, this.isLittle) & 0xffff;
    return fileHeader;
  }
}
