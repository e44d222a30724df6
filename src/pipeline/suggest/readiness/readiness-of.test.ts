import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { edgeForTest, ipForTest } from "../../../../test/arbitraries/edge.ts";
import type { NotLearned } from "../../baseline/namespace-baseline.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import type { ScheduledFacts } from "../../flows/cluster-facts.ts";
import type { Edge } from "../../flows/edge.ts";
import type { Choice, Form } from "../choose/choice.ts";
import { type ReadinessInput, readinessOf } from "./readiness-of.ts";

const hourMs = 3_600_000;
const firstMs = Date.UTC(2026, 1, 2);
const firstHour = firstMs / hourMs;
const windowOf = (days: number): { readonly firstMs: number; readonly lastMs: number } => ({
  firstMs,
  lastMs: firstMs + days * 24 * hourMs - 1,
});

interface Spec {
  readonly name: string;
  readonly workload?: string;
  readonly fromHour?: number;
  readonly week?: number;
}

/** A service that a workload uses every hour from some hour on. */
function choice({ name, workload = "Deployment/cart", fromHour = 0, week = 0 }: Spec, days: number): Choice {
  const hours = Array.from({ length: Math.max(0, days * 24 - fromHour) }, (_, i) => firstHour + fromHour + i);
  const edge = edgeForTest(`shop/${workload} tcp 192.0.2.1:443 ${name}`, {
    flows: hours.length,
    activity: hours.map((hour) => ({ hour, flows: 1 })),
  });
  const service = { id: `name:${name}`, title: name, by: "name", catalogue: undefined, owner: undefined } as const;
  const use: ServiceUse = { service, namespace: "shop", names: [name], ports: [], edges: [edge], published: [] };
  const form: Form = {
    kind: "name",
    title: `the name ${name}`,
    targets: [],
    exposure: 2,
    blockedShare: 0,
    breaksWithinDay: week / 7,
    breaksWithinWeek: week,
    cost: 0,
  };
  return { use, form, runnerUp: undefined, because: "" };
}

function input(specs: readonly Spec[], days: number, fields: Partial<ReadinessInput> = {}): ReadinessInput {
  const choices = specs.map((spec) => choice(spec, days));
  return {
    namespace: "shop",
    choices,
    seen: choices.flatMap(({ use }) => use.edges),
    facts: { scheduled: [], pods: [] },
    window: windowOf(days),
    unobservedHours: [],
    samplingMax: 1,
    isComplete: true,
    ...fields,
  };
}

const steady: readonly Spec[] = [{ name: "api.example.com" }, { name: "db.example.com" }];

function job(name: string, schedule: string, fields: Partial<ScheduledFacts> = {}): ScheduledFacts {
  return {
    namespace: "shop",
    name,
    schedule,
    timeZone: undefined,
    isSuspended: false,
    createdMs: Date.UTC(2025, 5, 1),
    lastScheduledMs: undefined,
    lastSuccessMs: undefined,
    ...fields,
  };
}

test("a month of the same traffic is a good ground", () => {
  const { day, week, missing } = readinessOf(input(steady, 27));
  expect(day).toBeGreaterThan(0.98);
  expect(week).toBeGreaterThan(0.93);
  expect(missing).toEqual([]);
});

describe("after 21 days, on Monday 23 February", () => {
  test.each<[string, ScheduledFacts, RegExp | undefined, "day" | "week" | "neither"]>([
    [
      "a job of the first of the month, which falls into the week",
      job("monthly-report", "0 3 1 * *", { lastScheduledMs: Date.UTC(2026, 1, 1, 3) }),
      /^CronJob monthly-report last ran before observation began \(2026-02-01 03:00 UTC\), and runs next on 2026-03-01 03:00 UTC: record/,
      "week",
    ],
    [
      "a job of tonight",
      job("night", "0 3 23 * *", { lastScheduledMs: Date.UTC(2026, 0, 23) }),
      /^CronJob night last/,
      "day",
    ],
    [
      "a job of the end of the quarter, which does not",
      job("tax", "0 3 1 */3 *", { lastScheduledMs: Date.UTC(2026, 0, 1, 3) }),
      /^CronJob tax last ran before .* runs next on 2026-04-01/,
      "neither",
    ],
    ["a new job", job("fresh", "0 3 28 * *", { createdMs: firstMs }), /^CronJob fresh has not run yet/, "week"],
    [
      "a job in its own zone",
      job("zoned", "30 0 23 * *", { timeZone: "America/New_York", lastScheduledMs: Date.UTC(2026, 0, 23) }),
      /runs next on 2026-02-23 05:30 UTC/,
      "day",
    ],
    [
      "a suspended job",
      job("paused", "0 3 * * *", { isSuspended: true, lastScheduledMs: Date.UTC(2026, 0, 1) }),
      /^CronJob paused is suspended/,
      "neither",
    ],
    [
      "a schedule that nobody can read",
      job("odd", "at dawn"),
      /^the schedule of CronJob odd cannot be read/,
      "neither",
    ],
    [
      "a job that the cluster, asked later, has seen run after the recording",
      job("late", "0 3 28 * *", { lastScheduledMs: Date.UTC(2026, 1, 28, 3) }),
      /^CronJob late last ran before observation began \(2026-01-28 03:00 UTC\), and runs next on 2026-02-28/,
      "week",
    ],
    [
      "a job that was made after the recording",
      job("newer", "0 3 28 * *", { createdMs: Date.UTC(2026, 1, 24), lastScheduledMs: Date.UTC(2026, 1, 28, 3) }),
      /^CronJob newer first ran after the recording, and runs next on 2026-02-28/,
      "week",
    ],
    [
      "a duration that no controller would take",
      job("eternal", "@every 999999999h999999999h999999999h"),
      /^the schedule of CronJob eternal cannot be read/,
      "neither",
    ],
    ["a job of another namespace", { ...job("other", "0 3 23 * *"), namespace: "else" }, undefined, "neither"],
  ])("%s", (_title, own, missing, falls) => {
    const without = readinessOf(input(steady, 21));
    const ready = readinessOf(input(steady, 21, { facts: { scheduled: [own], pods: [] } }));
    const told = ready.missing.find(({ workload }) => workload === `CronJob/${own.name}`)?.text;
    if (missing === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(missing);
    expect(ready.week < without.week / 2 ? (ready.day < without.day / 2 ? "day" : "week") : "neither").toBe(falls);
  });

  test("a job that ran in hours that nobody watched was not seen", () => {
    const weekly = job("weekly", "0 3 * * 0", { lastScheduledMs: Date.UTC(2026, 1, 22, 3) });
    const facts = { scheduled: [weekly], pods: [] };
    const gap = [Date.UTC(2026, 1, 22, 3) / hourMs];
    const watched = readinessOf(input(steady, 21, { facts }));
    const ready = readinessOf(input(steady, 21, { facts, unobservedHours: gap }));
    expect(ready.missing[0]?.text).toMatch(
      /^CronJob weekly ran while nobody watched \(2026-02-22 03:00 UTC\), and runs/,
    );
    expect(ready.week).toBeLessThan(watched.week / 2);
  });

  test("a job that was seen is not missing", () => {
    const nightly = job("night", "0 3 * * *", { lastScheduledMs: Date.UTC(2026, 1, 22, 3) });
    const seen = [...steady, { name: "files.example.com", workload: "CronJob/night" }];
    const ready = readinessOf(input(seen, 21, { facts: { scheduled: [nightly], pods: [] } }));
    expect(ready.missing).toEqual([]);
  });

  test("a job that only looked around by hand is", () => {
    const monthly = job("monthly", "0 3 1 * *", { lastScheduledMs: Date.UTC(2026, 1, 1, 3) });
    const look = edgeForTest("shop/CronJob/monthly tcp 192.0.2.9:443 www.example.org");
    const base = input(steady, 21);
    const ready = readinessOf({ ...base, seen: [...base.seen, look], facts: { scheduled: [monthly], pods: [] } });
    expect(ready.missing.map(({ workload }) => workload)).toEqual(["CronJob/monthly"]);
  });
});

test.each<[string, ReadinessInput, RegExp]>([
  ["a window of five days", input(steady, 5), /only 120 of the 168 hours of a week were observed/],
  ["hours that nobody watched", input(steady, 21, { unobservedHours: [firstHour + 40] }), /nobody watched in 1 hour/],
  ["sampling", input(steady, 21, { samplingMax: 400, isComplete: false }), /only 1 in 400 packets was looked at/],
  ["no times at all", input(steady, 21, { window: undefined }), /the records have no times/],
  ["lost records", input(steady, 21, { isComplete: false }), /the recording says that it is not complete/],
  [
    "a workload that was never seen sending",
    input(steady, 21, {
      facts: {
        scheduled: [],
        pods: [
          {
            namespace: "shop",
            name: "quiet-0",
            addresses: [ipForTest("10.128.0.9")],
            isHostNetwork: false,
            workload: { kind: "StatefulSet", name: "quiet" },
            labels: {},
          },
        ],
      },
    }),
    /^StatefulSet\/quiet was never seen sending/,
  ],
])("%s is named as missing and lowers readiness", (_title, own, text) => {
  const ready = readinessOf(own);
  expect(ready.missing.map((each) => each.text).join("\n")).toMatch(text);
  expect(ready.week).toBeLessThanOrEqual(readinessOf(input(steady, 21)).week);
});

test("without times a job that was not seen is missing all the same, and weighs what its period is", () => {
  const [nightly, yearly] = [job("night", "0 3 * * *"), job("year", "0 3 1 1 *")].map((own) =>
    readinessOf(input(steady, 21, { window: undefined, facts: { scheduled: [own], pods: [] } })),
  );
  const none = readinessOf(input(steady, 21, { window: undefined }));
  expect(nightly?.missing[0]).toEqual({
    text: "no traffic of CronJob night was recorded, and the records have no times: start it once while flows are recorded",
    workload: "CronJob/night",
  });
  expect(nightly?.day).toBeLessThan(none.day / 2);
  expect(yearly?.week).toBeGreaterThan(none.week * 0.9);
  expect(yearly?.week).toBeLessThan(none.week);
});

describe("what was left out weighs on readiness", () => {
  const daily = Array.from({ length: 21 }, (_, day) => ({ hour: firstHour + 24 * day, flows: 1 }));
  const ping = edgeForTest("shop/Deployment/cart icmp 192.0.2.1", { activity: daily });
  const strangers = (count: number): readonly NotLearned[] =>
    Array.from({ length: count }, (_, i) => ({
      edge: edgeForTest(`shop/Deployment/cart tcp 198.18.${i}.1:25`),
      reason: "one-off",
      because: "it was seen in only one hour",
    }));
  const without = readinessOf(input(steady, 21));

  test("what the kind has no words for is stopped for sure", () => {
    const ready = readinessOf(input(steady, 21, { leftOut: { notLearned: [], notExpressible: [{ edge: ping }] } }));
    expect(ready.day).toBeLessThan(0.1);
    expect(ready.risks[0]?.text).toBe(
      "1 connection that is needed will be stopped, as the kind of policy has no words for it",
    );
  });

  test("and so is what has no port in the records, as often as it was seen", () => {
    const edge = edgeForTest("shop/Deployment/cart tcp 192.0.2.1:0", { activity: daily.slice(0, 1) });
    const leftOut = { notLearned: [{ edge, reason: "no-port", because: "" } as const], notExpressible: [] };
    const ready = readinessOf(input(steady, 21, { leftOut }));
    expect(ready.day).toBeLessThan(without.day - 0.03);
    expect(ready.week).toBeLessThan(without.week - 0.2);
  });

  test.each([
    ["one stranger is no news", 1, 0.01, 0],
    ["two hundred are a way of working", 200, 0.5, 1],
  ])("%s", (_title, count, least, named) => {
    const ready = readinessOf(input(steady, 21, { leftOut: { notLearned: strangers(count), notExpressible: [] } }));
    if (named === 0) expect(without.week - ready.week).toBeLessThan(least);
    else expect(without.week - ready.week).toBeGreaterThan(least);
    expect(ready.missing.filter(({ text }) => text.includes("that nothing explains"))).toHaveLength(named);
  });
});

test("risks come largest first, in words", () => {
  const changing = [...steady, { name: "cdn.example.com", week: 0.3 }, { name: "late.example.com", fromHour: 19 * 24 }];
  const { risks } = readinessOf(input(changing, 21));
  expect(risks[0]?.text).toBe("cdn.example.com may go beyond the name cdn.example.com");
  expect(risks.map(({ text }) => text).join("\n")).toContain(
    "1 of its 4 services came in the later half of the observation, the last one late.example.com for Deployment/cart on 2026-02-21",
  );
  expect(risks.map(({ week }) => week)).toEqual(risks.map(({ week }) => week).toSorted((a, b) => b - a));
});

const specs = fc.array(
  fc.record({
    name: fc.constantFrom("a.example", "b.example", "c.example", "d.example", "e.example"),
    workload: fc.constantFrom("Deployment/cart", "StatefulSet/db", "CronJob/night"),
    fromHour: fc.integer({ min: 0, max: 7 * 24 - 1 }),
    week: fc.double({ min: 0, max: 1, noNaN: true }),
  }),
  { minLength: 1, maxLength: 5 },
);

describe("laws", () => {
  test("a day is never less sure than a week, and both are chances", () => {
    fc.assert(
      fc.property(
        specs,
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 1000 }),
        (own, days, samplingMax) => {
          const { day, week, risks } = readinessOf(input(own, days, { samplingMax }));
          expect(week).toBeGreaterThanOrEqual(0);
          expect(day).toBeGreaterThanOrEqual(week);
          expect(day).toBeLessThanOrEqual(1);
          expect(risks.every((risk) => risk.week >= 0 && risk.week <= 1)).toBe(true);
        },
      ),
    );
  });

  test("more clean days never lower it", () => {
    fc.assert(
      fc.property(specs, fc.integer({ min: 7, max: 20 }), fc.integer({ min: 1, max: 10 }), (own, days, more) => {
        // Inside one month, so that no turn of a month comes near.
        const isLater = (given: number): ReadinessInput => input(own, given, { facts: { scheduled: [], pods: [] } });
        if (days + more > 20) return;
        expect(readinessOf(isLater(days + more)).week).toBeGreaterThanOrEqual(readinessOf(isLater(days)).week - 1e-12);
      }),
    );
  });

  test("evidence that is taken away never raises it", () => {
    const losses: readonly ((own: ReadinessInput) => ReadinessInput)[] = [
      (own) => ({ ...own, samplingMax: own.samplingMax * 10, isComplete: false }),
      (own) => ({ ...own, isComplete: false }),
      (own) => ({ ...own, unobservedHours: [firstHour + 3, firstHour + 4, firstHour + 5] }),
      (own) => ({ ...own, seen: own.seen.filter(({ workload }: Edge) => workload.kind !== "CronJob") }),
    ];
    const scheduled = [job("night", "0 3 * * *", { lastScheduledMs: firstMs + hourMs })];
    fc.assert(
      fc.property(specs, fc.integer({ min: 1, max: 30 }), fc.constantFrom(...losses), (own, days, lose) => {
        const whole = input(own, days, { facts: { scheduled, pods: [] } });
        const [before, after] = [readinessOf(whole), readinessOf(lose(whole))];
        expect(after.week).toBeLessThanOrEqual(before.week + 1e-12);
        expect(after.day).toBeLessThanOrEqual(before.day + 1e-12);
      }),
    );
  });
});
