import type { Observation } from "../observation.ts";
import { slot } from "./elements.ts";
import type { RecordValues } from "./record-values.ts";

/** When a message was made and came; `uptimeMs` is the exporter's at that moment, -1 where the message does not say. */
export interface MessageTimes {
  readonly receivedMs: number;
  readonly exportMs: number;
  readonly uptimeMs: number;
}

/** Clocks differ; more than this is a clock that was never set, and its times are moved by the difference. */
const skewMs = 5 * 60_000;
/** Flows are reported at the latest after the active timeout, mostly minutes. What claims more is not believed. */
const latestReportMs = 24 * 3_600_000;
const longestFlowMs = 24 * 3_600_000;
/** Seconds from 1900, where the time of NTP begins, to 1970. */
const ntpEpochSeconds = 2_208_988_800;
const ntpFraction = 2 ** 32;

/**
 * Sets the times of a flow from whatever elements its record has. Exporters' clocks are often wrong: times are read
 * against the time of export, and where that is far from the time of arrival, moved by as much; a time that is still
 * impossible gives way to the time of arrival.
 * @param systemStartMs when the exporter was started, as its options say; -1 when unknown
 */
export function setRecordTimes(o: Observation, values: RecordValues, times: MessageTimes, systemStartMs: number): void {
  // What most exporters send.
  if (values[slot.startMs]! >= 0 && values[slot.endMs]! >= 0) {
    placeInTime(o, values[slot.startMs]!, values[slot.endMs]!, times);
    return;
  }
  const stated = values[slot.systemStartMs]!;
  const startedMs = stated > 0 ? stated : systemStartMs;
  const observed =
    values[slot.observedMs]! >= 0
      ? values[slot.observedMs]!
      : values[slot.observedSeconds]! >= 0
        ? values[slot.observedSeconds]! * 1000
        : -1;
  const start = boundary(
    values[slot.startMs]!,
    values[slot.startSeconds]!,
    values[slot.startNtpMicro]! >= 0 ? values[slot.startNtpMicro]! : values[slot.startNtpNano]!,
    values[slot.startDelta]!,
    values[slot.startUptime]!,
    times,
    startedMs,
  );
  const end = boundary(
    values[slot.endMs]!,
    values[slot.endSeconds]!,
    values[slot.endNtpMicro]! >= 0 ? values[slot.endNtpMicro]! : values[slot.endNtpNano]!,
    values[slot.endDelta]!,
    values[slot.endUptime]!,
    times,
    startedMs,
  );
  placeInTime(o, start >= 0 ? start : observed, end >= 0 ? end : observed, times);
}

/** Milliseconds since the epoch by the exporter's clock; -1 when none of the forms is there. */
function boundary(
  ms: number,
  seconds: number,
  ntp: number,
  deltaMicroseconds: number,
  uptime: number,
  times: MessageTimes,
  startedMs: number,
): number {
  if (ms >= 0) return ms;
  if (seconds >= 0) return seconds * 1000;
  if (ntp >= 0) return (ntp / ntpFraction - ntpEpochSeconds) * 1000;
  if (deltaMicroseconds >= 0) return times.exportMs - deltaMicroseconds / 1000;
  if (uptime >= 0 && times.uptimeMs >= 0) return ofUptime(uptime, times);
  return uptime >= 0 && startedMs >= 0 ? startedMs + uptime : -1;
}

/** Of an uptime in milliseconds, a counter of 32 bits that may have wrapped since. */
export function ofUptime(uptime: number, times: MessageTimes): number {
  return times.exportMs - Math.max(0, (times.uptimeMs - uptime) | 0);
}

/** Sets the times, which are by the exporter's clock; -1 where one is unknown. */
export function placeInTime(o: Observation, startMs: number, endMs: number, times: MessageTimes): void {
  const { receivedMs, exportMs } = times;
  const shift = Math.abs(receivedMs - exportMs) > skewMs ? receivedMs - exportMs : 0;
  const end = Math.floor((endMs >= 0 ? endMs : startMs) + shift);
  const isKnown = endMs >= 0 || startMs >= 0;
  if (!isKnown || !(end <= receivedMs + skewMs && end >= receivedMs - latestReportMs)) {
    o.startMs = o.endMs = receivedMs;
    return;
  }
  const start = Math.floor((startMs >= 0 ? startMs : endMs) + shift);
  o.endMs = end;
  o.startMs = start <= end && end - start <= longestFlowMs ? start : end;
}
