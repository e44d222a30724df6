import { type CapturedFrame, type CaptureFormat, maxPacketBytes } from "./captured-frame.ts";

const block = {
  section: 0x0a0d0d0a,
  interface: 1,
  packet: 2,
  simplePacket: 3,
  statistics: 5,
  enhancedPacket: 6,
} as const;
const option = { end: 0, timeResolution: 9, timeOffset: 14, lostByInterface: 5, lostBySystem: 7 } as const;
/** Interfaces of one section; packets of further ones are counted as broken. */
const maxInterfaces = 4096;
/** A packet, its block, and its options. */
const maxPacketBlock = maxPacketBytes + (64 << 10);

interface Interface {
  readonly link: number;
  readonly snapLength: number;
  readonly msPerUnit: number;
  readonly offsetMs: number;
  lost: number;
}

/**
 * Blocks in sections; each section has a byte order and interfaces of its own, each interface a link type, a snap length
 * and a resolution of time. Blocks that hold no packets are passed over.
 * @see draft-ietf-opsawg-pcapng
 */
export class PcapngReader implements CaptureFormat {
  isPacket = false;
  lost = 0;
  private isLittle = false;
  private interfaces: Interface[] = [];
  private described = 0;

  read(view: DataView, at: number, end: number, frame: CapturedFrame): number {
    this.isPacket = false;
    if (end - at < 12) return 0;
    const kind = view.getUint32(at);
    // The type of a section reads the same in both byte orders; the order of everything in it comes next.
    if (kind === block.section) {
      const order = view.getUint32(at + 8);
      if (order !== 0x1a2b3c4d && order !== 0x4d3c2b1a) return -1;
      this.isLittle = order === 0x4d3c2b1a;
      this.interfaces = [];
      this.described = 0;
    }
    const { isLittle } = this;
    const length = view.getUint32(at + 4, isLittle);
    if (length < 12 || length % 4 !== 0) return -1;
    const type = view.getUint32(at, isLittle);
    const isRead = type === block.interface || type === block.statistics || isPacketBlock(type);
    if (!isRead) return length;
    if (length > maxPacketBlock) return -1;
    if (end - at < length) return 0;
    if (type === block.interface) this.describe(view, at + 8, at + length - 4);
    else if (type === block.statistics) this.readStatistics(view, at + 8, at + length - 4);
    else {
      this.isPacket = true;
      if (!this.readPacket(type, view, at, at + length - 4, frame)) withoutContent(frame, at);
    }
    return length;
  }

  private describe(view: DataView, at: number, end: number): void {
    this.described += 1;
    if (this.interfaces.length >= maxInterfaces || end - at < 8) return;
    let msPerUnit = 0.001;
    let offsetMs = 0;
    this.eachOption(view, at + 8, end, (code, from, length) => {
      if (code === option.timeResolution && length >= 1) {
        const said = view.getUint8(from);
        msPerUnit = 1000 * (said >= 0x80 ? 2 ** -(said & 0x7f) : 10 ** -said);
      } else if (code === option.timeOffset && length >= 8) {
        offsetMs = 1000 * Number(view.getBigInt64(from, this.isLittle));
      }
    });
    const link = view.getUint16(at, this.isLittle);
    const snapLength = view.getUint32(at + 4, this.isLittle);
    this.interfaces.push({ link, snapLength, msPerUnit, offsetMs, lost: 0 });
  }

  /** Losses are told as sums since the start, once or again and again. */
  private readStatistics(view: DataView, at: number, end: number): void {
    if (end - at < 12) return;
    const about = this.interfaces[view.getUint32(at, this.isLittle)];
    if (about === undefined) return;
    let lost = 0;
    this.eachOption(view, at + 12, end, (code, from, length) => {
      if ((code !== option.lostByInterface && code !== option.lostBySystem) || length < 8) return;
      // What Windows and some drivers write when they do not know is not a count.
      const count = view.getBigUint64(from, this.isLittle);
      if (count < 1n << 48n) lost += Number(count);
    });
    this.lost += Math.max(0, lost - about.lost);
    about.lost = Math.max(about.lost, lost);
  }

  private eachOption(
    view: DataView,
    from: number,
    end: number,
    visit: (code: number, from: number, length: number) => void,
  ): void {
    for (let at = from; at + 4 <= end;) {
      const code = view.getUint16(at, this.isLittle);
      const length = view.getUint16(at + 2, this.isLittle);
      if (code === option.end || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  /** @returns false when its interface is not known, or its block is too short for it */
  private readPacket(type: number, view: DataView, at: number, end: number, frame: CapturedFrame): boolean {
    const { isLittle } = this;
    const isSimple = type === block.simplePacket;
    const from = at + (isSimple ? 12 : 28);
    if (from > end) return false;
    const which = isSimple
      ? 0
      : type === block.packet
        ? view.getUint16(at + 8, isLittle)
        : view.getUint32(at + 8, isLittle);
    const about = this.interfaces[which];
    if (about === undefined) return false;
    const original = view.getUint32(isSimple ? at + 8 : at + 24, isLittle);
    const captured = isSimple
      ? Math.min(original, about.snapLength === 0 ? original : about.snapLength, end - from)
      : view.getUint32(at + 20, isLittle);
    if (captured > end - from) return false;
    frame.from = from;
    frame.to = from + captured;
    frame.originalLength = Math.max(captured, original);
    frame.link = about.link;
    frame.timeMs = -1;
    if (!isSimple) {
      const units = view.getUint32(at + 12, isLittle) * 2 ** 32 + view.getUint32(at + 16, isLittle);
      frame.timeMs = Math.max(-1, Math.floor(units * about.msPerUnit + about.offsetMs));
    }
    frame.isOneOfSeveral = this.described > 1;
    return true;
  }
}

/** A packet that is not there as its block says: nothing of it can be read, and so it is counted. */
function withoutContent(frame: CapturedFrame, at: number): void {
  frame.from = frame.to = at;
  frame.originalLength = 0;
  frame.link = 1;
  frame.timeMs = -1;
}

function isPacketBlock(type: number): boolean {
  return type === block.enhancedPacket || type === block.simplePacket || type === block.packet;
}
