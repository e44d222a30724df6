import { intersect, type Interval, intervalSet, subtract } from "../../../net/interval-set.ts";
import type { Family } from "../../../net/ip.ts";
import { anyL4, type L4Set, l4Ports, l4Protocol, type Protocol } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import { mostPorts } from "./draft.ts";

/** Protocols and ports of a rule, and the address families they go with. */
export interface Traffic {
  readonly l4: L4Set;
  readonly families: readonly Family[];
  /** Only some of it is meant: one kind of ICMP message, one of the protocols without ports. */
  readonly isPart: boolean;
  /** Of a port that is told by name, which only pods have. */
  readonly isOfPods: boolean;
}

const both: readonly Family[] = [4, 6];

interface ProtocolMatch {
  readonly protocol: Protocol;
  readonly families: readonly Family[];
  readonly isPart: boolean;
}

const named: Readonly<Record<string, ProtocolMatch>> = {
  tcp: { protocol: "tcp", families: both, isPart: false },
  udp: { protocol: "udp", families: both, isPart: false },
  sctp: { protocol: "sctp", families: both, isPart: false },
  icmp: { protocol: "icmp", families: [4], isPart: false },
  icmpv6: { protocol: "icmp", families: [6], isPart: false },
  udplite: { protocol: "other", families: both, isPart: true },
};
const numbered: Readonly<Record<number, string>> = { 1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 132: "sctp" };

/** What a rule says about protocol, IP version, ICMP and the ports of its destination. */
export function readTraffic(
  inspection: Inspection,
  rule: Fields,
  destination: Fields,
  path: Path,
): readonly Traffic[] | undefined {
  const version = field(rule, "ipVersion");
  if (version !== undefined && version !== 4 && version !== 6) {
    inspection.report("calico_ip_version", [...path, "ipVersion"], `${quoted(version)} is neither 4 nor 6`);
    return undefined;
  }
  const families: readonly Family[] = version === undefined ? both : [version];
  const protocol = readProtocol(inspection, rule, "protocol", path);
  const except = readProtocol(inspection, rule, "notProtocol", path);
  if (protocol === "invalid" || except === "invalid") return undefined;
  const ports = readPorts(inspection, destination, "ports", [...path, "destination"]);
  const notPorts = readPorts(inspection, destination, "notPorts", [...path, "destination"]);
  const isIcmpPart = field(rule, "icmp") !== undefined || field(rule, "notICMP") !== undefined;
  const withIcmp = isIcmpPart ? [{ ...whole([l4Protocol("icmp")], families), isPart: true }] : [];

  if (protocol === undefined) {
    if (ports !== undefined || notPorts !== undefined) {
      inspection.report("calico_ports_without_protocol", [...path, "destination"], "there are ports and no protocol");
      return undefined;
    }
    const rest = isIcmpPart ? subtract(anyL4, [l4Protocol("icmp")]) : anyL4;
    return [...withIcmp, ...without(rest, except, families)].filter(isSomething);
  }
  const own = protocol.families.filter((family) => families.includes(family));
  const points = l4Protocol(protocol.protocol);
  if (ports === undefined && notPorts === undefined) {
    const isPart = protocol.isPart || isIcmpPart;
    return without([points], except, own)
      .map((each) => ({ ...each, isPart: each.isPart || isPart }))
      .filter(isSomething);
  }
  const { protocol: carrier } = protocol;
  if (carrier !== "tcp" && carrier !== "udp" && carrier !== "sctp") {
    inspection.report("calico_ports_without_protocol", [...path, "destination"], "the protocol has no ports");
    return undefined;
  }
  const numbers = (list: PortList): L4Set =>
    intervalSet(list.ranges.map(({ first, last }) => l4Ports(carrier, first, last)));
  const wanted = ports === undefined ? [points] : numbers(ports);
  const left = notPorts === undefined ? wanted : subtract(wanted, numbers(notPorts));
  const result = without(left, except, own);
  if (ports?.hasNames === true) result.push({ ...whole([points], own), isOfPods: true });
  return result.filter(isSomething);
}

function whole(l4: L4Set, families: readonly Family[]): Traffic {
  return { l4, families, isPart: false, isOfPods: false };
}

function isSomething({ l4, families }: Traffic): boolean {
  return l4.length > 0 && families.length > 0;
}

/** Takes `notProtocol` away. Of a protocol that the model only knows among others, nobody can say what is left. */
function without(l4: L4Set, except: ProtocolMatch | undefined, families: readonly Family[]): Traffic[] {
  if (except === undefined) return [whole(l4, families)];
  const points: L4Set = [l4Protocol(except.protocol)];
  const touched = families.filter((family) => except.families.includes(family));
  const untouched = families.filter((family) => !except.families.includes(family));
  return [
    whole(subtract(l4, points), touched),
    whole(l4, untouched),
    ...(except.isPart ? [{ ...whole(intersect(l4, points), touched), isPart: true }] : []),
  ];
}

function readProtocol(
  inspection: Inspection,
  rule: Fields,
  name: "protocol" | "notProtocol",
  path: Path,
): ProtocolMatch | undefined | "invalid" {
  const value = field(rule, name);
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 255) {
    const known = numbered[value];
    return known === undefined ? { protocol: "other", families: both, isPart: true } : named[known];
  }
  const word = typeof value === "string" ? value.toLowerCase() : "";
  if (Object.hasOwn(named, word)) return named[word];
  inspection.report("calico_protocol", [...path, name], `${quoted(value)} is not a protocol`);
  return "invalid";
}

interface PortList {
  readonly ranges: readonly Interval<number>[];
  readonly hasNames: boolean;
}

function readPorts(
  inspection: Inspection,
  destination: Fields,
  name: "ports" | "notPorts",
  path: Path,
): PortList | undefined {
  const value = field(destination, name);
  const list = value === undefined ? [] : (inspection.list(value, [...path, name]) ?? []);
  // An empty list is no condition.
  if (list.length === 0) return undefined;
  if (list.length > mostPorts) {
    const message = `${list.length} ports stand in one list that holds ${mostPorts}`;
    inspection.report("calico_too_many", [...path, name], message);
  }
  const ranges: Interval<number>[] = [];
  let hasNames = false;
  for (const [i, item] of list.entries()) {
    const at = [...path, name, i];
    const range = portRange(item);
    if (range !== undefined) ranges.push(range);
    else if (typeof item === "string" && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(item) && /[a-z]/.test(item)) {
      inspection.report("calico_named_port", at, `${quoted(item)} is a port name`);
      hasNames = true;
    } else inspection.report("calico_port", at, `${quoted(item)} is neither a port, a range nor a port name`);
  }
  return { ranges, hasNames };
}

/** `443`, `"443"`, `"8000:8080"`. */
function portRange(value: unknown): Interval<number> | undefined {
  const match = /^([0-9]{1,5})(?::([0-9]{1,5}))?$/.exec(
    typeof value === "number" ? String(value) : typeof value === "string" ? value : "",
  );
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first >= 1 && first <= last && last <= 65535 ? { first, last } : undefined;
}
