import { formatIp } from "../../core/net/ip.ts";
import type { Edge } from "./edge.ts";

/** DNS over TLS and over QUIC. */
const encryptedDnsPort = 853;
/** Public resolvers that are asked over HTTPS at these addresses, by what they publish. */
const resolverAddresses = new Set([
  "1.0.0.1",
  "1.1.1.1",
  "8.8.4.4",
  "8.8.8.8",
  "9.9.9.9",
  "149.112.112.112",
  "208.67.220.220",
  "208.67.222.222",
  "2001:4860:4860::8844",
  "2001:4860:4860::8888",
  "2606:4700:4700::1001",
  "2606:4700:4700::1111",
  "2620:fe::9",
  "2620:fe::fe",
]);
const resolverNames = new Set([
  "cloudflare-dns.com",
  "dns.google",
  "dns.nextdns.io",
  "dns.quad9.net",
  "doh.opendns.com",
  "mozilla.cloudflare-dns.com",
  "one.one.one.one",
]);

/** Edges that ask resolvers outside where nobody can read the names: DNS over TLS, QUIC or HTTPS. */
export function hiddenDns(edges: readonly Edge[]): readonly Edge[] {
  return edges.filter(({ protocol, port, address, names }) => {
    if (protocol !== "tcp" && protocol !== "udp") return false;
    if (port === encryptedDnsPort) return true;
    return port === 443 && (resolverAddresses.has(formatIp(address)) || names.some((name) => resolverNames.has(name)));
  });
}
