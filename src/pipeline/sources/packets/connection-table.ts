import type { Packet } from "./packet.ts";

/** Of a key: two addresses of four words, ports, protocol and family. */
const keyWords = 10;

/**
 * The connections that are followed, by their two ends whichever of them sent the packet. No object per connection;
 * places are used again. A list runs through them in the order of their last packets.
 */
export class ConnectionTable {
  readonly capacity: number;
  count = 0;
  /** Of the first packet that is not yet reported. */
  readonly firstMs: Float64Array;
  readonly lastMs: Float64Array;
  /** Until when everything has been reported; -1 when nothing has. */
  readonly reportedMs: Float64Array;
  /** Not yet reported. */
  readonly bytes: Float64Array;
  /** Bits of `ConnectionTracker`. */
  readonly state: Int32Array;
  /** Sequence number of the SYN. */
  readonly opening: Uint32Array;
  /** Never the same for two connections, also when they have the same place. */
  readonly serial: Float64Array;
  /** Of the packet last looked up: whether its source is the lower end. */
  isFromLow = false;
  private readonly keys: Int32Array;
  private readonly scratch = new Int32Array(keyWords);
  private readonly slots: Int32Array;
  /** The next place in the same slot; of free places the next free one. */
  private readonly chained: Int32Array;
  private readonly newer: Int32Array;
  private readonly older: Int32Array;
  private newest = -1;
  private oldest = -1;
  private free = 0;
  private serials = 0;

  constructor(capacity: number) {
    this.capacity = capacity;
    this.firstMs = new Float64Array(capacity);
    this.lastMs = new Float64Array(capacity);
    this.reportedMs = new Float64Array(capacity);
    this.bytes = new Float64Array(capacity);
    this.state = new Int32Array(capacity);
    this.opening = new Uint32Array(capacity);
    this.serial = new Float64Array(capacity);
    this.keys = new Int32Array(keyWords * capacity);
    this.slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * capacity))).fill(-1);
    this.chained = Int32Array.from({ length: capacity }, (_, i) => (i + 1 < capacity ? i + 1 : -1));
    this.newer = new Int32Array(capacity).fill(-1);
    this.older = new Int32Array(capacity).fill(-1);
  }

  /** The place of the packet's connection, or -1. */
  find(packet: Packet): number {
    const slot = this.readKey(packet);
    const { keys, scratch } = this;
    for (let id = this.slots[slot]!; id >= 0; id = this.chained[id]!) {
      const at = keyWords * id;
      let word = 0;
      while (word < keyWords && keys[at + word] === scratch[word]) word += 1;
      if (word === keyWords) return id;
    }
    return -1;
  }

  /** A place for the packet's connection, which has none; there must be room. */
  add(packet: Packet, timeMs: number): number {
    const slot = this.readKey(packet);
    const id = this.free;
    this.free = this.chained[id]!;
    this.keys.set(this.scratch, keyWords * id);
    this.chained[id] = this.slots[slot]!;
    this.slots[slot] = id;
    this.count += 1;
    this.firstMs[id] = timeMs;
    this.lastMs[id] = timeMs;
    this.reportedMs[id] = -1;
    this.bytes[id] = 0;
    this.state[id] = 0;
    this.opening[id] = 0;
    this.serials += 1;
    this.serial[id] = this.serials;
    this.link(id);
    return id;
  }

  remove(id: number): void {
    const slot = slotOf(this.keys, keyWords * id) & (this.slots.length - 1);
    let at = this.slots[slot]!;
    if (at === id) {
      this.slots[slot] = this.chained[id]!;
    } else {
      while (this.chained[at] !== id) at = this.chained[at]!;
      this.chained[at] = this.chained[id]!;
    }
    this.unlink(id);
    this.chained[id] = this.free;
    this.free = id;
    this.count -= 1;
  }

  /** Its packet is the latest of all. */
  touch(id: number): void {
    if (this.newest === id) return;
    this.unlink(id);
    this.link(id);
  }

  /** The connection that was quiet for longest, or -1. */
  get quietest(): number {
    return this.oldest;
  }

  /** The one whose last packet came after this one's, or -1. */
  after(id: number): number {
    return this.newer[id]!;
  }

  /** Writes an end's address into words. @returns its port, or what stands for it */
  readEnd(id: number, isLow: boolean, words: Uint32Array): number {
    const at = keyWords * id;
    for (let word = 0; word < 4; word += 1) words[word] = this.keys[at + word + (isLow ? 0 : 4)]!;
    const ports = this.keys[at + 8]!;
    return isLow ? ports >>> 16 : ports & 0xffff;
  }

  protocolOf(id: number): number {
    return this.keys[keyWords * id + 9]! >>> 8;
  }

  familyOf(id: number): number {
    return this.keys[keyWords * id + 9]! & 0xff;
  }

  private readKey({ source, destination, sourcePort, destinationPort, protocol, family }: Packet): number {
    const { scratch } = this;
    let order = 0;
    for (let word = 0; word < 4 && order === 0; word += 1) order = source[word]! - destination[word]!;
    if (order === 0) order = sourcePort - destinationPort;
    this.isFromLow = order <= 0;
    const [low, high] = order <= 0 ? [source, destination] : [destination, source];
    for (let word = 0; word < 4; word += 1) {
      scratch[word] = low[word]!;
      scratch[word + 4] = high[word]!;
    }
    scratch[8] = order <= 0 ? (sourcePort << 16) | destinationPort : (destinationPort << 16) | sourcePort;
    scratch[9] = (protocol << 8) | family;
    return slotOf(scratch, 0) & (this.slots.length - 1);
  }

  private link(id: number): void {
    this.older[id] = this.newest;
    this.newer[id] = -1;
    if (this.newest >= 0) this.newer[this.newest] = id;
    else this.oldest = id;
    this.newest = id;
  }

  private unlink(id: number): void {
    const newer = this.newer[id]!;
    const older = this.older[id]!;
    if (newer >= 0) this.older[newer] = older;
    else this.newest = older;
    if (older >= 0) this.newer[older] = newer;
    else this.oldest = newer;
  }
}

function slotOf(words: Int32Array, at: number): number {
  let hash = 0;
  for (let word = at; word < at + keyWords; word += 1) {
    hash = Math.imul(hash ^ words[word]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash ^ (hash >>> 13);
}
