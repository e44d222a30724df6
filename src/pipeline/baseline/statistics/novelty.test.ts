import { expect, test } from "vitest";
import { edgeForTest } from "../../../../test/arbitraries/edge.ts";
import { addressHistories, clockOf } from "./address-history.ts";
import { eachAddress, eachBlock, type Novelty, noveltyOf, walkOf } from "./novelty.ts";

/** `192.0.2.1 on 0-19`: one flow on each of these days. */
function novelty(lines: readonly string[], days: number, prefixLength = 32): Novelty {
  const edges = lines.map((line) => {
    const [address = "", stretch = ""] = line.split(" on ");
    const [first = 0, last = first] = stretch.split("-").map(Number);
    const activity = Array.from({ length: last - first + 1 }, (_, i) => ({ hour: (first + i) * 24, flows: 1 }));
    return edgeForTest(`shop/Deployment/cart tcp ${address}:443`, { activity, flows: activity.length });
  });
  const clock = clockOf({ firstMs: 0, lastMs: days * 86_400_000 - 1 });
  const histories = addressHistories(edges, clock);
  const units = prefixLength === 32 ? eachAddress : eachBlock({ 4: prefixLength, 6: 64 });
  return noveltyOf(histories, units, walkOf(histories, clock));
}

test.each([
  ["one address every day never surprises", ["192.0.2.1 on 0-20"], 32, { units: 1, newPeriods: 0, blockedShare: 0 }],
  [
    "a second address from day 15 of 21 surprises once",
    ["192.0.2.1 on 0-20", "192.0.2.9 on 15-20"],
    32,
    { units: 2, newPeriods: 1 },
  ],
  [
    "and not by the block that holds both",
    ["192.0.2.1 on 0-20", "192.0.2.9 on 15-20"],
    24,
    { units: 1, newPeriods: 0, blockedShare: 0 },
  ],
  [
    "an address each day surprises each day",
    Array.from({ length: 21 }, (_, day) => `192.0.2.${day} on ${day}-${day}`),
    32,
    { units: 21, newPeriods: 20, blockedShare: 1 },
  ],
  [
    "the whole traffic moved at day 18: the later policies saw it coming, the earlier ones blocked it",
    ["192.0.2.1 on 0-17", "192.0.2.9 on 18-20"],
    32,
    // Policies of days 10 to 19, each tried on the week after it: 49 trials, of which 7 + 6 + 5 met what they did not know.
    { newPeriods: 1, blockedShare: 18 / 49 },
  ],
])("%s", (_title, lines, prefixLength, expected) => {
  expect(novelty(lines, 21, prefixLength)).toMatchObject(expected);
});

test("old surprises count less than recent ones", () => {
  const early = novelty(["192.0.2.1 on 0-20", "192.0.2.9 on 2-20"], 21);
  const late = novelty(["192.0.2.1 on 0-20", "192.0.2.9 on 19-20"], 21);
  expect(early.surprises).toBeCloseTo(0.2, 12);
  expect(late.surprises).toBe(1);
});

test("weights of the trials add up to what the closed form says", () => {
  const { trials } = novelty(["192.0.2.1 on 0-20"], 21);
  const sum = Array.from({ length: 20 }, (_, i) => Math.min(1, (i + 1) / 10)).reduce((a, b) => a + b, 0);
  expect(trials).toBeCloseTo(sum, 12);
});

test("what pods were told before they used it is no surprise", () => {
  const clock = clockOf({ firstMs: 0, lastMs: 10 * 86_400_000 - 1 });
  const edges = ["192.0.2.1", "192.0.2.9"].map((address, i) =>
    edgeForTest(`shop/Deployment/cart tcp ${address}:443`, {
      activity: Array.from({ length: 10 - 6 * i }, (_, day) => ({ hour: (day + 6 * i) * 24, flows: 1 })),
    }),
  );
  const surprises = (told: readonly { address: (typeof edges)[number]["address"]; firstSeenMs: number }[]): number => {
    const histories = addressHistories(edges, clock, told);
    return noveltyOf(histories, eachAddress, walkOf(histories, clock)).newPeriods;
  };
  expect(surprises([])).toBe(1);
  expect(surprises([{ address: edges[1]!.address, firstSeenMs: 86_400_000 }])).toBe(0);
});

test("IPv6 blocks join by their leading bits as well", () => {
  const edges = ["2001:db8::1", "2001:db8::2", "2001:db8:0:1::1", "2001:db8:1::1"].map((at) =>
    edgeForTest(`shop/Deployment/cart tcp [${at}]:443`),
  );
  const histories = addressHistories(edges, undefined);
  const units = (length: number): number => noveltyOf(histories, eachBlock({ 4: 32, 6: length }), undefined).units;
  expect([128, 64, 48, 32].map(units)).toEqual([4, 3, 2, 1]);
});
