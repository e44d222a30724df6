import fc from "fast-check";
import { expect, test } from "vitest";
import type { IpAddress } from "../../core/net/ip.ts";
import { leftOutReasons } from "../../pipeline/flows/harvest.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { decodeBatch } from "./decode-batch.ts";
import { encodeBatch } from "./encode-batch.ts";

const label = fc.string({ maxLength: 20 });
const name = fc.domain().filter((text) => text.length <= 253);
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const count = fc.integer({ min: 0, max: 1_000_000 });
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
const address: fc.Arbitrary<IpAddress> = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 32n - 1n }).map((value) => ({ family: 4, value }) as const),
  fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }).map((value) => ({ family: 6, value }) as const),
);
const protocol = fc.constantFrom("tcp", "udp", "sctp", "icmp", "other");
const verdict = fc.constantFrom("seen", "allowed", "denied", "unanswered");
const index = fc.constant(0);

const batch = fc.record<SealedBatch>({
  observer: fc.constant("node-a"),
  incarnation: fc.constant("0123456789abcdef0123456789abcdef"),
  sequence: fc.integer({ min: 1, max: 1e9 }),
  cluster: label,
  sealedAtMs: time,
  owners: fc.array(fc.record({ cluster: label, namespace: label, workload: fc.record({ kind: label, name: label }) }), {
    minLength: 1,
    maxLength: 3,
  }),
  sources: fc.constant(["hubble"]),
  edges: fc.array(
    fc.record({
      source: index,
      owner: index,
      address,
      prefixLength: maybe(fc.integer({ min: 0, max: 128 })),
      protocol,
      port: fc.integer({ min: 0, max: 65_535 }),
      verdict,
      hour: fc.integer({ min: 0, max: 1_000_000 }),
      flows: count,
      bytes: maybe(count),
      firstSeenMs: time,
      lastSeenMs: time,
      decidedBy: fc.constantFrom([], ["EgressFirewall/shop/default#3", "NetworkPolicy/shop/*"]),
    }),
    { maxLength: 4 },
  ),
  names: fc.array(
    fc.record({
      source: index,
      owner: index,
      name,
      address,
      from: fc.constantFrom("flow", "dns-answer", "tls-sni"),
      chain: fc.array(name, { maxLength: 3 }),
      ttlSeconds: maybe(count),
      count,
      firstSeenMs: time,
      lastSeenMs: time,
    }),
    { maxLength: 4 },
  ),
  coarse: fc.array(
    fc.record({
      source: index,
      owner: index,
      destination: label,
      protocol: maybe(protocol),
      port: maybe(fc.integer({ min: 0, max: 65_535 })),
      verdict,
      hour: fc.integer({ min: 0, max: 1_000_000 }),
      flows: maybe(count),
      bytes: maybe(count),
    }),
    { maxLength: 4 },
  ),
  health: fc.array(
    fc.record({
      source: index,
      kind: label,
      state: fc.constantFrom("starting", "running", "retrying", "ended", "failed"),
      message: label,
      records: count,
      malformed: count,
      lost: count,
      outages: count,
      dropped: count,
      receivedBytes: count,
      leftOut: fc.array(fc.record({ reason: fc.constantFrom(...leftOutReasons), flows: count }), { maxLength: 3 }),
      samplingMax: fc.integer({ min: 1, max: 400 }),
      lastArrivalMs: maybe(time),
      lagMs: maybe(fc.record({ mean: count, max: count })),
    }),
    { maxLength: 2 },
  ),
});

test("what is written is read again", () => {
  fc.assert(
    fc.property(batch, (written) => {
      expect(decodeBatch(encodeBatch(written))).toEqual({ ok: true, value: written });
    }),
  );
});

const small = encodeBatch({
  observer: "node-a",
  incarnation: "0".repeat(32),
  sequence: 1,
  cluster: "east",
  sealedAtMs: 0,
  owners: [],
  sources: [],
  edges: [],
  names: [],
  coarse: [],
  health: [],
});

test.each([
  ["not JSON", "{", "it is not JSON"],
  ["another version", small.replace('"version":1', '"version":2'), "`version`: "],
  ["an observer that is no label", small.replace("node-a", "../etc"), "`observer`: "],
  ["a sequence before the first", small.replace('"sequence":1', '"sequence":0'), "`sequence`: "],
  [
    "an address that is none",
    small.replace('"edges":[]', '"edges":[[0,0,"x",null,"tcp",1,"seen",1,1,null,1,1,[]]]'),
    "`edges.0.2`: ",
  ],
  [
    "an owner that is not listed",
    small.replace('"edges":[]', '"edges":[[0,0,"1.1.1.1",null,"tcp",1,"seen",1,1,null,1,1,[]]]'),
    "a row names an owner",
  ],
  ["more than a batch has", small.replace('"sources":[]', '"sources":[],"more":1'), "the batch cannot be read"],
])("%s is refused", (_, text, why) => {
  const read = decodeBatch(text);
  expect(read.ok).toBe(false);
  expect(read.ok ? "" : read.error.message).toContain(why);
});

/** What a sender can write in a few kilobytes, packed, and what would take minutes and gigabytes to complain about in full. */
test.each([
  ["brackets without end", "[".repeat(40 << 20), "more brackets or fields"],
  ["a list of empty lists", small.replace('"edges":[]', `"edges":[${"[],".repeat(10 << 20)}[]]`), "more brackets"],
  ["objects", small.replace('"edges":[]', `"edges":[${"{},".repeat(10 << 20)}{}]`), "more brackets or fields"],
  ["fields", small.replace("{", `{${Array.from({ length: 1e6 }, (_, n) => `"${n}":0`).join(",")},`), "or fields"],
  ["wrong rows", small.replace('"edges":[]', `"edges":[${"[1,2],".repeat(400_000)}[]]`), "`edges.0"],
  ["wrong sources", small.replace('"sources":[]', `"sources":[${"0,".repeat(8 << 20)}0]`), "a list of at most 256"],
  ["wrong health", small.replace('"health":[]', `"health":[${"0,".repeat(8 << 20)}0]`), "a list of at most 256"],
  ["a list that is none", small.replace('"edges":[]', '"edges":{}'), "`edges`: expected a list"],
])("%s are refused at once", (_, text, why) => {
  const read = decodeBatch(text);
  expect(read.ok ? "" : read.error.message).toContain(why);
});
