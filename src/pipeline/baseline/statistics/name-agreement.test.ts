import { expect, test } from "vitest";
import { edgeForTest, ipForTest } from "../../../../test/arbitraries/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import { nameAgreement } from "./name-agreement.ts";
import { nameBook } from "./name-book.ts";

const dayMs = 86_400_000;

/** Addresses that one workload was told, each with how often and from which to which day. */
function told(
  ...lines: readonly (readonly [address: string, count: number, firstDay: number, lastDay: number])[]
): NameEvidence[] {
  return lines.map(([address, count, firstDay, lastDay]) => ({
    name: "api.example.com",
    address: ipForTest(address),
    cluster: "",
    namespace: "shop",
    workload: { kind: "Deployment", name: "cart" },
    from: "dns-answer",
    chain: [],
    ttlSeconds: 60,
    count,
    firstSeenMs: firstDay * dayMs,
    lastSeenMs: lastDay * dayMs,
  }));
}

test.each([
  ["one address", told(["192.0.2.1", 500, 0, 20]), 1],
  [
    "three addresses in every answer",
    told(["192.0.2.1", 500, 0, 20], ["192.0.2.2", 500, 0, 20], ["192.0.2.3", 500, 0, 20]),
    1,
  ],
  [
    "two at a time, one of which was replaced on day 10",
    told(["192.0.2.1", 500, 0, 20], ["192.0.2.2", 250, 0, 10], ["192.0.2.3", 250, 10.01, 20]),
    1,
  ],
  [
    "one of four at a time",
    told(
      ["192.0.2.1", 100, 0, 19.7],
      ["192.0.2.2", 100, 0.1, 20],
      ["192.0.2.3", 100, 0.2, 19.8],
      ["192.0.2.4", 100, 0.3, 19.9],
    ),
    0.25,
  ],
  ["both families in every answer", told(["192.0.2.1", 500, 0, 20], ["2001:db8::1", 500, 0, 20]), 1],
])("another answer would have held the address: %s", (_title, evidence, expected) => {
  expect(nameBook(evidence).record("api.example.com").completeness).toBeCloseTo(expected, 1);
});

test("too few answers say nothing", () => {
  expect(nameBook(told(["192.0.2.1", 2, 0, 1])).record("api.example.com").completeness).toBeUndefined();
  expect(nameBook([]).record("api.example.com").completeness).toBeUndefined();
});

const unknown = { completeness: undefined, ttlSeconds: undefined };
/** Addresses that take turns, so many flows to each within every hour of so many hours. */
const turns = (addresses: number, hours: number, flows: number): ReturnType<typeof edgeForTest>[] =>
  Array.from({ length: addresses }, (_, i) =>
    edgeForTest(`shop/Deployment/cart tcp 192.0.2.${i}:443`, {
      activity: Array.from({ length: hours }, (_hour, hour) => ({ hour, flows })),
    }),
  );

test.each([
  ["one address is always met again", turns(1, 48, 3), 0],
  ["of two that take turns, half are missed", turns(2, 48, 50), 0.505],
  ["of ten, nine in ten", turns(10, 48, 10), 0.909],
  [
    "two families are asked for both",
    [
      ...turns(1, 48, 3),
      edgeForTest("shop/Deployment/cart tcp [2001:db8::1]:443", { activity: [{ hour: 3, flows: 9 }] }),
    ],
    0,
  ],
])("by flows alone: %s", (_title, edges, expected) => {
  expect(nameAgreement(edges, unknown, 2).missedShare).toBeCloseTo(expected, 2);
});

test("a content network is known by the answers that two namespaces got", () => {
  const one = (name: string, namespace: string, address: string): NameEvidence => ({
    ...told([address, 3, 1, 2])[0]!,
    name,
    namespace,
    chain: [`${name}.edge.example.net`],
  });
  const book = nameBook([
    one("a.example.com", "shop", "192.0.2.1"),
    one("a.example.com", "bank", "192.0.2.1"),
    one("b.example.com", "bank", "192.0.2.9"),
  ]);
  expect(book.networkOf("b.example.com")).toMatchObject({
    name: "edge.example.net",
    addresses: [{ address: ipForTest("192.0.2.1") }],
  });
  expect(book.networkOf("c.example.com")).toBeUndefined();
});
