import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { formatCidr, ipSetOf, isSubsetIp } from "../../core/net/ip-set.ts";
import { formatNamePattern } from "../../core/net/name-pattern.ts";
import { isUsableName } from "../baseline/services/usable-name.ts";
import type { Edge } from "../flows/edge.ts";
import { chooseNames } from "./choose-names.ts";
import type { Need } from "./choose/choice.ts";
import { blockOf, needsOf } from "./needs.ts";

const target = ({ to }: Need): string =>
  to.kind === "name" ? formatNamePattern(to.pattern) : to.kind === "cidr" ? formatCidr(to.cidr) : "nodes";
const say = (need: Need): string =>
  `${target(need)} ${need.ports.map(({ protocol, port }) => `${protocol}/${port}`).join(" ")}`;
const needs = (...edges: readonly string[]): readonly string[] => {
  const read = edges.map((edge) => edgeForTest(`shop/Deployment/cart ${edge}`));
  return needsOf(read, chooseNames(read, [])).map(say);
};

test.each([
  ["one address", ["tcp 192.0.2.1:443"], ["192.0.2.1/32 tcp/443"]],
  [
    "neighbours become the block that holds exactly them",
    ["tcp 192.0.2.2:443", "tcp 192.0.2.3:443"],
    ["192.0.2.2/31 tcp/443"],
  ],
  [
    "three of four do not become a block of four",
    ["tcp 192.0.2.0:443", "tcp 192.0.2.1:443", "tcp 192.0.2.2:443"],
    ["192.0.2.0/31 tcp/443", "192.0.2.2/32 tcp/443"],
  ],
  [
    "neighbours with other ports stay apart",
    ["tcp 192.0.2.2:443", "tcp 192.0.2.3:80"],
    ["192.0.2.2/32 tcp/443", "192.0.2.3/32 tcp/80"],
  ],
  [
    "one address with several ports is one rule",
    ["tcp 192.0.2.1:443", "udp 192.0.2.1:53", "tcp 192.0.2.1:80"],
    ["192.0.2.1/32 tcp/80 tcp/443 udp/53"],
  ],
  [
    "a named address goes by its name",
    ["tcp 192.0.2.1:443 api.example.com", "tcp 192.0.2.9:443 api.example.com"],
    ["api.example.com tcp/443"],
  ],
  [
    "the name that explains most addresses wins",
    ["tcp 192.0.2.1:443 a.example.com cdn.example.com", "tcp 192.0.2.9:443 cdn.example.com"],
    ["cdn.example.com tcp/443"],
  ],
  [
    "two services at one address keep their own names and ports",
    ["tcp 192.0.2.1:443 a.example.com", "tcp 192.0.2.1:8443 b.example.com"],
    ["a.example.com tcp/443", "b.example.com tcp/8443"],
  ],
  [
    "traffic without a name of its own goes by the name of its address",
    ["tcp 192.0.2.1:443 a.example.com", "tcp 192.0.2.1:8443"],
    ["a.example.com tcp/443 tcp/8443"],
  ],
  ["names of the cluster are no names", ["tcp 192.0.2.1:443 api.shop.svc.cluster.local"], ["192.0.2.1/32 tcp/443"]],
  ["a block that was named stays a block", ["tcp 10.20.0.0/16:5432"], ["10.20.0.0/16 tcp/5432"]],
  [
    "both families",
    ["tcp [2001:db8::1]:443", "tcp 192.0.2.1:443"],
    ["192.0.2.1/32 tcp/443", "2001:db8::1/128 tcp/443"],
  ],
  ["ICMP has no ports and is nobody's need here", ["icmp 192.0.2.1"], []],
])("%s", (_title, edges, expected) => {
  expect(needs(...edges)).toEqual(expected);
});

describe("laws", () => {
  const edge = fc
    .tuple(
      fc.constantFrom(10, 11, 12, 13, 14, 15, 200),
      fc.constantFrom(443, 80),
      fc.constantFrom("tcp", "udp"),
      fc.constantFrom("", " a.example.com", " b.example.com"),
    )
    .map(([host, port, protocol, name]) =>
      edgeForTest(`shop/Deployment/cart ${protocol} 192.0.2.${host}:${port}${name}`),
    );

  test("every edge is in exactly one need, which covers it", () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 12 }), (edges) => {
        const made = needsOf(edges, chooseNames(edges, []));
        for (const one of edges) {
          const own = made.filter((need) => need.edges.includes(one));
          expect(own).toHaveLength(1);
          const [{ to, ports }] = own as [Need];
          expect(ports).toContainEqual({ protocol: one.protocol, port: one.port });
          if (to.kind === "cidr") expect(isSubsetIp(ipSetOf(blockOf(one)), ipSetOf(to.cidr))).toBe(true);
        }
      }),
    );
  });

  test("nothing but what was seen is opened by address", () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 12 }), (edges) => {
        const nameless = edges.map((one): Edge => ({ ...one, names: [] }));
        const opened = needsOf(nameless, () => undefined).flatMap(({ to, ports }) => {
          if (to.kind !== "cidr") return [];
          const count = 1n << BigInt(32 - to.cidr.prefixLength);
          return Array.from({ length: Number(count) }, (_, i) => to.cidr.first + BigInt(i)).flatMap((value) =>
            ports.map(({ protocol, port }) => `${value} ${protocol}/${port}`),
          );
        });
        const seen = new Set(nameless.map(({ address, protocol, port }) => `${address.value} ${protocol}/${port}`));
        expect(opened.toSorted()).toEqual([...seen].toSorted());
      }),
    );
  });

  test("the order of the edges does not matter", () => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 12 }), (edges) => {
        const reversed = edges.toReversed();
        expect(needsOf(edges, chooseNames(edges, [])).map(say)).toEqual(
          needsOf(reversed, chooseNames(reversed, [])).map(say),
        );
      }),
    );
  });
});

test.each([
  ["api.example.com", true],
  ["a-b.example.co", true],
  ["localhost", false],
  ["db.shop.svc.cluster.local", false],
  ["1.2.0.192.in-addr.arpa", false],
  ["under_score.example.com", false],
  ["-a.example.com", false],
  ["192.0.2.1", false],
  [`${"a".repeat(64)}.example.com`, false],
  ["", false],
])("a policy may carry the name %j: %s", (name, usable) => {
  expect(isUsableName(name)).toBe(usable);
});
