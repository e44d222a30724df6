import { intervalSet } from "../../../net/interval-set.ts";
import { type L4Set, l4Ports, l4Protocol, type PortProtocol } from "../../../net/l4.ts";
import { printable, quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import { readName, type ReadName } from "./names.ts";

/** Ports that are open as they stand, or on a condition that is about the connection and that no record tells. */
export interface PortsPart {
  readonly l4: L4Set;
  readonly condition: string | undefined;
}

export interface ReadPorts {
  readonly parts: readonly PortsPart[];
  /** What the proxy looks at besides, `http rules`; such a rule allows a connection and not all that is said on it. */
  readonly limitedBy: readonly string[];
  /** Names that pods may ask DNS for through this rule. */
  readonly asked: readonly ReadName[];
}

const portFields = ["ports", "rules", "serverNames", "listener", "terminatingTLS", "originatingTLS"];
/** Of one entry of `toPorts`. */
export const mostPorts = 40;

/** `toPorts`. An `egressDeny` only has `ports`. */
export function readToPorts(
  inspection: Inspection,
  value: unknown,
  path: Path,
  isDeny: boolean,
): ReadPorts | undefined {
  const list = inspection.list(value, path);
  if (list === undefined) return undefined;
  const read = list.map((item, i) => readPortRule(inspection, item, [...path, i], isDeny));
  const parts = read.flatMap((each) => each.parts);
  const plain = intervalSet(parts.flatMap(({ l4, condition }) => (condition === undefined ? l4 : [])));
  const conditional = parts.filter(({ condition }) => condition !== undefined);
  return {
    parts: [
      ...(plain.length > 0 || conditional.length === 0 ? [{ l4: plain, condition: undefined }] : []),
      ...conditional,
    ],
    limitedBy: [...new Set(read.flatMap(({ limitedBy }) => limitedBy))],
    asked: read.flatMap(({ asked }) => asked),
  };
}

function readPortRule(inspection: Inspection, value: unknown, path: Path, isDeny: boolean): ReadPorts {
  const none: ReadPorts = { parts: [], limitedBy: [], asked: [] };
  const rule = inspection.fields(value ?? {}, path);
  if (rule === undefined) return none;
  inspection.unknownFields(rule, isDeny ? ["ports"] : portFields, path);
  const written = field(rule, "ports");
  const ports = written === undefined ? [] : (inspection.list(written, [...path, "ports"]) ?? []);
  if (ports.length === 0) inspection.report("cilium_ports_empty", path, "the entry names no port");
  if (ports.length > mostPorts) {
    inspection.report("cilium_ports_many", [...path, "ports"], `there are ${ports.length} ports`);
  }
  const kinds = isDeny ? [] : requestRules(inspection, field(rule, "rules"), [...path, "rules"]);
  const read = ports.map((port, i) => readPort(inspection, port, [...path, "ports", i], kinds[0]));
  const limitedBy = kinds.filter((kind) => kind !== "dns").map((kind) => `${kind} rules`);
  if (field(rule, "listener") !== undefined) limitedBy.push("a listener of Envoy");
  const names = isDeny ? undefined : readServerNames(inspection, rule, path);
  const looksInside = names === undefined ? limitedBy : [...limitedBy, "server names"];
  if (looksInside.length > 0) {
    inspection.report(
      "cilium_l7_rules",
      path,
      `what is said on the connection is limited by ${looksInside.join(" and ")}`,
    );
  }
  const parts = [{ l4: intervalSet(read.flat()), condition: names }];
  const asked = kinds[0] === "dns" ? readAsked(inspection, field(rule, "rules"), [...path, "rules"]) : [];
  return { parts, limitedBy, asked };
}

/** Names that the TLS handshake must ask for: the agents' proxy ends any other connection. */
function readServerNames(inspection: Inspection, rule: Fields, path: Path): string | undefined {
  const value = field(rule, "serverNames");
  const list = value === undefined ? [] : (inspection.list(value, [...path, "serverNames"]) ?? []);
  const names = list.flatMap((item, i) => inspection.text(item, [...path, "serverNames", i]) ?? []);
  if (list.length === 0) return undefined;
  return `TLS for ${[...new Set(names)].toSorted().map(printable).join(", ")}`;
}

const requestKinds = ["dns", "http", "kafka", "l7proto"] as const;
type RequestKind = (typeof requestKinds)[number];

function requestRules(inspection: Inspection, value: unknown, path: Path): readonly RequestKind[] {
  if (value === undefined) return [];
  const rules = inspection.fields(value, path);
  if (rules === undefined) return [];
  inspection.unknownFields(rules, [...requestKinds, "l7"], path);
  const kinds = requestKinds.filter((name) => field(rules, name) !== undefined);
  if (kinds.length > 1) inspection.report("cilium_l7_count", path, `there are ${kinds.join(" and ")} rules`);
  return kinds.slice(0, 1);
}

function readAsked(inspection: Inspection, value: unknown, path: Path): readonly ReadName[] {
  const rules = inspection.fields(value, path);
  const list = rules === undefined ? undefined : inspection.list(field(rules, "dns"), [...path, "dns"]);
  return (list ?? []).flatMap((item, i) => readName(inspection, item, [...path, "dns", i]) ?? []);
}

const protocols: Readonly<Record<string, readonly PortProtocol[]>> = {
  TCP: ["tcp"],
  UDP: ["udp"],
  SCTP: ["sctp"],
  ANY: ["tcp", "udp", "sctp"],
};

function readPort(inspection: Inspection, value: unknown, path: Path, request: RequestKind | undefined): L4Set {
  const entry = inspection.fields(value ?? {}, path);
  if (entry === undefined) return [];
  inspection.unknownFields(entry, ["port", "endPort", "protocol"], path);
  const spoken = readProtocols(inspection, field(entry, "protocol"), [...path, "protocol"]);
  const written = field(entry, "port");
  if (written === undefined) inspection.missing(path, "port");
  const text = written === undefined ? undefined : inspection.text(written, [...path, "port"]);
  if (text === undefined || spoken === undefined) return [];
  const isTcp = spoken.length === 1 && spoken[0] === "tcp";
  if (request !== undefined && request !== "dns" && !isTcp) {
    inspection.report("cilium_l7_protocol", path, `${request} rules stand on a port that is not \`TCP\` alone`);
  }
  const range = readRange(inspection, text, entry, path);
  if (range === undefined) return [];
  const isWide = range === "all" || (request === "dns" && range.last > range.first);
  if (request !== undefined && isWide) {
    inspection.report(
      "cilium_l7_protocol",
      path,
      `${request} rules do not work with ${range === "all" ? "port 0" : "a range"}`,
    );
  }
  return spoken.map((one) => (range === "all" ? l4Protocol(one) : l4Ports(one, range.first, range.last)));
}

function readRange(
  inspection: Inspection,
  text: string,
  entry: Fields,
  path: Path,
): { readonly first: number; readonly last: number } | "all" | undefined {
  if (isServiceName(text)) {
    inspection.report("cilium_port_named", [...path, "port"], `${quoted(text)} is a port name`);
    return undefined;
  }
  const first = /^[0-9]{1,5}$/.test(text) ? Number(text) : 65536;
  if (first > 65535) {
    inspection.report("cilium_port", [...path, "port"], `${quoted(text)} is not a port`);
    return undefined;
  }
  if (first === 0) return "all";
  const end = field(entry, "endPort");
  const last = end === undefined ? first : (inspection.integer(end, [...path, "endPort"]) ?? first);
  if (last > 65535) {
    inspection.report("cilium_port", [...path, "endPort"], `${quoted(last)} is not a port`);
    return undefined;
  }
  if (last < first && last !== 0) {
    const message = `\`endPort\` ${quoted(last)} is below \`port\` ${first}`;
    inspection.report("cilium_end_port", [...path, "endPort"], message);
  }
  return { first, last: Math.max(first, last) };
}

function readProtocols(inspection: Inspection, value: unknown, path: Path): readonly PortProtocol[] | undefined {
  const text = value === undefined ? "ANY" : inspection.text(value, path);
  if (text === undefined) return undefined;
  if (Object.hasOwn(protocols, text)) return protocols[text];
  inspection.report("cilium_protocol", path, `${quoted(text)} is none of \`TCP\`, \`UDP\`, \`SCTP\`, \`ANY\``);
  return undefined;
}

/** An IANA service name: letters, digits and single `-`, with a letter. */
function isServiceName(text: string): boolean {
  return text.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/i.test(text) && /[a-z]/i.test(text);
}
