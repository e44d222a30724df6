import { expect, test } from "vitest";
import { formatIp } from "../../../../core/net/ip.ts";
import { parseTarget } from "./target.ts";

function told(text: string): string {
  const target = parseTarget(text);
  if (!target.ok) return `refused: ${target.error.split(";")[0]!}`;
  const { host, protocol, port } = target.value;
  return `${host.kind} ${host.kind === "address" ? formatIp(host.address) : host.name} ${protocol} ${port}`;
}

test.each([
  ["198.51.100.7:443", "address 198.51.100.7 tcp 443"],
  ["198.51.100.7:53/udp", "address 198.51.100.7 udp 53"],
  ["[2001:db8::1]:443", "address 2001:db8::1 tcp 443"],
  ["[2001:DB8:0::1]:443/SCTP", "address 2001:db8::1 sctp 443"],
  ["[2001:db8::1]/icmp", "address 2001:db8::1 icmp 0"],
  ["2001:db8::1/icmp", "address 2001:db8::1 icmp 0"],
  ["api.example.com:443", "name api.example.com tcp 443"],
  ["API.example.com.:443", "name api.example.com tcp 443"],
  ["192.0.2.1:65535", "address 192.0.2.1 tcp 65535"],
  ["192.0.2.1:1", "address 192.0.2.1 tcp 1"],
  ["192.0.2.1", "refused: `192.0.2.1` has no port"],
  ["2001:db8::1", "refused: `2001:db8::1` has no port"],
  ["2001:db8::1:443", "refused: `2001:db8::1:443` has no port"],
  ["192.0.2.1:0", "refused: `0` is not a port, use 1 to 65535"],
  ["192.0.2.1:65536", "refused: `65536` is not a port, use 1 to 65535"],
  ["192.0.2.1:443/http", "refused: `http` is not a protocol, use tcp, udp, sctp or icmp"],
  ["192.0.2.300:443", "refused: `192.0.2.300` is neither an address nor a DNS name"],
  ["*.example.com:443", "refused: `*.example.com` is neither an address nor a DNS name"],
  [":443", "refused: `` is neither an address nor a DNS name"],
  ["", "refused: `` has no port"],
])("%s → %s", (text, expected) => {
  expect(told(text)).toBe(expected);
});
