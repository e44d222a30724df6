import { intervalSet } from "../../../net/interval-set.ts";
import { anyL4, l4Ports, l4Protocol, type L4Set, type PortProtocol } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";
import type { Dialect } from "./dialect.ts";

export interface ReadPorts {
  /** {@link anyL4} itself where nothing is asked for. */
  readonly l4: L4Set;
  /** Ports by name are among them, which only pods have. */
  readonly hasNames: boolean;
}

const protocolsByWord: Readonly<Record<string, PortProtocol>> = { TCP: "tcp", UDP: "udp", SCTP: "sctp" };
const portProtocols: readonly PortProtocol[] = ["tcp", "udp", "sctp"];

/** Any port: which number a pod gives the name is not known here. */
const anyPort: L4Set = portProtocols.flatMap((protocol) => l4Protocol(protocol));

/** `ports` of v1alpha1, `protocols` of v1alpha2; entries are ORed. */
export function readPorts(inspection: Inspection, value: unknown, path: Path, dialect: Dialect): ReadPorts {
  if (value === undefined) return { l4: anyL4, hasNames: false };
  const list = inspection.list(value, path);
  if (list === undefined) return { l4: [], hasNames: false };
  if (list.length > dialect.maxPorts) {
    inspection.report("anp_count", path, `${list.length} entries, and at most ${dialect.maxPorts} are accepted`);
  }
  if (list.length === 0) {
    // The bundle that OpenShift ships has no lower limit, and no entry restricts nothing.
    if (dialect.kind !== "ClusterNetworkPolicy") return { l4: anyL4, hasNames: false };
    inspection.report("anp_count", path, "the list is empty");
  }
  let hasNames = false;
  const sets = list.flatMap((entry, i): L4Set => {
    const at = [...path, i];
    const fields = inspection.fields(entry ?? {}, at);
    if (fields === undefined) return [];
    const read =
      dialect.portsField === "ports" ? readPort(inspection, fields, at) : readProtocol(inspection, fields, at);
    if (read !== "named") return read;
    hasNames = true;
    return anyPort;
  });
  return { l4: intervalSet(sets), hasNames };
}

/** The one field of an entry that must have exactly one. */
function onlyField(inspection: Inspection, fields: Fields, known: readonly string[], path: Path): string | undefined {
  inspection.unknownFields(fields, known, path);
  const set = known.filter((name) => field(fields, name) !== undefined);
  if (set.length === 1) return set[0];
  const message = set.length === 0 ? "the entry is empty" : `${set.map(quoted).join(" and ")} stand together`;
  inspection.report("anp_port_count", path, `${message}: set exactly one of ${known.map(quoted).join(", ")}`);
  return undefined;
}

function readPort(inspection: Inspection, entry: Fields, path: Path): L4Set | "named" {
  const name = onlyField(inspection, entry, ["portNumber", "portRange", "namedPort"], path);
  if (name === undefined) return [];
  const at = [...path, name];
  if (name === "namedPort") return readName(inspection, field(entry, name), at);
  const fields = inspection.fields(field(entry, name), at);
  if (fields === undefined) return [];
  inspection.unknownFields(fields, name === "portNumber" ? ["protocol", "port"] : ["protocol", "start", "end"], at);
  const word = field(fields, "protocol");
  const text = word === undefined ? "TCP" : inspection.text(word, [...at, "protocol"]);
  if (text === undefined) return [];
  const protocol = Object.hasOwn(protocolsByWord, text) ? protocolsByWord[text]! : undefined;
  if (protocol === undefined) {
    const message = `${quoted(text)} is none of \`TCP\`, \`UDP\`, \`SCTP\``;
    inspection.report("anp_protocol", [...at, "protocol"], message);
    return [];
  }
  return name === "portNumber"
    ? readNumber(inspection, fields, "port", at, protocol)
    : readRange(inspection, fields, at, protocol, false);
}

/** v1alpha2: `tcp: {destinationPort: {number: 443}}`. */
function readProtocol(inspection: Inspection, entry: Fields, path: Path): L4Set | "named" {
  const name = onlyField(inspection, entry, [...portProtocols, "destinationNamedPort"], path);
  if (name === undefined) return [];
  const at = [...path, name];
  if (name === "destinationNamedPort") return readName(inspection, field(entry, name), at);
  const protocol = portProtocols.find((each) => each === name)!;
  const fields = inspection.fields(field(entry, name), at);
  if (fields === undefined) return [];
  inspection.unknownFields(fields, ["destinationPort"], at);
  const written = field(fields, "destinationPort");
  if (written === undefined) {
    inspection.report("anp_port_count", at, "the entry is empty: set `destinationPort`");
    return [];
  }
  const place = [...at, "destinationPort"];
  const port = inspection.fields(written, place);
  if (port === undefined) return [];
  const which = onlyField(inspection, port, ["number", "range"], place);
  if (which === undefined) return [];
  if (which === "number") return readNumber(inspection, port, "number", place, protocol);
  const range = inspection.fields(field(port, "range"), [...place, "range"]);
  if (range === undefined) return [];
  inspection.unknownFields(range, ["start", "end"], [...place, "range"]);
  return readRange(inspection, range, [...place, "range"], protocol, true);
}

function portAt(inspection: Inspection, fields: Fields, name: string, path: Path): number | undefined {
  const value = field(fields, name);
  if (value === undefined) {
    inspection.missing(path, name);
    return undefined;
  }
  const port = inspection.integer(value, [...path, name]);
  if (port === undefined) return undefined;
  if (port >= 1 && port <= 65535) return port;
  inspection.report("anp_port", [...path, name], `port ${quoted(port)} is not between 1 and 65535`);
  return undefined;
}

function readNumber(inspection: Inspection, fields: Fields, name: string, path: Path, protocol: PortProtocol): L4Set {
  const port = portAt(inspection, fields, name, path);
  return port === undefined ? [] : [l4Ports(protocol, port)];
}

/** @param isStrict the API server refuses a range of one port (v1alpha2) */
function readRange(
  inspection: Inspection,
  fields: Fields,
  path: Path,
  protocol: PortProtocol,
  isStrict: boolean,
): L4Set {
  const start = portAt(inspection, fields, "start", path);
  const end = portAt(inspection, fields, "end", path);
  if (start === undefined || end === undefined) return [];
  if (start < end || (start === end && !isStrict)) return [l4Ports(protocol, start, end)];
  const message = `the range from ${start} to ${end} does not ascend`;
  inspection.report(isStrict ? "cnp_port_range" : "anp_port_range", path, message);
  return [];
}

function readName(inspection: Inspection, value: unknown, path: Path): L4Set | "named" {
  const text = inspection.text(value, path);
  if (text === undefined) return [];
  inspection.report("anp_named_port", path, `${quoted(text)} is a port name`);
  return "named";
}
