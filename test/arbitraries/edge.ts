import { cidrAround, formatCidr, parseCidr } from "../../src/core/net/ip-set.ts";
import { familyBits, formatIp, parseIp } from "../../src/core/net/ip.ts";
import { hasPorts, type Protocol, protocols } from "../../src/core/net/l4.ts";
import type { Edge, ObservedVerdict } from "../../src/pipeline/flows/edge.ts";

/**
 * An edge from a line of text: `shop/Deployment/cart tcp 192.0.2.1:443 api.example.com denied`. IPv6 in brackets, a block
 * as `10.0.0.0/24:443`, the port left out where the protocol has none. Name and verdict may be left out.
 */
export function edgeForTest(text: string, fields: Partial<Edge> = {}): Edge {
  const [source = "", protocol = "", target = "", ...rest] = text.split(" ");
  const [namespace = "", kind = "", name = ""] = source.split("/");
  if (!protocols.includes(protocol as Protocol)) throw new TypeError(`no protocol in \`${text}\``);
  const [, host = target, port = "0"] = /^(.*?)(?::(\d+))?$/.exec(target.replace(/^\[(.*)\]/, "$1#")) ?? [];
  const bare = host.replace("#", "");
  const block = parseCidr(bare.includes("/") ? bare : `${bare}/${bare.includes(":") ? 128 : 32}`);
  if (!block.ok) throw new TypeError(block.error.message);
  const { family, first, prefixLength } = block.value;
  const verdicts: readonly string[] = ["seen", "allowed", "denied", "unanswered"] satisfies ObservedVerdict[];
  const verdict = (rest.find((word) => verdicts.includes(word)) ?? "seen") as ObservedVerdict;
  return {
    cluster: "",
    namespace,
    workload: { kind, name },
    address: { family, value: first },
    prefixLength: prefixLength === familyBits[family] ? undefined : prefixLength,
    protocol: protocol as Protocol,
    port: hasPorts(protocol as Protocol) ? Number(port) : 0,
    verdict,
    names: rest.filter((word) => !verdicts.includes(word)).sort(),
    decidedBy: [],
    flows: 1,
    bytes: 1000,
    firstSeenMs: 0,
    lastSeenMs: 0,
    activity: [{ hour: 0, flows: 1 }],
    ...fields,
  };
}

/** The text that {@link edgeForTest} reads. */
export function formatEdge({ namespace, workload, address, prefixLength, protocol, port }: Edge): string {
  const host = prefixLength === undefined ? formatIp(address) : formatCidr(cidrAround(address, prefixLength));
  const at = address.family === 6 ? `[${host}]` : host;
  return `${namespace}/${workload.kind}/${workload.name} ${protocol} ${at}${hasPorts(protocol) ? `:${port}` : ""}`;
}

export function ipForTest(text: string): Edge["address"] {
  const parsed = parseIp(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}
