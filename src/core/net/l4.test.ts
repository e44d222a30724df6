import * as fc from "fast-check";
import { expect, test } from "vitest";
import { intervalSet } from "./interval-set.ts";
import {
  anyL4,
  formatL4Point,
  formatL4Set,
  l4Last,
  l4Point,
  l4Ports,
  l4Protocol,
  parsePort,
  readL4Point,
} from "./l4.ts";

test("every point is one protocol and port", () => {
  fc.assert(
    fc.property(fc.nat(l4Last), (point) => {
      const { protocol, port } = readL4Point(point);
      expect(l4Point(protocol, port)).toBe(point);
    }),
  );
});

test.each([
  ["any", anyL4],
  ["none", []],
  ["tcp/443", [l4Ports("tcp", 443)]],
  ["tcp/80,1000-2000 udp/53", intervalSet([l4Ports("udp", 53), l4Ports("tcp", 1000, 2000), l4Ports("tcp", 80)])],
  ["udp", [l4Protocol("udp")]],
  ["tcp/65535 udp/0", intervalSet([l4Ports("tcp", 65535), l4Ports("udp", 0)])], // neighbours on the axis, not in the world
  ["icmp other", intervalSet([l4Protocol("icmp"), l4Protocol("other")])],
])("%s", (text, set) => {
  expect(formatL4Set(set)).toBe(text);
});

test.each([
  ["1", true],
  ["65535", true],
  ["0", false],
  ["65536", false],
  ["", false],
  ["1e3", false],
  ["-1", false],
  ["443 ", false],
])("port %j is accepted: %s", (text, accepted) => {
  expect(parsePort(text).ok).toBe(accepted);
});

test("an ICMP point is printed without a port", () => {
  expect(formatL4Point(l4Point("icmp", 8))).toBe("icmp");
});
