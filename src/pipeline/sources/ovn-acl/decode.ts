import { readIp } from "../ip-bytes.ts";
import { json, JsonScanner } from "../json-projection.ts";
import { unescapeJson } from "../json-unescape.ts";
import { endpoint, Observation, type ObservationSink, observed, opener, side, text, verdict } from "../observation.ts";
import { protocolNumber } from "../protocol-bytes.ts";
import type { RecordDecoder, RecordError } from "../record-decoder.ts";
import { utf8Bytes, utf8Text } from "../text-bytes.ts";
import { readTime } from "../time-bytes.ts";
import { type AclLine, deciderOfAcl, parseAclLine, readAclName } from "./acl-line.ts";
import { RecentSessions } from "./recent-sessions.ts";

interface Pending {
  readonly line: AclLine;
  /** Names of the ACLs that gave the verdict. */
  readonly deciders: readonly string[];
  readonly timeMs: number;
  /** Between which two calls of `settle` it came. */
  readonly look: number;
}

/** Where a log is one of several. */
export interface AclLogPlace {
  /** Nothing that another log has. */
  readonly name: string;
  readonly sessions: RecentSessions;
}

/** Lines that one packet causes in the stages of the pipeline come within the same millisecond or the next. */
const joinMs = 5;
/** More pending lines than this are handed over unjoined. */
const maxPending = 4096;
const wrapper = new JsonScanner({ message: 0, MESSAGE: 0, log: 0, "@timestamp": 1, timestamp: 1, time: 1 }, 2);

/**
 * One audit-log line. A packet that one stage allows and the next drops gives two lines, and the drop is what happened:
 * an allow is held back until its packet can have no more lines. Lines of one log must come in their order; another log may
 * follow, which is told by its times.
 */
export class AclLogDecoder implements RecordDecoder {
  error: RecordError = "not_acl_log";
  private readonly observation = new Observation();
  private readonly pending = new Map<string, Pending>();
  private readonly sink: ObservationSink;
  private readonly nowMs: () => number;
  private readonly place: AclLogPlace;
  private look = 0;

  /**
   * `nowMs`: when lines come that have no time of their own, of those that are heard live. `place`: for logs that share what is
   * remembered of sessions.
   */
  constructor(
    sink: ObservationSink,
    nowMs: () => number = () => -1,
    place: AclLogPlace = { name: "", sessions: new RecentSessions() },
  ) {
    this.sink = sink;
    this.nowMs = nowMs;
    this.place = place;
  }

  decode(bytes: Uint8Array, view: DataView, at: number): number {
    const end = bytes.indexOf(0x0a, at);
    let outerTime: string | undefined;
    let said: string;
    if (bytes[at] === 0x7b) {
      if (wrapper.scan(bytes, view, at) < 0) return this.refuse(wrapper.error);
      if (wrapper.kind[0] !== json.string && wrapper.kind[0] !== json.escaped) return this.refuse("not_acl_log");
      const copy = bytes.slice(wrapper.from[0], wrapper.to[0]);
      const length = unescapeJson(copy, 0, copy.length);
      if (length < 0) return this.refuse("bad_escape");
      said = utf8Text(copy, 0, length);
      if (wrapper.kind[1] === json.string) outerTime = wrapper.text(bytes, 1);
    } else {
      said = utf8Text(bytes, at, end);
    }
    const line = parseAclLine(said);
    if (line === undefined) return this.refuse("not_acl_log");
    const stated = line.time ?? outerTime ?? /\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)?/.exec(said)?.[0];
    const timeBytes = utf8Bytes(stated ?? "");
    const timeMs = readTime(timeBytes, 0, timeBytes.length);
    if (line.time !== undefined && timeMs < 0) return this.refuse("bad_time");
    const error = this.check(line);
    if (error !== undefined) return this.refuse(error);
    this.join(line, timeMs);
    return end + 1;
  }

  finish(): void {
    this.flush();
  }

  /**
   * Hands over what was held back before the last call: calls have as much time between them as the lines of one packet need,
   * so nothing more comes of it.
   */
  settle(): void {
    for (const [key, held] of this.pending) {
      if (held.look === this.look) break;
      this.pending.delete(key);
      this.emit(held);
    }
    this.look += 1;
  }

  /** Hands over what was held back, as nothing more comes of its packets; the log goes on. */
  flush(): void {
    for (const held of this.pending.values()) this.emit(held);
    this.pending.clear();
  }

  private refuse(error: RecordError): -1 {
    this.error = error;
    return -1;
  }

  private check({ fields }: AclLine): RecordError | undefined {
    const words = new Uint32Array(4);
    for (const key of ["nw_src", "nw_dst", "ipv6_src", "ipv6_dst"]) {
      const value = fields.get(key);
      if (value === undefined) continue;
      const bytes = utf8Bytes(value);
      if (readIp(bytes, 0, bytes.length, words) === 0) return "bad_address";
    }
    for (const key of ["tp_src", "tp_dst"]) {
      const value = fields.get(key);
      if (value !== undefined && !(/^\d{1,5}$/.test(value) && Number(value) <= 65535)) return "bad_port";
    }
    return undefined;
  }

  private join(line: AclLine, timeMs: number): void {
    if (readAclName(line).side !== "egress") {
      this.emit({ line, deciders: [], timeMs, look: this.look });
      return;
    }
    const key = connectionOf(line);
    for (const [heldKey, held] of this.pending) {
      // Without a time, as behind an old syslog header, only the next line can be of the same packet.
      const isNear = timeMs < 0 || held.timeMs < 0 ? heldKey === key : Math.abs(timeMs - held.timeMs) <= joinMs;
      if (isNear && this.pending.size < maxPending) break;
      this.pending.delete(heldKey);
      this.emit(held);
    }
    const held = this.pending.get(key);
    const own = decidingNames(line);
    if (held === undefined) {
      this.pending.set(key, { line, deciders: own, timeMs, look: this.look });
    } else if (weightOf(line) >= weightOf(held.line)) {
      // Same packet, another stage: what it says is what happened, and it replaces a line that says less.
      const isStronger = weightOf(line) > weightOf(held.line);
      this.pending.set(key, {
        line: isStronger || isDrop(line) ? withNamespace(line, held.line) : held.line,
        deciders: isStronger ? own : [...held.deciders, ...own],
        timeMs: held.timeMs,
        look: held.look,
      });
    }
  }

  /** Protocols without a handshake: packets of the same ends within a minute are one session. */
  private isNewSession(line: AclLine, statedMs: number): boolean {
    const timeMs = statedMs < 0 ? this.nowMs() : statedMs;
    const { name, sessions } = this.place;
    return sessions.begins(`${name} ${line.verdict} ${connectionOf(line)}`, timeMs);
  }

  private emit({ line, deciders, timeMs }: Pending): void {
    const { observation: o } = this;
    const { namespace = "", side: named } = readAclName(line);
    const { fields } = line;
    const [source, destination] = [
      fields.get("nw_src") ?? fields.get("ipv6_src"),
      fields.get("nw_dst") ?? fields.get("ipv6_dst"),
    ];
    const bytes = new Uint8Array(namespace.length * 3 + 64);
    const encoded = utf8Bytes(namespace);
    bytes.set(encoded);
    o.clear(bytes, new DataView(bytes.buffer));
    o.setText(text.namespace, 0, encoded.length);
    if (source !== undefined) o.sourceFamily = readIp(utf8Bytes(source), 0, source.length, o.source);
    if (destination !== undefined)
      o.destinationFamily = readIp(utf8Bytes(destination), 0, destination.length, o.destination);
    o.what = destination === undefined ? observed.other : observed.flow;
    o.sourceIs = endpoint.pod;
    o.side = named === "egress" ? side.egress : named === "ingress" ? side.ingress : side.unknown;
    o.protocol = protocolNumber(line.protocol);
    o.sourcePort = Number(fields.get("tp_src") ?? -1);
    o.destinationPort = Number(fields.get("tp_dst") ?? -1);
    o.icmpType = Number(fields.get("icmp_type") ?? -1);
    // Only the initiator's direction is logged.
    o.opener = named === "egress" ? opener.source : opener.unknown;
    if (isDrop(line)) o.verdict = verdict.denied;
    else if (line.verdict.startsWith("allow")) o.verdict = verdict.allowed;
    for (const name of deciders) {
      const decider = deciderOfAcl(name);
      if (decider !== undefined) o.addDecider(decider);
    }
    // One line per packet: the first packet of a connection or session is its count.
    const isTcp = line.protocol.startsWith("tcp");
    o.flows = (isTcp ? opensConnection(fields.get("tcp_flags")) : this.isNewSession(line, timeMs)) ? 1 : 0;
    o.startMs = o.endMs = timeMs;
    this.sink(o);
  }
}

/** A SYN without ACK, whatever else it asks for (`syn|ece|cwr`: congestion notification). */
function opensConnection(flags = ""): boolean {
  const names = flags.split("|");
  return names.includes("syn") && !names.includes("ack");
}

function isDrop({ verdict: said }: AclLine): boolean {
  return said === "drop" || said === "reject";
}

/** A drop is what happened, whatever other stages say; one that allows says more than one that passes the packet on. */
function weightOf(line: AclLine): number {
  return isDrop(line) ? 2 : line.verdict.startsWith("allow") ? 1 : 0;
}

/** A stage that passes a packet on decides nothing. */
function decidingNames(line: AclLine): readonly string[] {
  return isDrop(line) || line.verdict.startsWith("allow") ? [line.name] : [];
}

/** The namespace may stand in the name of only one of a packet's two lines. */
function withNamespace(line: AclLine, earlier: AclLine): AclLine {
  return readAclName(line).namespace === undefined && readAclName(earlier).namespace !== undefined
    ? { ...line, name: earlier.name, direction: earlier.direction }
    : line;
}

function connectionOf({ protocol, fields }: AclLine): string {
  const keys = ["nw_src", "nw_dst", "ipv6_src", "ipv6_dst", "tp_src", "tp_dst", "icmp_type", "icmp_code", "tcp_flags"];
  return [protocol, ...keys.map((key) => fields.get(key) ?? "")].join(" ");
}
