import { type Observation, type ObservationSink, observed } from "../observation.ts";
import { type MessageTimes, ofUptime, placeInTime } from "./record-times.ts";
import { openerOfPacket, openerOfTcpFlags, protocol, readAddress } from "./wire-words.ts";

export const netflow5HeaderBytes = 24;
export const netflow5RecordBytes = 48;
const samplingMask = 0x3fff;

/** The time of a header of NetFlow v5: seconds and nanoseconds, beside the exporter's uptime. */
export function netflow5Times(view: DataView, receivedMs: number): MessageTimes {
  const exportMs = view.getUint32(8) * 1000 + Math.min(999, Math.floor(view.getUint32(12) / 1_000_000));
  return { receivedMs, exportMs, uptimeMs: view.getUint32(4) };
}

/** Hands over `count` records, which must be there. The header says how packets were sampled; counts are not scaled. */
export function emitNetflow5(
  o: Observation,
  bytes: Uint8Array,
  view: DataView,
  count: number,
  times: MessageTimes,
  sink: ObservationSink,
): void {
  const sampling = Math.max(1, view.getUint16(22) & samplingMask);
  for (let i = 0, at = netflow5HeaderBytes; i < count; i += 1, at += netflow5RecordBytes) {
    o.clear(bytes, view);
    o.sourceFamily = readAddress(view, at, 4, o.source);
    o.destinationFamily = readAddress(view, at + 4, 4, o.destination);
    o.byteCount = view.getUint32(at + 20);
    if (view.getUint32(at + 16) === 0 && o.byteCount === 0) o.what = observed.other; // a direction in which nothing went
    o.sampling = sampling;
    o.protocol = view.getUint8(at + 38);
    if (o.protocol === protocol.icmp) {
      o.icmpType = view.getUint8(at + 34);
    } else {
      o.sourcePort = view.getUint16(at + 32);
      o.destinationPort = view.getUint16(at + 34);
    }
    const flags = view.getUint8(at + 37);
    if (o.protocol === protocol.tcp) {
      o.opener = view.getUint32(at + 16) === 1 ? openerOfPacket(flags) : openerOfTcpFlags(flags);
    }
    placeInTime(o, ofUptime(view.getUint32(at + 24), times), ofUptime(view.getUint32(at + 28), times), times);
    sink(o);
  }
}
