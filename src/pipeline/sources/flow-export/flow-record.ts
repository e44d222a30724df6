import { type Observation, type ObservationSink, observed, opener, verdict } from "../observation.ts";
import { slot } from "./elements.ts";
import { type MessageTimes, setRecordTimes } from "./record-times.ts";
import type { RecordValues } from "./record-values.ts";
import type { Template } from "./template.ts";
import { openerOfPacket, openerOfTcpFlags, protocol, readAddress } from "./wire-words.ts";

/** IPFIX biflowDirection (RFC 5103 section 6.3). */
const biflow = { initiator: 1, reverseInitiator: 2 } as const;
const firewallEvent = { deleted: 2, denied: 3, updated: 5 } as const;
/** forwardingStatus: dropped by an access list. */
const aclDrops = new Set([129, 130]);

/**
 * Fills the observation from a record and hands it over. A biflow is handed over as its two directions. Records that are
 * about something else (address translation events, counters) are handed over as such.
 * @param systemStartMs when the exporter was started; -1 when unknown
 * @param sampling the N of 1-in-N packet sampling of this record
 * @param openVSwitchSampling that of Open vSwitch exporters, which scale by it and do not tell it
 */
export function emitRecord(
  o: Observation,
  bytes: Uint8Array,
  view: DataView,
  template: Template,
  values: RecordValues,
  times: MessageTimes,
  systemStartMs: number,
  sampling: number,
  openVSwitchSampling: number,
  sink: ObservationSink,
): void {
  o.clear(bytes, view);
  setAddresses(o, view, values);
  // What an event of address translation counts is no traffic.
  if (o.destinationFamily === 0 || values[slot.natEvent]! >= 0) o.what = observed.other;
  o.protocol = values[slot.protocol]!;
  setPorts(o, values, template.isStale);
  o.byteCount = forwardOctets(values);
  o.sampling = sampling;
  if (template.isOpenVSwitch) {
    // The packet as it left, after the same packet as it came.
    o.isCopy = values[slot.flowDirection] === 1;
    if (sampling === 1 && openVSwitchSampling > 1) {
      o.sampling = openVSwitchSampling;
      if (o.byteCount > 0) o.byteCount /= openVSwitchSampling;
    }
  }
  // Some exporters tell of a direction in which nothing went: taken as a flow it would be an egress that never was.
  const { what } = o;
  const isEmpty = o.byteCount === 0 && firstOf(values[slot.packets]!, values[slot.packetsTotal]!) === 0;
  if (isEmpty) o.what = observed.other;
  setVerdict(o, values);
  setRecordTimes(o, values, times, systemStartMs);
  const reverseOctets = firstOf(
    values[slot.reverseOctets]!,
    values[slot.reverseOctetsTotal]!,
    values[slot.responderOctets],
  );
  const isBiflow = reverseOctets >= 0 || firstOf(values[slot.reversePackets]!, values[slot.reversePacketsTotal]!) >= 0;
  if (!isBiflow) {
    if (!template.isStale) o.opener = openerOf(o, values);
    sink(o);
    return;
  }
  // Nobody began a connection without sending a packet.
  const first = isEmpty ? opener.destination : openerOfBiflow(values);
  o.opener = first;
  sink(o);
  const packets = firstOf(values[slot.reversePackets]!, values[slot.reversePacketsTotal]!);
  if (reverseOctets <= 0 && packets <= 0) return;
  turnAround(o);
  o.what = what;
  o.byteCount = reverseOctets;
  o.opener = first === opener.source ? opener.destination : first === opener.destination ? opener.source : first;
  sink(o);
}

function setAddresses(o: Observation, view: DataView, values: RecordValues): void {
  const isV6 = prefersV6(view, values);
  const source = values[isV6 ? slot.source6 : slot.source4]!;
  const destination = values[isV6 ? slot.destination6 : slot.destination4]!;
  if (source >= 0) o.sourceFamily = readAddress(view, source, isV6 ? 6 : 4, o.source);
  if (destination >= 0) o.destinationFamily = readAddress(view, destination, isV6 ? 6 : 4, o.destination);
}

/** Some templates have fields for both families, of which one is filled. */
function prefersV6(view: DataView, values: RecordValues): boolean {
  const source4 = values[slot.source4]!;
  const destination4 = values[slot.destination4]!;
  if (values[slot.destination6]! < 0) return false;
  if (destination4 < 0) return true;
  const version = values[slot.ipVersion]!;
  if (version === 4 || version === 6) return version === 6;
  return view.getUint32(destination4) === 0 && (source4 < 0 || view.getUint32(source4) === 0);
}

function setPorts(o: Observation, values: RecordValues, isStale: boolean): void {
  if (o.protocol === protocol.icmp || o.protocol === protocol.icmp6) {
    if (!isStale) o.icmpType = icmpTypeOf(o.protocol, values);
    return;
  }
  if (isStale) return;
  o.sourcePort = values[slot.sourcePort]! <= 65_535 ? values[slot.sourcePort]! : -1;
  o.destinationPort = values[slot.destinationPort]! <= 65_535 ? values[slot.destinationPort]! : -1;
}

/** Type and code may stand apart, together, or where the destination port of other protocols is. */
function icmpTypeOf(number: number, values: RecordValues): number {
  const type = values[number === protocol.icmp ? slot.icmpType4 : slot.icmpType6]!;
  if (type >= 0) return type & 0xff;
  const together = firstOf(
    values[number === protocol.icmp ? slot.icmp4 : slot.icmp6]!,
    values[slot.icmp4]!,
    values[slot.destinationPort],
  );
  return together < 0 ? -1 : (together >>> 8) & 0xff;
}

/**
 * Where the flow's own counter is there it holds, and not totals: those of Open vSwitch are of all flows together. Some
 * exporters fill the counter of the way out instead of the one of the way in.
 */
function forwardOctets(values: RecordValues): number {
  const own = firstOf(values[slot.octets]!, values[slot.octetsTotal]!, values[slot.initiatorOctets]);
  return own > 0 ? own : firstOf(values[slot.octetsAfter]!, own, values[slot.octetsLayer2]);
}

function setVerdict(o: Observation, values: RecordValues): void {
  const event = values[slot.firewallEvent]!;
  if (event === firewallEvent.denied) o.verdict = verdict.denied;
  // A firewall that tells of the beginning of a connection tells of its end again.
  else if (event === firewallEvent.deleted || event === firewallEvent.updated) o.flows = 0;
  const status = values[slot.forwardingStatus]!;
  if (status >= 0 && aclDrops.has(status & 0xff)) o.verdict = verdict.denied;
}

function openerOf(o: Observation, values: RecordValues): number {
  if (o.protocol !== protocol.tcp) return opener.unknown;
  if (values[slot.initialTcpFlags]! >= 0) return openerOfPacket(values[slot.initialTcpFlags]!);
  if (values[slot.tcpFlags]! < 0) return opener.unknown;
  const packets = firstOf(values[slot.packets]!, values[slot.packetsTotal]!);
  return packets === 1 ? openerOfPacket(values[slot.tcpFlags]!) : openerOfTcpFlags(values[slot.tcpFlags]!);
}

/** A biflow's source is who began it, unless it says otherwise (RFC 5103 section 5). */
function openerOfBiflow(values: RecordValues): number {
  const direction = values[slot.biflowDirection]!;
  if (direction < 0 || direction === biflow.initiator) return opener.source;
  return direction === biflow.reverseInitiator ? opener.destination : opener.unknown;
}

const kept = new Uint32Array(4);

function turnAround(o: Observation): void {
  kept.set(o.source);
  o.source.set(o.destination);
  o.destination.set(kept);
  const { sourceFamily, sourcePort } = o;
  o.sourceFamily = o.destinationFamily;
  o.destinationFamily = sourceFamily;
  o.sourcePort = o.destinationPort;
  o.destinationPort = sourcePort;
}

/** The first that is known; -1 when none is. */
function firstOf(a: number, b: number, c = -1): number {
  return a >= 0 ? a : b >= 0 ? b : c;
}
