import fc from "fast-check";
import type { IpAddress } from "../../src/core/net/ip.ts";
import { protocols } from "../../src/core/net/l4.ts";
import type { CoarseDelta, EdgeDelta, NameDelta, SealedBatch } from "../../src/pipeline/flows/sealed-batch.ts";
import { hourMs, monday } from "./batch-for-test.ts";

/** Few of everything, so that rows meet: the interesting thing is what belongs together. */
const owners = [
  "east/shop/Deployment/cart",
  "east/shop/CronJob/cart",
  "east/pay/Deployment/cart",
  "west/shop/Deployment/cart",
]
  .map((text) => text.split("/"))
  .map(([cluster = "", namespace = "", kind = "", name = ""]) => ({ cluster, namespace, workload: { kind, name } }));
const sources = ["hubble", "netobserv"];
const addresses: readonly IpAddress[] = [
  { family: 4, value: 0n },
  { family: 4, value: 0xffffffffn },
  { family: 6, value: 0xffffffffn },
  { family: 6, value: 2n ** 128n - 1n },
  { family: 6, value: 2n ** 127n },
];
const index = (list: readonly unknown[]): fc.Arbitrary<number> => fc.nat(list.length - 1);
const maybe = <T>(of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(of, { nil: undefined });
/** Four days, at the edges of days and hours. */
const hour = fc.tuple(fc.nat(3), fc.constantFrom(0, 1, 22, 23)).map(([day, own]) => monday + 24 * day + own);
const offset = fc.constantFrom(0, 1, 1_800_000, hourMs - 1);
const count = fc.oneof(fc.nat(5), fc.constant(2 ** 40));
const times = fc.tuple(hour, offset, offset).map(([at, a, b]) => ({
  hour: at,
  firstSeenMs: at * hourMs + Math.min(a, b),
  lastSeenMs: at * hourMs + Math.max(a, b),
}));
const place = { source: index(sources), owner: index(owners) };
const verdict = fc.constantFrom("seen", "allowed", "denied", "unanswered");

/** More than an edge can have, when several rows meet. */
const deciders = Array.from({ length: 12 }, (_, i) => `EgressFirewall/shop/default#${i}`);

const edge: fc.Arbitrary<EdgeDelta> = fc
  .record({
    ...place,
    address: fc.constantFrom(...addresses),
    prefixLength: fc.constantFrom(undefined, undefined, 0, 24),
    protocol: fc.constantFrom(...protocols.slice(0, 2)),
    port: fc.constantFrom(0, 443, 65_535),
    verdict,
    decidedBy: fc.subarray(deciders, { maxLength: 8 }),
    flows: count,
    bytes: maybe(count),
    times,
  })
  .map(({ times: own, ...rest }) => ({ ...rest, ...own }));

const name: fc.Arbitrary<NameDelta> = fc
  .record({
    ...place,
    name: fc.constantFrom("api.example.com", "b.example.com"),
    address: fc.constantFrom(...addresses),
    from: fc.constantFrom("flow", "dns-answer", "tls-sni"),
    chain: fc.constantFrom([], ["a.example.net"], ["a.example.net", "b.example.net"], ["c.example.net"]),
    ttlSeconds: fc.constantFrom(undefined, 0, 300),
    count,
    times,
  })
  .map(({ times: { firstSeenMs, lastSeenMs }, ...rest }) => ({ ...rest, firstSeenMs, lastSeenMs }));

const coarse: fc.Arbitrary<CoarseDelta> = fc.record({
  ...place,
  destination: fc.constantFrom("", "pub"),
  protocol: fc.constantFrom(undefined, "tcp", "other"),
  port: fc.constantFrom(undefined, 0, 443),
  verdict,
  hour,
  flows: maybe(count),
  bytes: maybe(count),
});

export const arbitraryBatch: fc.Arbitrary<SealedBatch> = fc.record({
  observer: fc.constantFrom("node-a", "node-b"),
  incarnation: fc.constantFrom("0".repeat(32), "f".repeat(32)),
  sequence: fc.integer({ min: 1, max: 6 }),
  cluster: fc.constantFrom("east", "west"),
  sealedAtMs: fc.constant((monday + 100) * hourMs),
  owners: fc.constant(owners),
  sources: fc.constant(sources),
  edges: fc.array(edge, { maxLength: 8 }),
  names: fc.array(name, { maxLength: 4 }),
  coarse: fc.array(coarse, { maxLength: 3 }),
  health: fc.constant([]),
});

const workload = fc.constantFrom(...owners.map((own) => own.workload));
/** Windows that begin and end inside of hours and days too. */
const moment = fc.tuple(hour, fc.constantFrom(0, 1, hourMs - 1)).map(([at, ms]) => at * hourMs + ms);

export const arbitraryQuestion = fc.record({
  cluster: fc.constantFrom(undefined, "east", "nowhere"),
  namespace: fc.constantFrom(undefined, "shop", "pay"),
  workload: fc.option(workload, { nil: undefined }),
  window: fc.oneof(
    fc.constant({ fromMs: 0, toMs: (monday + 1000) * hourMs }),
    fc.tuple(moment, moment).map(([a, b]) => ({ fromMs: Math.min(a, b), toMs: Math.max(a, b) })),
  ),
  limit: fc.constantFrom(1, 3, 1000),
  sinceMs: moment,
  per: fc.constantFrom("hour", "window"),
  of: fc.constantFrom("workload", "namespace", "destination"),
  by: fc.constantFrom("flows", "bytes"),
});

export const arbitraryPlan = fc.record({
  nowMs: moment,
  hourlyDays: fc.constantFrom(0, 1, 2),
  dailyDays: fc.constantFrom(0, 2, 90),
});
