import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type IpAddress, parseIp } from "../../core/net/ip.ts";
import { wordsOfAddress } from "./address-index.ts";
import { type PodSighting, PodTimeline, type PodTimelineOptions } from "./pod-timeline.ts";

function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

function pod(uid: string, addresses: readonly string[], fromMs: number, toMs?: number): PodSighting {
  const workload = { kind: "Deployment", name: uid };
  return { uid, namespace: "shop", name: `${uid}-1`, workload, addresses: addresses.map(ip), fromMs, toMs };
}

function whoHad(timeline: PodTimeline, address: string, timeMs: number, network = ""): string {
  const { family } = ip(address);
  return timeline.at(family, wordsOfAddress(ip(address)), timeMs, network)?.workload.name ?? "nobody";
}

const minute = 60_000;

describe("one address through time", () => {
  const timeline = new PodTimeline({ cluster: "east", keepMs: 15 * minute, graceMs: 10_000, skewMs: 2_000 });
  timeline.saw(pod("first", ["10.1.0.9", "fd01::9"], 100_000), 100_500);
  timeline.gone("first", 200_000);
  timeline.saw(pod("second", ["10.1.0.9"], 203_000), 204_000);
  timeline.saw(pod("second", ["10.1.0.9"], 203_000, 300_000), 301_000);
  test.each<[string, string, number, string]>([
    ["while it lives", "10.1.0.9", 150_000, "first"],
    ["in the other family", "fd01::9", 150_000, "first"],
    ["from its first moment", "10.1.0.9", 100_000, "first"],
    ["a little before, by clocks that differ", "10.1.0.9", 98_500, "first"],
    ["well before", "10.1.0.9", 97_000, "nobody"],
    ["just after its end", "10.1.0.9", 200_900, "first"],
    ["nearer to the next", "10.1.0.9", 202_000, "second"],
    ["the next, from its first moment", "10.1.0.9", 203_000, "second"],
    ["after the next has finished", "10.1.0.9", 305_000, "second"],
    ["long after", "10.1.0.9", 320_000, "nobody"],
    ["where nobody came after", "fd01::9", 205_000, "first"],
    ["somebody else's address", "10.1.0.8", 150_000, "nobody"],
  ])("%s", (_, address, timeMs, who) => expect(whoHad(timeline, address, timeMs)).toBe(who));
});

test("a late flow finds its pod for as long as ends are kept, and not longer", () => {
  const timeline = new PodTimeline({ cluster: "east", keepMs: 15 * minute });
  timeline.saw(pod("gone", ["10.1.0.9"], 0), 0);
  timeline.gone("gone", minute);
  timeline.sweep(15 * minute);
  expect(whoHad(timeline, "10.1.0.9", minute - 1)).toBe("gone");
  timeline.sweep(16 * minute);
  expect([whoHad(timeline, "10.1.0.9", minute - 1), timeline.size]).toEqual(["nobody", 0]);
});

test.each<[string, readonly PodSighting[], string]>([
  ["finished a minute ago", [pod("job", ["10.1.0.9"], 1, 59 * minute)], "job"],
  ["finished yesterday", [pod("job", ["10.1.0.9"], 1, 2)], "nobody"],
  ["known to be finished, and listed again", Array(3).fill(pod("job", ["10.1.0.9"], 1, 59 * minute)), "job"],
])("a pod that a first list shows %s", (_, sightings, who) => {
  const timeline = new PodTimeline({ cluster: "east" });
  for (const sighting of sightings) timeline.saw(sighting, 60 * minute);
  expect([whoHad(timeline, "10.1.0.9", 59 * minute - 1), timeline.size]).toEqual([who, who === "nobody" ? 0 : 1]);
});

test("the better owner holds for the past as well", () => {
  const timeline = new PodTimeline({ cluster: "east" });
  timeline.saw(pod("guess", ["10.1.0.9"], 0), 0);
  timeline.follow("guess", { kind: "Rollout", name: "web" });
  expect(timeline.at(4, Uint32Array.of(Number(ip("10.1.0.9").value)), 5)?.workload).toEqual({
    kind: "Rollout",
    name: "web",
  });
});

test("what does not fit is counted, and what ended first makes room", () => {
  const timeline = new PodTimeline({ cluster: "east", limit: 3 });
  for (const [i, uid] of ["a", "b", "c"].entries()) timeline.saw(pod(uid, [`10.1.0.${i}`], 0), i);
  timeline.saw(pod("d", ["10.1.0.3"], 0), 3);
  expect([timeline.size, timeline.dropped, whoHad(timeline, "10.1.0.3", 3)]).toEqual([3, 1, "nobody"]);
  timeline.gone("b", 4);
  timeline.saw(pod("e", ["10.1.0.4"], 0), 5);
  expect([timeline.size, whoHad(timeline, "10.1.0.1", 2), whoHad(timeline, "10.1.0.4", 5)]).toEqual([3, "nobody", "e"]);
});

describe("an address that pods have on several networks", () => {
  const timeline = new PodTimeline({ cluster: "east", graceMs: 10_000, skewMs: 2_000 });
  const on = (uid: string, name: string, own: readonly string[], fromMs: number): PodSighting => {
    const primaryNetwork = { name, addresses: own.map(ip) };
    return { ...pod(uid, [`10.128.0.${uid.length}`], fromMs), primaryNetwork };
  };
  timeline.saw(on("blue", "shop/tenant", ["10.200.0.5", "fd20::5"], 100_000), 100_000);
  timeline.saw(on("red", "bank/tenant", ["10.200.0.5"], 150_000), 150_000);
  timeline.gone("red", 200_000);
  timeline.saw(on("wider", "shop/everywhere", ["10.201.0.5"], 100_000), 100_000);
  timeline.saw(pod("plain", ["10.128.0.99"], 100_000), 100_000);
  const { size } = timeline;
  timeline.saw(on("blue", "shop/tenant", ["10.200.0.5", "fd20::5"], 100_000), 210_000);
  test.each<[string, string, number, string, string]>([
    ["while only one has it", "10.200.0.5", 140_000, "", "blue"],
    ["in the other family", "fd20::5", 160_000, "", "blue"],
    ["while two have it", "10.200.0.5", 160_000, "", "nobody"],
    ["soon after one has left it: whose clock is right?", "10.200.0.5", 205_000, "", "nobody"],
    ["well after one has left it", "10.200.0.5", 215_000, "", "blue"],
    ["where the flow names the network", "10.200.0.5", 160_000, "bank/tenant", "red"],
    ["where the flow names the other", "10.200.0.5", 160_000, "shop/tenant", "blue"],
    ["where the flow names a network of nobody's", "10.200.0.5", 160_000, "dev/tenant", "nobody"],
    ["where the flow was seen on the cluster's", "10.200.0.5", 140_000, "default", "nobody"],
    ["where the name alone fits two", "10.200.0.5", 160_000, "tenant", "nobody"],
    ["on a network that spans namespaces", "10.201.0.5", 160_000, "everywhere", "wider"],
    [
      "on one that spans namespaces, soon after its pod of another namespace left",
      "10.200.0.5",
      205_000,
      "tenant",
      "blue",
    ],
    ["by the end of a name only", "10.201.0.5", 160_000, "where", "nobody"],
    ["on the cluster's network, which probes use", "10.128.0.3", 160_000, "default", "red"],
    ["on the cluster's network, of a pod that has no other", "10.128.0.99", 160_000, "default", "plain"],
  ])("%s", (_, address, timeMs, network, who) => expect(whoHad(timeline, address, timeMs, network)).toBe(who));

  test("is known to be shared, and the same sighting again changes nothing", () => {
    const isShared = (address: string): boolean => timeline.isShared(4, wordsOfAddress(ip(address)));
    expect(["10.200.0.5", "10.201.0.5", "10.1.1.1"].map(isShared)).toEqual([true, false, false]);
    expect(timeline.size).toBe(size);
  });

  test("a pod that gets another network, or none, has left the first", () => {
    const moved = new PodTimeline({ cluster: "east", graceMs: 0, skewMs: 0 });
    moved.saw(on("a", "shop/one", ["10.200.0.5"], 0), 0);
    moved.saw(on("a", "shop/two", ["10.200.0.5"], 1_000), 1_000);
    moved.saw(pod("a", [], 0), 2_000);
    const at = (timeMs: number): string[] =>
      ["shop/one", "shop/two"].map((network) => whoHad(moved, "10.200.0.5", timeMs, network));
    expect([500, 1_500, 2_500].map(at)).toEqual([
      ["a", "nobody"],
      ["nobody", "a"],
      ["nobody", "nobody"],
    ]);
  });
});

/** The obvious version: every interval in one list, every question a walk through it. */
class Intervals {
  readonly all: {
    uid: string;
    /** With its network before it. */
    address: string;
    from: number;
    to: number;
    known: number;
    open: boolean;
  }[] = [];
  readonly pods = new Set<string>();
  readonly options: Required<Omit<PodTimelineOptions, "cluster" | "limit">>;

  constructor(options: Intervals["options"]) {
    this.options = options;
  }

  saw({ uid, fromMs, toMs }: PodSighting, addresses: readonly string[], now: number): void {
    this.sweep(now);
    const isNew = !this.pods.has(uid);
    this.pods.add(uid);
    const mine = this.all.filter((one) => one.uid === uid && one.open);
    if (toMs === undefined || (isNew && toMs > now - this.options.keepMs)) {
      for (const one of mine) if (!addresses.includes(one.address)) this.#end(one, now, now);
      for (const address of new Set(addresses)) {
        if (mine.some((one) => one.address === address)) continue;
        const asked = Math.min(fromMs, now);
        const ends = this.all.filter((one) => one.address === address && !one.open).map(({ to }) => to);
        const from = Math.max(asked, ...ends.filter((to) => to > asked && to < asked + 1000));
        this.all.push({ uid, address, from, to: Infinity, known: Infinity, open: true });
      }
    }
    if (toMs !== undefined) for (const one of this.all) if (one.uid === uid && one.open) this.#end(one, toMs, now);
  }

  gone(uid: string, now: number): void {
    this.sweep(now);
    this.pods.delete(uid);
    for (const one of this.all) if (one.uid === uid && one.open) this.#end(one, now, now);
  }

  #end(one: Intervals["all"][number], to: number, now: number): void {
    Object.assign(one, { to: Math.max(one.from, Math.min(to, now)), known: now, open: false });
  }

  sweep(now: number): void {
    for (let i = this.all.length - 1; i >= 0; i -= 1) {
      if (this.all[i]!.known <= now - this.options.keepMs) this.all.splice(i, 1);
    }
  }

  at(address: string, time: number, said: string): string {
    const { graceMs, skewMs } = this.options;
    const near = this.all
      .filter(
        (one) =>
          said === "" || [` ${said} ${address}`, `/${said} ${address}`].some((end) => ` ${one.address}`.endsWith(end)),
      )
      .filter((one) => one.address.endsWith(` ${address}`))
      .map((one, order) => ({ ...one, order }))
      .map((one) => ({ ...one, away: time < one.from ? one.from - time : time >= one.to ? time - one.to + 1 : 0 }))
      .filter(({ from, away }) => away <= (time < from ? skewMs : graceMs))
      .toSorted((a, b) => a.away - b.away || b.from - a.from || b.order - a.order);
    // What has no namespace is one network, unless two had the address at the same moment.
    const isOne = said !== "" && !said.includes("/");
    const rivals = near.filter(({ away }) => !isOne || away === 0);
    return new Set(rivals.map((one) => one.address)).size > 1 ? "nobody" : (near[0]?.uid ?? "nobody");
  }
}

const addresses = ["10.1.0.1", "10.1.0.2", "fd01::1", "::a01:1"];
const uids = ["a", "b", "c", "d"];
const networks = ["default", "shop/blue", "bank/red", "blue", "red"];
const event = fc.record({
  wait: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 100_000 })),
  what: fc.constantFrom("runs", "runs", "finished", "gone", "sweep"),
  uid: fc.constantFrom(...uids),
  has: fc.uniqueArray(fc.constantFrom(...addresses), { maxLength: 3 }),
  own: fc.option(
    fc.record({
      name: fc.constantFrom("shop/blue", "bank/blue", "bank/red"),
      addresses: fc.uniqueArray(fc.constantFrom(...addresses), { maxLength: 2 }),
    }),
    { nil: undefined },
  ),
  /** How long before the moment of seeing it, for events that come late or out of order. */
  sinceMs: fc.oneof(fc.constant(0), fc.integer({ min: -2_000, max: 60_000 })),
  finishedMs: fc.integer({ min: -1_000, max: 50_000 }),
});

test("it agrees with a list of intervals and a linear search, whatever happens in whatever order", () => {
  const options = { keepMs: 90_000, graceMs: 5_000, skewMs: 2_000 };
  fc.assert(
    fc.property(fc.array(event, { minLength: 1, maxLength: 40 }), fc.array(fc.nat(400_000)), (events, times) => {
      const timeline = new PodTimeline({ cluster: "east", ...options });
      const oracle = new Intervals(options);
      let now = 100_000;
      for (const { wait, what, uid, has, own, sinceMs, finishedMs } of events) {
        now += wait;
        if (what === "gone") {
          timeline.gone(uid, now);
          oracle.gone(uid, now);
        } else if (what === "sweep") {
          timeline.sweep(now);
          oracle.sweep(now);
        } else {
          const sighting = pod(uid, has, now - sinceMs, what === "finished" ? now - finishedMs : undefined);
          const primaryNetwork =
            own === undefined ? undefined : { name: own.name, addresses: own.addresses.map((one) => ip(one)) };
          timeline.saw({ ...sighting, primaryNetwork }, now);
          const named = (network: string, of: readonly string[]): string[] => of.map((one) => `${network} ${one}`);
          oracle.saw(sighting, [...named("default", has), ...named(own?.name ?? "", own?.addresses ?? [])], now);
        }
        expect(timeline.size).toBe(oracle.all.length);
      }
      const edges = oracle.all.flatMap(({ from, to }) => [from - 2_001, from - 1, from, to - 1, to, to + 5_000]);
      for (const time of [...times, ...edges.filter(Number.isFinite)]) {
        for (const address of addresses) {
          for (const network of ["", ...networks]) {
            const said = [time, address, network, whoHad(timeline, address, time, network)];
            expect(said).toEqual([time, address, network, oracle.at(address, time, network)]);
          }
        }
      }
    }),
    { numRuns: 300 },
  );
});
