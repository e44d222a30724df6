import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openSqliteState } from "../../src/adapters/sql-state/open-sqlite.ts";
import type { Access } from "../../src/app/access/access.ts";
import { type Principal } from "../../src/app/access/principal.ts";
import { namespaceDesk, type NamespaceDeskParts } from "../../src/app/desk/namespace-desk.ts";
import { ruleDesk } from "../../src/app/desk/rule-desk.ts";
import { serverEvents } from "../../src/app/desk/server-events.ts";
import { recordedJudge } from "../../src/app/judge/recorded-judge.ts";
import type { NamespaceJobParts } from "../../src/app/namespaces/namespace-job-parts.ts";
import { beginNamespaceJobs, namespaceJobs } from "../../src/app/namespaces/namespace-jobs.ts";
import type { State } from "../../src/app/state/state.ts";
import { namespaceDetail } from "../../src/app/wire/namespaces.ts";
import { automationSettings } from "../../src/app/wire/settings.ts";
import { type Shop, shopForTest } from "./shop-for-test.ts";

let shop: Shop;
let state: State;
let parts: NamespaceJobParts & Omit<NamespaceDeskParts, "access">;
const events = serverEvents();
const told: string[] = [];
const ada: Principal = { subject: "local:ada", name: "Ada", groups: [], kubernetesUser: undefined };
const bob: Principal = { ...ada, subject: "local:bob", name: "Bob" };
const payments = { cluster: "shop", namespace: "shop-payments" };

/** Ada may do everything, Bob may look at one namespace. */
const access: Access = {
  may: (who, verb, where) =>
    Promise.resolve(who === ada || (verb === "view" && where?.namespace === payments.namespace)),
  among: (who, verb, among) =>
    Promise.resolve(
      who === ada ? "all" : among.filter(({ namespace }) => verb === "view" && namespace === payments.namespace),
    ),
};
const automation = automationSettings.parse({
  defaultPhase: "review",
  threshold: 0.97,
  changesPerDay: 5,
  windows: [],
  timeZone: "UTC",
  never: [],
  onBlocked: "open-revert",
  reviewEveryDays: 30,
});

beforeAll(async () => {
  shop = await shopForTest();
  const opened = await openSqliteState({ path: join(shop.folder, "state.sqlite"), mayCreate: true, nowMs: Date.now });
  if (!opened.ok) throw new Error(opened.error.message);
  state = opened.value;
  events.listen((event) => told.push(`${event.type} ${"namespace" in event ? event.namespace : ""}`));
  parts = {
    decisions: state.decisions,
    history: shop.history,
    traffic: shop.traffic,
    clusters: shop.ports.clusters,
    clusterNames: ["shop"],
    judge: recordedJudge(shop.ports),
    events,
    automation: () => Promise.resolve(automation),
    nowMs: shop.ports.nowMs,
  };
});
afterAll(async () => {
  await state.close();
  await shop[Symbol.asyncDispose]();
});

/** Does what waits, a kind at a time. @returns keys that were done */
async function work(kind: string): Promise<readonly string[]> {
  const { jobs } = state.decisions;
  const due = await jobs.take("test", [kind], parts.nowMs(), 60_000, 100);
  for (const job of due) {
    expect(await namespaceJobs(parts)[kind]!(job, new AbortController().signal)).toEqual({ end: "done" });
    await jobs.finish(job);
  }
  return due.map(({ key }) => key);
}

const list = { limit: 50 } as const;

test("a history's namespaces are found, counted, reviewed and listed", async () => {
  const recount = namespaceJobs(parts)["recount-namespaces"]!;
  await beginNamespaceJobs(state.decisions, parts.nowMs());
  await beginNamespaceJobs(state.decisions, parts.nowMs());
  const [first, ...others] = await state.decisions.jobs.take("test", ["recount-namespaces"], parts.nowMs(), 1_000, 9);
  expect(others).toEqual([]);
  const never = new AbortController().signal;
  expect(await recount(first!, never)).toEqual({ end: "done" });
  await state.decisions.jobs.finish(first!);
  // It comes again, later.
  expect(await state.decisions.jobs.waiting("recount-namespaces")).toMatchObject([{ key: "all" }]);
  const reviewed = await work("review-namespace");
  expect(reviewed).toContain("shop/shop-payments");
  const records = await state.decisions.namespaces.all();
  expect(reviewed).toHaveLength(records.length);
  expect(records.find(({ namespace }) => namespace === "shop-payments")).toMatchObject({
    phase: "review",
    coverage: "partial",
    flows: 3_430,
    destinations: 36,
    workloads: 4,
    learnedAtMs: parts.nowMs(),
  });
  const { records: audited } = await state.decisions.audit.list({ kinds: ["observation.digest"], limit: 100 });
  expect(audited).toHaveLength(records.length);
  expect(told).toContain("namespace shop-payments");
  // Nothing changed since: there is nothing to do.
  const again = { id: 1, lease: "x", attempt: 1, kind: "recount-namespaces", key: "all", payload: {}, runAtMs: 0 };
  expect(await recount(again, never)).toEqual({ end: "done" });
  expect(await work("review-namespace")).toEqual([]);
});

test("of days before today it is told what was denied, and not what nobody looked at", async () => {
  const { namespaces } = state.decisions;
  const days = await namespaces.days(payments, 0);
  const [today, ...past] = days.toReversed();
  expect(today!.exposure).toBeGreaterThan(0);
  expect(past.map(({ dayMs }) => new Date(dayMs).toISOString().slice(0, 10))).toEqual([
    "2026-03-08",
    "2026-03-07",
    "2026-03-06",
    "2026-03-05",
    "2026-03-04",
    "2026-03-03",
    "2026-03-02",
  ]);
  expect(past.every(({ exposure, readiness }) => exposure === undefined && readiness === undefined)).toBe(true);
  const window = { fromMs: past.at(-1)!.dayMs, toMs: today!.dayMs };
  const order = { by: ["namespace"], sort: "flows", isDescending: true, offset: 0, limit: 1 } as const;
  const { rows } = await shop.traffic.sums({ window, within: [payments], verdicts: ["denied"], ...order });
  expect(rows[0]!.flows).toBeGreaterThan(0);
  expect(past.reduce((sum, { denied }) => sum + denied, 0)).toBe(rows[0]!.flows);
});

test("a day that is over keeps what was known of it, and what came late is counted", async () => {
  const { namespaces } = state.decisions;
  const yesterday = Date.UTC(2026, 2, 8);
  const [before] = await namespaces.days(payments, yesterday);
  await namespaces.setDay(payments, { ...before!, exposure: 12, readiness: 0.5, denied: before!.denied + 7 });
  const again = { id: 1, lease: "x", attempt: 1, kind: "recount-namespaces", key: "all", payload: {}, runAtMs: 0 };
  await namespaceJobs(parts)["recount-namespaces"]!(again, new AbortController().signal);
  expect((await namespaces.days(payments, yesterday))[0]).toEqual({ ...before, exposure: 12, readiness: 0.5 });
});

test("a policy that changes is looked at again", async () => {
  const recount = namespaceJobs(parts)["recount-namespaces"]!;
  const again = { id: 1, lease: "x", attempt: 1, kind: "recount-namespaces", key: "all", payload: {}, runAtMs: 0 };
  await recount(again, new AbortController().signal);
  const file = join(shop.policies, "shop-web.yaml");
  writeFileSync(
    file,
    "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: { name: default, namespace: shop-web }\n" +
      "spec: { egress: [{ type: Deny, to: { cidrSelector: 0.0.0.0/0 } }, { type: Deny, to: { cidrSelector: ::/0 } }] }\n",
  );
  await recount(again, new AbortController().signal);
  expect(await work("review-namespace")).toEqual(["shop/shop-web"]);
  const record = await state.decisions.namespaces.get({ cluster: "shop", namespace: "shop-web" });
  expect(record).toMatchObject({ coverage: "enforced" });
  rmSync(file);
});

test("people see the namespaces that they may, in any order, a page at a time", async () => {
  const desk = namespaceDesk({ ...parts, access });
  const all = await desk.list(ada, { ...list, sort: "-flows" });
  if (!all.ok) throw new Error(all.error.message);
  const flows = all.value.items.map((row) => row.flows);
  expect(flows).toEqual(flows.toSorted((a, b) => b - a));
  expect(all.value.total).toBeGreaterThan(5);
  const first = await desk.list(ada, { limit: 2, sort: "-flows", q: "SHOP-" });
  if (!first.ok) throw new Error(first.error.message);
  const second = await desk.list(ada, { limit: 2, sort: "-flows", q: "SHOP-", cursor: first.value.nextCursor });
  const names = [first, second].flatMap((page) => (page.ok ? page.value.items.map(({ namespace }) => namespace) : []));
  expect(new Set(names).size).toBe(4);
  expect(await desk.list(bob, list)).toMatchObject({ value: { total: 1, items: [{ namespace: "shop-payments" }] } });
  expect(await desk.list(ada, { ...list, coverage: ["partial"], phase: ["observe"] })).toMatchObject({
    value: { total: 0 },
  });
  expect(await desk.list(ada, { ...list, sort: "size" })).toMatchObject({ error: { code: "sort_unknown" } });
});

test("a namespace shows what is in force with the traffic of its rules, and none that one may not see", async () => {
  const desk = namespaceDesk({ ...parts, access });
  const detail = await desk.get(bob, payments);
  if (!detail.ok) throw new Error(detail.error.message);
  expect(namespaceDetail.parse(detail.value)).toEqual(detail.value);
  expect(detail.value.policies).toMatchObject([{ kind: "EgressFirewall", name: "default" }]);
  expect(detail.value.policies[0]!.rules.some(({ connections }) => connections > 0)).toBe(true);
  expect(detail.value.history.length).toBeGreaterThan(0);
  const hidden = await desk.get(bob, { cluster: "shop", namespace: "shop-web" });
  expect(hidden).toMatchObject({ error: { kind: "not-found", code: "namespace_unknown" } });
  expect(await desk.get(ada, { cluster: "shop", namespace: "nowhere" })).toEqual(
    await desk.get(bob, { cluster: "shop", namespace: "nowhere" }),
  );
  const map = await desk.flowMap(bob, payments, { most: 40 });
  expect(map).toMatchObject({ ok: true });
});

test("what a phase stands on is told with the namespace, and who may not change it sees that", async () => {
  const desk = namespaceDesk({ ...parts, access });
  const reviewByMs = parts.nowMs() + 86_400_000;
  const stoppedBecause = "something needed was blocked";
  await state.decisions.namespaces.set(payments, { threshold: 0.9, reviewByMs, stoppedBecause });
  expect(await desk.get(ada, payments)).toMatchObject({
    value: { automation: { threshold: 0.9, reviewByMs, stoppedBecause, mayChange: true } },
  });
  await state.decisions.namespaces.set(payments, {
    threshold: undefined,
    reviewByMs: undefined,
    stoppedBecause: undefined,
  });
  expect(await desk.get(bob, payments)).toMatchObject({
    value: { automation: { threshold: 0.97, reviewByMs: null, stoppedBecause: null, mayChange: false } },
  });
});

test("a namespace whose traffic cannot be told still shows what is in force", async () => {
  const failing = { ok: false, error: { code: "judge_busy", message: "too much at once" } } as const;
  const judge = { ...parts.judge, review: () => Promise.resolve(failing) };
  const detail = await namespaceDesk({ ...parts, judge, access }).get(ada, payments);
  expect(detail).toMatchObject({
    value: {
      policies: [{ kind: "EgressFirewall", rules: [], findings: [{ code: "judge_busy", severity: "warning" }] }],
    },
  });
});

test("how far Postern goes is for administrators to say, with a day to look again, and on record", async () => {
  const desk = namespaceDesk({ ...parts, access });
  expect(await desk.changePhase(bob, payments, { phase: "review" })).toMatchObject({ error: { kind: "forbidden" } });
  expect(await desk.changePhase(ada, payments, { phase: "automate" })).toMatchObject({
    error: { code: "phase_review_by" },
  });
  const past = { phase: "automate", reviewByMs: parts.nowMs() - 1 } as const;
  expect(await desk.changePhase(ada, payments, past)).toMatchObject({ error: { code: "phase_review_by" } });
  await state.decisions.namespaces.set(payments, { stoppedBecause: "something needed was blocked" });
  const reviewByMs = parts.nowMs() + 86_400_000;
  const changed = await desk.changePhase(ada, payments, { phase: "automate", reviewByMs });
  expect(changed).toMatchObject({ value: { phase: "automate", threshold: 0.97, stoppedBecause: null, reviewByMs } });
  expect(await state.decisions.namespaces.get(payments)).toMatchObject({
    phase: "automate",
    stoppedBecause: undefined,
  });
  const { records } = await state.decisions.audit.list({ kinds: ["namespace.phase"], limit: 10 });
  expect(records).toMatchObject([
    {
      subject: "namespace/shop/shop-payments",
      actor: { subject: "local:ada" },
      payload: { from: "review", to: "automate" },
    },
  ]);
});

test("what is wrong with rules is one list over all namespaces", async () => {
  const desk = ruleDesk({ ...parts, access });
  const all = await desk.list(ada, list);
  if (!all.ok) throw new Error(all.error.message);
  const order = all.value.items.map(({ severity }) => ["error", "warning", "info"].indexOf(severity));
  expect(order).toEqual(order.toSorted((a, b) => a - b));
  const broad = await desk.list(bob, { ...list, problem: ["over-broad"], q: "10.20.0.0/16" });
  expect(broad).toMatchObject({ value: { total: 1, items: [{ namespace: "shop-payments", proposal: null }] } });
  const [finding] = broad.ok ? broad.value.items : [];
  expect((await state.decisions.namespaces.finding(finding!.id))?.fixedManifest).toContain("10.20.30.40/32");
  expect(await desk.list(bob, { ...list, namespace: ["shop-media"] })).toMatchObject({
    value: { total: 0, items: [] },
  });
});
