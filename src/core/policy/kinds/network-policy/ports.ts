import { intervalSet } from "../../../net/interval-set.ts";
import { anyL4, type L4Set, l4Ports, l4Protocol, type PortProtocol } from "../../../net/l4.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import { field, type Fields, type Inspection } from "../inspection.ts";

const protocols: Readonly<Record<string, PortProtocol>> = { TCP: "tcp", UDP: "udp", SCTP: "sctp" };

/** `ports` of a rule; {@link anyL4} itself where it is absent or empty. */
export function readPorts(inspection: Inspection, value: unknown, path: Path): L4Set {
  if (value === undefined) return anyL4;
  const ports = inspection.list(value, path);
  if (ports === undefined) return [];
  if (ports.length === 0) return anyL4;
  return intervalSet(ports.flatMap((port, i) => readPort(inspection, port, [...path, i]) ?? []));
}

function readPort(inspection: Inspection, value: unknown, path: Path): ReturnType<typeof l4Ports> | undefined {
  const entry = inspection.fields(value ?? {}, path);
  if (entry === undefined) return undefined;
  inspection.unknownFields(entry, ["protocol", "port", "endPort"], path);
  const protocol = readProtocol(inspection, field(entry, "protocol"), [...path, "protocol"]);
  if (protocol === undefined) return undefined;
  const port = field(entry, "port");
  if (port === undefined) {
    if (field(entry, "endPort") === undefined) return l4Protocol(protocol);
    inspection.report("np_end_port", [...path, "endPort"], "`endPort` without `port`");
    return undefined;
  }
  if (typeof port === "string") return readNamedPort(inspection, port, protocol, entry, path);
  const first = inspection.integer(port, [...path, "port"]);
  if (first === undefined) return undefined;
  if (first < 1 || first > 65535) {
    inspection.report("np_port", [...path, "port"], `port ${quoted(first)} is not between 1 and 65535`);
    return undefined;
  }
  const written = field(entry, "endPort");
  if (written === undefined) return l4Ports(protocol, first);
  const last = inspection.integer(written, [...path, "endPort"]);
  if (last === undefined) return undefined;
  if (last < first || last > 65535) {
    const message = `\`endPort\` ${quoted(last)} is not between \`port\` (${first}) and 65535`;
    inspection.report("np_end_port", [...path, "endPort"], message);
    return undefined;
  }
  return l4Ports(protocol, first, last);
}

/** OVN-Kubernetes reads the number of a named port as 0, and 0 as the whole protocol (gress_policy.go, by reading). */
function readNamedPort(
  inspection: Inspection,
  name: string,
  protocol: PortProtocol,
  entry: Fields,
  path: Path,
): ReturnType<typeof l4Ports> | undefined {
  if (!isPortName(name)) {
    const fix = /^[0-9]+$/.test(name) ? { fix: "remove the quotes" } : {};
    const message = `${quoted(name)} is neither a port number nor a port name`;
    inspection.report("np_port", [...path, "port"], message, fix);
    return undefined;
  }
  if (field(entry, "endPort") !== undefined) {
    inspection.report("np_end_port", [...path, "endPort"], `\`endPort\` with the named port ${quoted(name)}`);
    return undefined;
  }
  inspection.report("np_named_port", [...path, "port"], `${quoted(name)} is a port name`);
  return l4Protocol(protocol);
}

function readProtocol(inspection: Inspection, value: unknown, path: Path): PortProtocol | undefined {
  if (value === undefined) return "tcp";
  const text = inspection.text(value, path);
  if (text === undefined) return undefined;
  if (Object.hasOwn(protocols, text)) return protocols[text];
  inspection.report("np_protocol", path, `${quoted(text)} is none of \`TCP\`, \`UDP\`, \`SCTP\``);
  return undefined;
}

/** An IANA service name: at most 15 of `a-z0-9-` with a letter, no `-` at an end or twice in a row. */
function isPortName(text: string): boolean {
  return text.length <= 15 && /^[a-z0-9]+(-[a-z0-9]+)*$/.test(text) && /[a-z]/.test(text);
}
