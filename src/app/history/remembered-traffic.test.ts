import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { rememberedLimits, rememberedTraffic } from "./remembered-traffic.ts";
import { hourMs } from "./rows/codes.ts";
import type { TrafficGroupQuery, TrafficReader, TrafficSum } from "./traffic-reader.ts";

const now = Date.UTC(2026, 10, 23, 12);
const day = 24 * hourMs;

function row(flows: number): TrafficSum {
  const nothing = {
    cluster: undefined,
    namespace: undefined,
    workload: undefined,
    address: undefined,
    names: undefined,
  };
  return {
    ...nothing,
    prefixLength: undefined,
    protocol: undefined,
    port: flows,
    verdict: undefined,
    flows,
    bytes: undefined,
    destinations: 1,
    firstSeenMs: 0,
    lastSeenMs: 0,
  };
}

function setUp(limits = rememberedLimits): {
  reader: TrafficReader;
  asked: TrafficGroupQuery[];
  clock: { ms: number };
  state: { fails: boolean };
} {
  const asked: TrafficGroupQuery[] = [];
  const clock = { ms: now };
  const state = { fails: false };
  const plain: TrafficReader = {
    sums: (query) => {
      asked.push(query);
      if (state.fails) return Promise.reject(new Error("not now"));
      const rows = Array.from({ length: 40 }, (_, i) => row(i));
      return Promise.resolve({ rows: rows.slice(query.offset, query.offset + query.limit), total: 40 });
    },
    overTime: () => Promise.resolve({ firstHour: 0, series: [] }),
  };
  return { reader: rememberedTraffic(plain, () => clock.ms, limits), asked, clock, state };
}

function query(days: number, more: Partial<TrafficGroupQuery> = {}, toMs = now): TrafficGroupQuery {
  const window = { fromMs: toMs - days * day, toMs };
  const order = { by: ["port"], sort: "flows", isDescending: true } as const;
  return { window, within: undefined, ...order, offset: 0, limit: 10, ...more };
}

const ports = async (answer: ReturnType<TrafficReader["sums"]>): Promise<unknown> =>
  (await answer).rows.map(({ port }) => port);

test("many who ask about a short window at once share an answer, and who asks a moment later gets a new one", async () => {
  const { reader, asked, clock } = setUp();
  await Promise.all([1, 2, 3].map(async () => reader.sums(query(1))));
  expect(asked).toHaveLength(1);
  clock.ms += rememberedLimits.shortHoldsMs + 1;
  await reader.sums(query(1, {}, clock.ms));
  expect(asked).toHaveLength(2);
});

test("pages of a long window are cut from one answer", async () => {
  const { reader, asked } = setUp();
  expect(await ports(reader.sums(query(30)))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(await ports(reader.sums(query(30, { offset: 35 })))).toEqual([35, 36, 37, 38, 39]);
  expect(asked).toHaveLength(1);
});

test.each<[string, TrafficGroupQuery]>([
  ["another order", query(30, { isDescending: false })],
  ["other namespaces that one may see", query(30, { within: [{ cluster: "east", namespace: "shop" }] })],
  ["another length", query(29)],
  ["the same length in the past", query(30, {}, now - 5 * day)],
])("%s is another question", async (_, other) => {
  const { reader, asked } = setUp();
  await reader.sums(query(30));
  await reader.sums(other);
  expect(asked).toHaveLength(2);
});

test("an answer that is not fresh is given at once and asked anew behind it, once", async () => {
  const { reader, asked, clock } = setUp();
  await reader.sums(query(30));
  clock.ms += rememberedLimits.freshMs + 1;
  await Promise.all([1, 2, 3].map(async () => reader.sums(query(30, {}, clock.ms))));
  expect(asked).toHaveLength(2);
  await reader.sums(query(30, {}, clock.ms));
  expect(asked).toHaveLength(2);
});

test("an answer that is too old is waited for", async () => {
  const { reader, asked, clock } = setUp();
  await reader.sums(query(30));
  clock.ms += rememberedLimits.staleMs + 1;
  await reader.sums(query(30, {}, clock.ms));
  expect(asked).toHaveLength(2);
});

test("a failure is not remembered, and a failed refreshing leaves what there was", async () => {
  const { reader, asked, clock, state } = setUp();
  state.fails = true;
  await expect(reader.sums(query(30))).rejects.toThrow("not now");
  state.fails = false;
  await reader.sums(query(30));
  state.fails = true;
  clock.ms += rememberedLimits.freshMs + 1;
  expect((await reader.sums(query(30, {}, clock.ms))).total).toBe(40);
  await Promise.resolve();
  expect((await reader.sums(query(30, {}, clock.ms))).total).toBe(40);
  expect(asked).toHaveLength(4);
});

test("what was asked longest ago is forgotten first", async () => {
  const { reader, asked } = setUp({ ...rememberedLimits, answers: 2 });
  for (const days of [10, 20, 10, 30, 10]) await reader.sums(query(days));
  expect(asked).toHaveLength(3);
  await reader.sums(query(20));
  expect(asked).toHaveLength(4);
});

/** A reader whose answers come when a test lets them. */
function slow(limits: Partial<typeof rememberedLimits> = {}): {
  reader: TrafficReader;
  /** Lengths of the windows asked about, in days, as they are begun. */
  begun: number[];
  answer: () => Promise<void>;
  /** As `begun`, of those that were stopped in the middle. */
  stopped: number[];
  clock: { ms: number };
} {
  const begun: number[] = [];
  const stopped: number[] = [];
  const clock = { ms: now };
  const answers: (() => void)[] = [];
  const plain: TrafficReader = {
    sums: async ({ window }, signal) => {
      const days = Math.round((window.toMs - window.fromMs) / day);
      begun.push(days);
      signal?.addEventListener("abort", () => stopped.push(days));
      const { promise, resolve } = Promise.withResolvers<void>();
      answers.push(resolve);
      await promise;
      return { rows: [], total: 0 };
    },
    overTime: () => Promise.resolve({ firstHour: 0, series: [] }),
  };
  return {
    reader: rememberedTraffic(plain, () => clock.ms, { ...rememberedLimits, ...limits }),
    begun,
    stopped,
    answer: async () => {
      answers.shift()?.();
      await setImmediate();
    },
    clock,
  };
}

test("two questions about long windows are under way at a time, and one about a short window does not wait for them", async () => {
  const { reader, begun, answer } = slow();
  const asked = [30, 20, 10, 30, 5].map(async (days) => reader.sums(query(days)));
  expect(begun).toEqual([30, 20]);
  const short = reader.sums(query(1));
  expect(begun).toEqual([30, 20, 1]);
  await answer();
  expect(begun).toEqual([30, 20, 1, 10]);
  for (let i = 0; i < 4; i += 1) await answer();
  await Promise.all([...asked, short]);
  expect(begun).toEqual([30, 20, 1, 10, 5]);
});

test("what nobody waits for any more is not begun, and may be asked again", async () => {
  const { reader, begun, answer } = slow({ atOnce: 1 });
  const first = reader.sums(query(30));
  const leaving = [new AbortController(), new AbortController(), new AbortController()];
  const [left, joined, alsoLeft] = [20, 20, 10].map(async (days, i) =>
    reader.sums(query(days), i === 1 ? undefined : leaving[i]!.signal),
  );
  const deep = reader.sums(query(5, { offset: 5_000 }), leaving[2]!.signal);
  leaving[0]!.abort();
  leaving[2]!.abort();
  await expect(left).rejects.toThrow("nobody waited");
  await expect(alsoLeft).rejects.toThrow("nobody waited");
  await expect(deep).rejects.toThrow("nobody waited");
  await answer();
  await answer();
  await Promise.all([first, joined]);
  expect(begun).toEqual([30, 20]);
  const again = reader.sums(query(10));
  expect(begun).toEqual([30, 20, 10]);
  await answer();
  expect((await again).total).toBe(0);
});

test("what was begun is stopped when the last who waits leaves, and asked anew", async () => {
  const { reader, begun, stopped, answer } = slow({ lingerMs: 0 });
  const leaving = [new AbortController(), new AbortController()];
  const asked = leaving.map(async ({ signal }) => reader.sums(query(30), signal));
  leaving[0]!.abort();
  await expect(asked[0]).rejects.toThrow("nobody waited");
  expect(stopped).toEqual([]);
  leaving[1]!.abort();
  await expect(asked[1]).rejects.toThrow("nobody waited");
  expect(stopped).toEqual([30]);
  const again = reader.sums(query(30));
  expect(begun).toEqual([30, 30]);
  await answer();
  await answer();
  expect((await again).total).toBe(0);
});

test("who comes back soon finds what was begun", async () => {
  const { reader, begun, stopped, answer } = slow();
  const leaving = new AbortController();
  const asked = reader.sums(query(30), leaving.signal);
  leaving.abort();
  await expect(asked).rejects.toThrow("nobody waited");
  const again = reader.sums(query(30));
  await answer();
  expect((await again).total).toBe(0);
  expect([begun, stopped]).toEqual([[30], []]);
});

test("who asks when too many wait is told to come back, but not because of those who left", async () => {
  const { reader, answer } = slow({ atOnce: 1, waiting: 2 });
  const leaving = new AbortController();
  const first = reader.sums(query(30));
  const left = reader.sums(query(20), leaving.signal);
  const waiting = reader.sums(query(10));
  await expect(reader.sums(query(5))).rejects.toThrow("try again in a moment");
  leaving.abort();
  await expect(left).rejects.toThrow("nobody waited");
  const last = reader.sums(query(5));
  for (let i = 0; i < 3; i += 1) await answer();
  expect((await Promise.all([first, waiting, last])).map(({ total }) => total)).toEqual([0, 0, 0]);
});

test("answers are brought up to date only while there is room", async () => {
  const { reader, begun, answer, clock } = slow({ atOnce: 1 });
  const first = reader.sums(query(30));
  await answer();
  await first;
  clock.ms += rememberedLimits.freshMs + 1;
  const other = reader.sums(query(20, {}, clock.ms));
  await reader.sums(query(30, {}, clock.ms));
  expect(begun).toEqual([30, 20]);
  await answer();
  await other;
  await reader.sums(query(30, {}, clock.ms));
  expect(begun).toEqual([30, 20, 30]);
  await answer();
});
