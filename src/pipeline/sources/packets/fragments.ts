import { DatagramParts } from "./datagram-parts.ts";
import type { Packet } from "./packet.ts";

/** As Linux waits (`ipfrag_time`); of IPv6 twice as long, which nobody needs. */
const patienceMs = 30_000;
/** A clock that goes back by more has been set, or the packets are from another recording. */
const clockBackMs = 60_000;

export interface FragmentHands {
  /** Whether a datagram that begins like this is read at all; of others the parts are only counted. */
  isWanted(first: Packet): boolean;
  /** Parts that overlap or contradict each other, or a wrong checksum. */
  refused(): void;
  /** The rest never came: `parts` has at least the first. */
  givenUp(parts: DatagramParts, beginning: Uint8Array): void;
}

export interface FragmentLimits {
  /** Datagrams of which parts are missing. */
  readonly datagrams: number;
  /** Bytes of their parts. */
  readonly fragmentBytes: number;
}

/**
 * Puts fragmented UDP datagrams together: large DNS answers, and tunnelled packets that were too long for their tunnel. Of
 * too many, and of those that wait for too long, the oldest are given up.
 */
export class Fragments {
  private readonly hands: FragmentHands;
  private readonly limits: FragmentLimits;
  /** In the order of their first part. */
  private readonly waiting = new Map<string, DatagramParts>();
  private bytes = 0;
  private oldestMs = Infinity;

  constructor(hands: FragmentHands, limits: FragmentLimits) {
    this.hands = hands;
    this.limits = limits;
  }

  /**
   * Takes a part of a UDP datagram. Gives the packet the ports of its datagram, as soon as they are known, and the bytes of
   * parts that came before them.
   * @returns the datagram from its header on, when this was the part that was missing
   */
  add(packet: Packet, timeMs: number): Uint8Array | undefined {
    const key = keyOf(packet);
    const parts = this.waiting.get(key) ?? new DatagramParts(packet, timeMs);
    if (!this.waiting.has(key)) {
      this.waiting.set(key, parts);
      if (this.oldestMs === Infinity) this.oldestMs = timeMs;
    }
    const before = parts.size;
    const reading = parts.add(packet);
    if (packet.fragmentAt === 0 && !parts.isRefused && parts.ports === undefined) {
      parts.ports = { source: packet.sourcePort, destination: packet.destinationPort };
      if (!this.hands.isWanted(packet)) parts.disregard();
      packet.byteCount += parts.uncounted;
    } else if (parts.ports !== undefined) {
      packet.sourcePort = parts.ports.source;
      packet.destinationPort = parts.ports.destination;
    } else {
      parts.uncounted += packet.byteCount;
    }
    this.bytes += parts.size - before;
    if (reading === "refused") this.hands.refused();
    if (reading !== "whole") {
      this.makeRoom();
      return undefined;
    }
    if (parts.isSnapped) {
      this.giveUp(key, parts);
      return undefined;
    }
    this.remove(key, parts);
    if (!parts.isWanted) return undefined;
    const whole = parts.join();
    if (whole === undefined) this.hands.refused();
    return whole;
  }

  /** Gives up what waited for too long. */
  sweep(nowMs: number): void {
    if (this.waiting.size === 0) return;
    if (nowMs - this.oldestMs < patienceMs && this.oldestMs - nowMs < clockBackMs) return;
    for (const [key, parts] of this.waiting) {
      const isLate = nowMs - parts.sinceMs >= patienceMs || parts.sinceMs - nowMs >= clockBackMs;
      if (!isLate) break;
      this.giveUp(key, parts);
    }
    this.oldestMs = this.waiting.values().next().value?.sinceMs ?? Infinity;
  }

  /** The capture has ended: gives up everything. */
  finish(): void {
    for (const [key, parts] of this.waiting) this.giveUp(key, parts);
    this.oldestMs = Infinity;
  }

  private makeRoom(): void {
    for (const [key, parts] of this.waiting) {
      if (this.waiting.size <= this.limits.datagrams && this.bytes <= this.limits.fragmentBytes) return;
      this.giveUp(key, parts);
    }
  }

  private giveUp(key: string, parts: DatagramParts): void {
    this.remove(key, parts);
    const beginning = parts.isWanted ? parts.beginning() : undefined;
    if (beginning !== undefined) this.hands.givenUp(parts, beginning);
  }

  private remove(key: string, parts: DatagramParts): void {
    this.waiting.delete(key);
    this.bytes -= parts.size;
  }
}

function keyOf({ family, source, destination, identification }: Packet): string {
  return `${family} ${identification} ${source.join(" ")} ${destination.join(" ")}`;
}
