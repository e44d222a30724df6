import { endpoint, type Observation, type ObservationSink, opener } from "../observation.ts";
import { type RecordPlan, timeForm } from "./record-plan.ts";
import { type MessageTimes, ofUptime, placeInTime } from "./record-times.ts";
import { openerOfPacket, openerOfTcpFlags, protocol, readAddress } from "./wire-words.ts";

/** What is the same for all records of a set. */
export interface PlainSet {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Behind its last record. */
  readonly end: number;
  readonly times: MessageTimes;
  readonly isOpenVSwitch: boolean;
  /** The N of 1-in-N packet sampling; counts are to be multiplied by it. */
  readonly sampling: number;
  /** Counts were multiplied by so much already. */
  readonly scaledBy: number;
}

/** Reads usual flows by a plan, in one go; what is unusual is left for `emitRecord`, which means the same by a plan's fields. */
export class PlainRecords {
  /** Records handed over by the last call. */
  count = 0;
  private readonly observation: Observation;
  private readonly sink: ObservationSink;

  constructor(observation: Observation, sink: ObservationSink) {
    this.observation = observation;
    this.sink = sink;
  }

  /**
   * Hands over flows from `at` on.
   * @returns the position of the first record that is unusual or cut off; of what is left of the set when there is none
   */
  read(plan: RecordPlan, set: PlainSet, at: number): number {
    const { observation: o } = this;
    const { view, end, times } = set;
    const { tailBytes } = plan;
    this.count = 0;
    if (plan.timeForm === timeForm.uptime && times.uptimeMs < 0) return at;
    o.clear(set.bytes, view);
    o.sampling = set.sampling;
    let next = at;
    for (;;) {
      const tail = plan.gaps.length === 0 ? next : behindVariable(plan.gaps, view, next, end);
      if (tail < 0 || tail + tailBytes > end || tailBytes === 0) return next;
      if (!this.fill(plan, set, next, tail)) return next;
      this.count += 1;
      next = tail + tailBytes;
      this.sink(o);
    }
  }

  /** False for what is no usual flow: nothing went, or the protocol has no ports. */
  private fill(plan: RecordPlan, set: PlainSet, at: number, tail: number): boolean {
    const { observation: o } = this;
    const { view, times } = set;
    const number = view.getUint8(tail + plan.protocol);
    const octets = uint(view, tail + plan.octets, plan.octetsBytes);
    if (octets === 0 || number === protocol.icmp || number === protocol.icmp6) return false;
    // All else is as it was cleared: who takes an observation says whose addresses these are, and may move its times.
    o.attributed = undefined;
    o.sourceIs = endpoint.unknown;
    o.destinationIs = endpoint.unknown;
    o.sourceFamily = readAddress(view, tail + plan.source, plan.family, o.source);
    o.destinationFamily = readAddress(view, tail + plan.destination, plan.family, o.destination);
    o.protocol = number;
    o.sourcePort = plan.sourcePort < 0 ? -1 : view.getUint16(tail + plan.sourcePort);
    o.destinationPort = plan.destinationPort < 0 ? -1 : view.getUint16(tail + plan.destinationPort);
    o.byteCount = set.scaledBy === 1 ? octets : octets / set.scaledBy;
    o.isCopy = set.isOpenVSwitch && plan.flowDirection >= 0 && view.getUint8(at + plan.flowDirection) === 1;
    o.opener = number === protocol.tcp && plan.tcpFlags >= 0 ? openerOf(plan, view, tail) : opener.unknown;
    const start = tail + plan.start;
    const stop = tail + plan.end;
    switch (plan.timeForm) {
      case timeForm.ms:
        placeInTime(o, uint(view, start, 8), uint(view, stop, 8), times);
        return true;
      case timeForm.seconds:
        placeInTime(o, view.getUint32(start) * 1000, view.getUint32(stop) * 1000, times);
        return true;
      case timeForm.deltaMicroseconds: {
        const { exportMs } = times;
        placeInTime(o, exportMs - view.getUint32(start) / 1000, exportMs - view.getUint32(stop) / 1000, times);
        return true;
      }
      default:
        placeInTime(o, ofUptime(view.getUint32(start), times), ofUptime(view.getUint32(stop), times), times);
        return true;
    }
  }
}

function openerOf(plan: RecordPlan, view: DataView, tail: number): number {
  const flags = plan.tcpFlagsBytes === 1 ? view.getUint8(tail + plan.tcpFlags) : view.getUint16(tail + plan.tcpFlags);
  const isOnePacket = plan.packets >= 0 && uint(view, tail + plan.packets, plan.packetsBytes) === 1;
  return isOnePacket ? openerOfPacket(flags) : openerOfTcpFlags(flags);
}

/** Of four or eight octets. */
function uint(view: DataView, at: number, length: number): number {
  return length === 4 ? view.getUint32(at) : view.getUint32(at) * 0x1_0000_0000 + view.getUint32(at + 4);
}

/** The position behind the last variable field, or -1 when the record is cut off before. */
function behindVariable(gaps: readonly number[], view: DataView, at: number, end: number): number {
  let p = at;
  for (let i = 0; i < gaps.length; i += 1) {
    p += gaps[i]!;
    if (p >= end) return -1;
    let length = view.getUint8(p);
    p += 1;
    if (length === 255) {
      if (p + 2 > end) return -1;
      length = view.getUint16(p);
      p += 2;
    }
    p += length;
  }
  return p;
}
