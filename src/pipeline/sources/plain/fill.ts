import { readIp } from "../ip-bytes.ts";
import { readWhole } from "../number-bytes.ts";
import { endpoint, type Observation, observed, opener, side, text, verdict } from "../observation.ts";
import { readProtocol } from "../protocol-bytes.ts";
import type { RecordError } from "../record-decoder.ts";
import { utf8Text } from "../text-bytes.ts";
import { readTime } from "../time-bytes.ts";
import { columnSlot as slot } from "./columns.ts";

/** Times from here on are milliseconds: as seconds they would lie beyond the year 5000. */
const firstMillisecondTime = 100_000_000_000;
/** From here on it must be microseconds or nanoseconds: as milliseconds they would lie beyond the year 5000, too. */
const firstMicrosecondTime = 100_000_000_000_000;

const verdicts: Readonly<Record<string, number>> = {
  "": verdict.seen,
  seen: verdict.seen,
  unknown: verdict.seen,
  allow: verdict.allowed,
  allowed: verdict.allowed,
  accept: verdict.allowed,
  accepted: verdict.allowed,
  forwarded: verdict.allowed,
  deny: verdict.denied,
  denied: verdict.denied,
  drop: verdict.denied,
  dropped: verdict.denied,
  reject: verdict.denied,
  rejected: verdict.denied,
};

/**
 * Fills an observation from the columns of a plain record, each a range of `o.bytes` (empty: absent).
 * @returns what is wrong, or undefined
 */
export function fillPlain(o: Observation, from: Int32Array, to: Int32Array): RecordError | undefined {
  const { bytes } = o;
  const has = (index: number): boolean => to[index]! > from[index]!;
  const word = (index: number): string => utf8Text(bytes, from[index]!, Math.min(to[index]!, from[index]! + 64));
  o.setText(text.cluster, from[slot.cluster]!, to[slot.cluster]!);
  o.setText(text.namespace, from[slot.namespace]!, to[slot.namespace]!);
  o.setText(text.pod, from[slot.pod]!, to[slot.pod]!);
  if (has(slot.workload)) {
    const slash = bytes.subarray(from[slot.workload], to[slot.workload]).indexOf(0x2f);
    const name = from[slot.workload]! + slash + 1;
    if (slash > 0) o.setText(text.ownerKind, from[slot.workload]!, name - 1);
    o.setText(text.ownerName, slash < 0 ? from[slot.workload]! : name, to[slot.workload]!);
  }
  if (has(slot.source)) {
    o.sourceFamily = readIp(bytes, from[slot.source]!, to[slot.source]!, o.source);
    if (o.sourceFamily === 0) return "bad_address";
  }
  o.sourceIs = endpoint.pod;
  o.side = side.egress;
  o.opener = opener.source;
  if (!has(slot.destination)) return "missing_destination";
  if (!readDestination(o, from[slot.destination]!, to[slot.destination]!)) return "bad_address";
  if (has(slot.count)) {
    o.flows = readWhole(bytes, from[slot.count]!, to[slot.count]!);
    if (o.flows < 0) return "bad_number";
  }
  const isEvidence = o.flows === 0;
  if (!readPort(o, from, to, has(slot.port), has(slot.protocol)) && !isEvidence) return "bad_port";
  if (o.protocol < 0 && !isEvidence) return "bad_protocol";
  if (has(slot.name)) {
    o.nameFrom[0] = from[slot.name]!;
    o.nameTo[0] = to[slot.name]!;
    o.nameCount = 1;
  }
  if (has(slot.bytes)) {
    o.byteCount = readWhole(bytes, from[slot.bytes]!, to[slot.bytes]!);
    if (o.byteCount < 0) return "bad_number";
  }
  if (has(slot.time)) o.startMs = readWhen(bytes, from[slot.time]!, to[slot.time]!);
  o.endMs = has(slot.last) ? readWhen(bytes, from[slot.last]!, to[slot.last]!) : o.startMs;
  if ((has(slot.time) && o.startMs < 0) || (has(slot.last) && o.endMs < 0)) return "bad_time";
  if (o.startMs < 0) o.startMs = o.endMs;
  const said = word(slot.verdict).trim().toLowerCase();
  if (!Object.hasOwn(verdicts, said)) return "bad_verdict";
  o.verdict = verdicts[said]!;
  if (isEvidence) becomeAnswer(o);
  return undefined;
}

/** A count of 0 says that nothing was sent: the record only tells which name stood for the address. */
function becomeAnswer(o: Observation): void {
  o.what = observed.dnsAnswer;
  o.answerCount = o.nameCount > 0 && o.prefixLength < 0 ? 1 : 0;
  o.answerFamily[0] = o.destinationFamily;
  o.answers.set(o.destination, 0);
}

/** An address, or a block whose host bits are cleared, as a policy would use it. */
function readDestination(o: Observation, from: number, to: number): boolean {
  const { bytes } = o;
  const slash = bytes.subarray(from, to).indexOf(0x2f);
  o.destinationFamily = readIp(bytes, from, slash < 0 ? to : from + slash, o.destination);
  if (o.destinationFamily === 0 || slash < 0) return o.destinationFamily !== 0;
  const length = readWhole(bytes, from + slash + 1, to);
  const bits = o.destinationFamily === 4 ? 32 : 128;
  if (length < 0 || length > bits) return false;
  if (length < bits) o.prefixLength = length;
  for (let word = 0; word < bits / 32; word += 1) {
    const kept = Math.min(32, Math.max(0, length - 32 * word));
    o.destination[word] = kept === 0 ? 0 : o.destination[word]! & (-1 << (32 - kept));
  }
  return true;
}

/** `443`, or `443/tcp` in the port's column; TCP when only a port is given. False for a port that is none. */
function readPort(o: Observation, from: Int32Array, to: Int32Array, hasPort: boolean, hasProtocol: boolean): boolean {
  const { bytes } = o;
  if (hasProtocol) o.protocol = readProtocol(bytes, from[slot.protocol]!, to[slot.protocol]!);
  if (hasPort) {
    const slash = bytes.subarray(from[slot.port], to[slot.port]).indexOf(0x2f);
    const end = slash < 0 ? to[slot.port]! : from[slot.port]! + slash;
    o.destinationPort = readWhole(bytes, from[slot.port]!, end);
    if (o.destinationPort < 0 || o.destinationPort > 65535) return false;
    if (slash >= 0) o.protocol = readProtocol(bytes, end + 1, to[slot.port]!);
    else if (!hasProtocol) o.protocol = 6;
  }
  const needsPort = o.protocol === 6 || o.protocol === 17 || o.protocol === 132;
  return !needsPort || hasPort;
}

/** -1 for what is no time; numbers may count seconds or milliseconds, not smaller units. */
function readWhen(bytes: Uint8Array, from: number, to: number): number {
  const number = readWhole(bytes, from, to);
  if (number < 0) return readTime(bytes, from, to);
  if (number >= firstMicrosecondTime) return -1;
  return number >= firstMillisecondTime ? number : number * 1000;
}
