import { slot } from "./elements.ts";

/** How a record says when its flow was. */
export const timeForm = { ms: 0, seconds: 1, deltaMicroseconds: 2, uptime: 3 } as const;

/**
 * Where a record has what makes a usual flow, so that it can be read in one go. Positions count from behind the last
 * field of variable length, or from the record's beginning when there is none; -1 for what the record does not have.
 */
export interface RecordPlan {
  /** Octets before each field of variable length, from behind the one before. */
  readonly gaps: readonly number[];
  /** Octets behind them. */
  readonly tailBytes: number;
  readonly family: 4 | 6;
  readonly source: number;
  readonly destination: number;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly tcpFlags: number;
  readonly tcpFlagsBytes: number;
  readonly octets: number;
  readonly octetsBytes: number;
  readonly packets: number;
  readonly packetsBytes: number;
  readonly timeForm: number;
  readonly start: number;
  readonly end: number;
  readonly timeBytes: number;
  /** From the record's beginning. */
  readonly flowDirection: number;
}

/** One field of a template, in order; `length` -1 where it is variable. */
export interface PlannedField {
  readonly what: number;
  readonly length: number;
}

/** What may stand beside the fields of a plan without changing what a flow of it says. */
const withoutEffect: ReadonlySet<number> = new Set([
  slot.none,
  slot.ipVersion,
  slot.icmp4,
  slot.icmp6,
  slot.icmpType4,
  slot.icmpType6,
  slot.octetsTotal,
  slot.octetsAfter,
  slot.octetsLayer2,
  slot.packetsTotal,
]);
/** By form: the elements of the beginning and the end, and what they are long. */
const timeForms: readonly (readonly [form: number, start: number, end: number, bytes: number])[] = [
  [timeForm.ms, slot.startMs, slot.endMs, 8],
  [timeForm.seconds, slot.startSeconds, slot.endSeconds, 4],
  [timeForm.deltaMicroseconds, slot.startDelta, slot.endDelta, 4],
  [timeForm.uptime, slot.startUptime, slot.endUptime, 4],
];

interface Place {
  readonly at: number;
  readonly length: number;
}

/** Undefined for a template whose records need to be looked at field by field. */
export function planOf(fields: readonly PlannedField[]): RecordPlan | undefined {
  const gaps: number[] = [];
  const tail = new Map<number, Place>();
  let flowDirection = -1;
  let at = 0;
  for (const { what, length } of fields) {
    if (length < 0) {
      // What is wanted and variable, or before a variable field, has no place that is known beforehand.
      if (what !== slot.none || tail.size > 0) return undefined;
      gaps.push(at);
      at = 0;
      continue;
    }
    if (what === slot.flowDirection && length === 1 && gaps.length === 0) flowDirection = at;
    else if (what !== slot.none) tail.set(what, { at, length });
    at += length;
  }
  const take = (what: number, ...lengths: readonly number[]): Place | undefined => {
    const place = tail.get(what);
    if (place === undefined || !lengths.includes(place.length)) return undefined;
    tail.delete(what);
    return place;
  };
  const family = tail.has(slot.source4) ? 4 : 6;
  const source = take(family === 4 ? slot.source4 : slot.source6, family === 4 ? 4 : 16);
  const destination = take(family === 4 ? slot.destination4 : slot.destination6, family === 4 ? 4 : 16);
  const protocol = take(slot.protocol, 1);
  const sourcePort = take(slot.sourcePort, 2);
  const destinationPort = take(slot.destinationPort, 2);
  const octets = take(slot.octets, 4, 8);
  if (source === undefined || destination === undefined || protocol === undefined || octets === undefined)
    return undefined;
  const tcpFlags = take(slot.tcpFlags, 1, 2);
  const packets = take(slot.packets, 4, 8) ?? (tail.has(slot.packets) ? undefined : take(slot.packetsTotal, 4, 8));
  for (const [form, startSlot, endSlot, timeBytes] of timeForms) {
    const start = take(startSlot, timeBytes);
    const end = take(endSlot, timeBytes);
    if (start === undefined && end === undefined) continue;
    if (start === undefined || end === undefined || ![...tail.keys()].every((what) => withoutEffect.has(what)))
      return undefined;
    return {
      gaps,
      tailBytes: at,
      family,
      source: source.at,
      destination: destination.at,
      protocol: protocol.at,
      sourcePort: sourcePort?.at ?? -1,
      destinationPort: destinationPort?.at ?? -1,
      tcpFlags: tcpFlags?.at ?? -1,
      tcpFlagsBytes: tcpFlags?.length ?? 0,
      octets: octets.at,
      octetsBytes: octets.length,
      packets: packets?.at ?? -1,
      packetsBytes: packets?.length ?? 0,
      timeForm: form,
      start: start.at,
      end: end.at,
      timeBytes,
      flowDirection,
    };
  }
  return undefined;
}
