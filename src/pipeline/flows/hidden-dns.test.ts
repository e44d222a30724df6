import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { hiddenDns } from "./hidden-dns.ts";

test.each([
  ["DNS over TLS hides names", "tcp 192.0.2.1:853", true],
  ["so does DNS over QUIC", "udp 192.0.2.1:853", true],
  ["so does HTTPS to a public resolver", "tcp 8.8.8.8:443", true],
  ["so does HTTP/3 to one", "udp [2620:fe::fe]:443", true],
  ["so does HTTPS to what has a resolver's name", "tcp 192.0.2.1:443 dns.google", true],
  ["other HTTPS does not", "tcp 192.0.2.1:443 dns.google.example.com", false],
  ["plain DNS to a public resolver does not", "udp 8.8.8.8:53", false],
  ["other ports of what has a resolver's name do not", "tcp 192.0.2.1:80 dns.google", false],
  ["SCTP has no DNS", "sctp 192.0.2.1:853", false],
])("%s: %s", (_, line, isHidden) => {
  expect(hiddenDns([edgeForTest(`shop/Deployment/cart ${line}`)])).toHaveLength(isHidden ? 1 : 0);
});
