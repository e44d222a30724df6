import type { ExplainRequest } from "../../../../app/explain-connection.ts";
import { parseIp } from "../../../../core/net/ip.ts";
import { parsePort } from "../../../../core/net/l4.ts";
import { canonicalName } from "../../../../core/net/name-pattern.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";

export interface ExplainTarget {
  readonly host: ExplainRequest["host"];
  readonly protocol: "tcp" | "udp" | "sctp" | "icmp";
  /** 0 where the protocol has none. */
  readonly port: number;
}

const form = "write `HOST:PORT`, `HOST:PORT/udp` or `HOST/icmp`, with an IPv6 address in brackets: `[2001:db8::1]:443`";

/** Reads where a connection goes to: `198.51.100.7:443`, `[2001:db8::1]:53/udp`, `api.example.com:443`, `192.0.2.1/icmp`. */
export function parseTarget(text: string): Result<ExplainTarget, string> {
  const slash = text.lastIndexOf("/");
  const protocol = slash < 0 ? "tcp" : text.slice(slash + 1).toLowerCase();
  const rest = slash < 0 ? text : text.slice(0, slash);
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "sctp" && protocol !== "icmp") {
    return fail(`${quoted(protocol)} is not a protocol, use tcp, udp, sctp or icmp`);
  }
  if (protocol === "icmp") {
    const host = parseHost(rest.startsWith("[") && rest.endsWith("]") ? rest.slice(1, -1) : rest);
    return host.ok ? ok({ host: host.value, protocol, port: 0 }) : host;
  }
  const match = /^(?:\[([^\]]*)\]|([^:[\]]*)):([^:]*)$/.exec(rest);
  if (match === null) {
    const hint =
      parseIp(rest).ok || !rest.includes(":") ? `${quoted(text)} has no port` : `${quoted(text)} is not a destination`;
    return fail(`${hint}; ${form}`);
  }
  const [, bracketed, plain, portText = ""] = match;
  const port = parsePort(portText);
  if (!port.ok) return fail(port.error.message);
  const host = parseHost(bracketed ?? plain ?? "");
  return host.ok ? ok({ host: host.value, protocol, port: port.value }) : host;
}

function parseHost(text: string): Result<ExplainTarget["host"], string> {
  const address = parseIp(text);
  if (address.ok) return ok({ kind: "address", address: address.value });
  const name = canonicalName(text);
  const isName =
    /^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/.test(name) && name.length <= 253;
  if (!isName || /^[0-9.]+$/.test(name)) return fail(`${quoted(text)} is neither an address nor a DNS name; ${form}`);
  return ok({ kind: "name", name });
}
