import { expect, test } from "vitest";
import { batchForTest, hourMs, monday } from "../../../test/history/batch-for-test.ts";
import { plainReader } from "../../../test/history/plain-reader.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { StoredHealth } from "./edge-store.ts";
import { harvestOfHistory, type HistoryScope } from "./harvest-of-history.ts";
import { HistoryUnavailable } from "./history-unavailable.ts";

const scope: HistoryScope = {
  cluster: undefined,
  namespaces: [],
  window: { fromMs: 0, toMs: (monday + 1000) * hourMs },
  nowMs: (monday + 1000) * hourMs,
  facts: undefined,
  given: { pods: [], services: [] },
};
const week = batchForTest([
  ["shop/Deployment/cart tcp 192.0.2.1:443 api.example.com", 0, 3],
  ["shop/Deployment/cart tcp 192.0.2.1:443", 5, 2],
  ["pay/Deployment/ledger tcp [2001:db8::1]:5432", 1, 1],
]);

async function read(
  batches: readonly SealedBatch[],
  health?: Partial<StoredHealth>[],
  own: Partial<HistoryScope> = {},
) {
  const harvest = await harvestOfHistory(plainReader(batches, health), { ...scope, ...own }, { edges: 2, names: 1 });
  return harvest.ok ? harvest.value : harvest.error;
}

test("edges of all namespaces are in the order of a harvest, with their names and times", async () => {
  const harvest = await read([week]);
  expect(harvest).toMatchObject({
    edges: [
      { namespace: "pay", flows: 1, names: [] },
      { namespace: "shop", flows: 5, names: ["api.example.com"], activity: [{ flows: 3 }, { flows: 2 }] },
    ],
    nameEvidence: [{ name: "api.example.com", namespace: "shop", from: "dns-answer", ttlSeconds: 60 }],
    window: { firstMs: monday * hourMs + 1000, lastMs: (monday + 5) * hourMs + 2000 },
    inputs: [{ path: "node-a/flows", format: "netobserv", flows: 10 }],
    isComplete: true,
    warnings: [],
  });
});

test.each<[string, Partial<StoredHealth>, string]>([
  ["lost records", { lost: 3 }, "flows_lost"],
  ["outages", { outages: 1 }, "flows_lost"],
  ["what the observer dropped", { dropped: 2 }, "flows_overflow"],
  ["sampling", { samplingMax: 50 }, "flows_sampled"],
  ["audit logs", { kind: "ovn-acl-file" }, "flows_audit_log_partial"],
  ["imported audit logs", { kind: "import netobserv ovn-acl" }, "flows_audit_log_partial"],
])("%s make it incomplete, and a warning says so", async (_, health, code) => {
  const harvest = await read([week], [health, {}]);
  expect(harvest).toMatchObject({ isComplete: false, warnings: [{ code }] });
});

test("hours in which no observer reported, and of which no flow is known, make it incomplete", async () => {
  // The edges of the week are in hours 0, 1 and 5.
  const reportedHours = [
    { firstHour: monday, lastHour: monday + 3 },
    { firstHour: monday + 7, lastHour: monday + 999 },
  ];
  const harvest = await read([week], [{ reportedHours }]);
  const message =
    "no observer reported for 2 hours, the longest time from 2026-11-02 04:00 to 2026-11-02 05:00 UTC: what was sent then is missing, " +
    "see `postern history coverage`";
  expect(harvest).toMatchObject({ isComplete: false, warnings: [{ code: "flows_not_observed", message }] });
  expect(harvest).toMatchObject({ unwatchedHours: [monday + 4, monday + 6] });
});

test("workloads that only metrics know make it incomplete, and are named", async () => {
  const coarse = [
    { workload: "web", namespace: "shop" },
    { workload: "gate", namespace: "edge" },
  ].map((own, owner) => ({
    owner: { cluster: "east", namespace: own.namespace, workload: { kind: "Deployment", name: own.workload } },
    row: {
      source: 0,
      owner,
      destination: "",
      protocol: undefined,
      port: undefined,
      verdict: "seen",
      hour: monday,
      flows: 1,
      bytes: 2,
    } as const,
  }));
  const metrics: SealedBatch = {
    ...batchForTest([], { sequence: 2, source: "prometheus" }),
    owners: coarse.map(({ owner }) => owner),
    coarse: coarse.map(({ row }) => row),
  };
  const harvest = await read([week, metrics]);
  const message =
    "metrics say that 2 workloads without any recorded flow send egress: `edge/Deployment/gate`, `shop/Deployment/web`; " +
    "what is learned would cut them off, see `postern history coarse`";
  expect(harvest).toMatchObject({ isComplete: false, warnings: [{ code: "flows_metrics_only", message }] });
  const own = await read([week, metrics], undefined, { namespaces: ["pay"] });
  expect(own).toMatchObject({ isComplete: true, warnings: [] });
});

test("who may read one cluster only learns from it, though its observers belong to another", async () => {
  const all = plainReader([week]);
  const sourceHealth: typeof all.sourceHealth = ({ cluster }) => {
    const failure = { code: "collector_cluster_not_allowed", message: "name one" };
    return cluster === undefined ? Promise.reject(new HistoryUnavailable(failure)) : Promise.resolve([]);
  };
  const harvest = await harvestOfHistory({ ...all, sourceHealth }, { ...scope, cluster: "east" });
  expect(harvest).toMatchObject({ ok: true, value: { inputs: [] } });
});

test("what sources left out is added up, in the order of reports", async () => {
  const leftOut = [
    { reason: "internal", flows: 2 },
    { reason: "reply", flows: 1 },
  ] as const;
  const harvest = await read([week], [{ leftOut }, { source: "other", leftOut }]);
  expect(harvest).toMatchObject({
    leftOut: [
      { reason: "reply", flows: 2, example: "from `flows`, `other`" },
      { reason: "internal", flows: 4 },
    ],
  });
});

test.each<[string, SealedBatch[], Partial<HistoryScope>, string]>([
  ["two clusters and none named", [week, { ...week, cluster: "w", ...west(week) }], {}, "history_several_clusters"],
  ["a time that ends before it begins", [week], { window: { fromMs: 2, toMs: 1 } }, "history_question"],
  ["a cluster that is not there", [week], { cluster: "west" }, "history_no_such_cluster"],
  ["namespaces that are not there", [week], { namespaces: ["sohp"] }, "history_no_such_namespace"],
  [
    "more than fits into memory",
    [week, batchForTest([["web/Deployment/web tcp 192.0.2.9:1", 0, 1]], { sequence: 2 })],
    {},
    "history_too_much",
  ],
])("%s is refused", async (_, batches, own, code) => {
  expect(await read(batches, undefined, own)).toMatchObject({ code });
});

test("one namespace of a large history is read alone", async () => {
  const more = batchForTest([["web/Deployment/web tcp 192.0.2.9:1", 0, 1]], { sequence: 2 });
  expect(await read([week, more], undefined, { namespaces: ["web"] })).toMatchObject({ edges: [{ namespace: "web" }] });
});

test("a text that is no name does not become one", async () => {
  const odd = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443 *", 0, 1]]);
  expect(await read([odd])).toMatchObject({ edges: [{ names: [] }], nameEvidence: [] });
});

test("names that did not fit are counted", async () => {
  const named = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443 a.example.com b.example.com", 0, 1]]);
  expect(await read([named])).toMatchObject({ overflow: { names: 1 }, isComplete: false });
});

test("a namespace full of names leaves the others theirs", async () => {
  const names = Array.from({ length: 20 }, (_, i) => `made-up-${i}.example.com`).join(" ");
  const flood = batchForTest([
    [`attack/Deployment/a tcp 192.0.2.1:443 ${names}`, 0, 1],
    ["shop/Deployment/cart tcp 192.0.2.2:443 api.example.com", 0, 1],
    ["web/Deployment/web tcp 192.0.2.3:443 b.example.com c.example.com d.example.com", 0, 1],
  ]);
  const harvest = await harvestOfHistory(plainReader([flood]), scope, { edges: 9, names: 9 });
  if (!harvest.ok) throw new Error(harvest.error.message);
  const kept = Map.groupBy(harvest.value.nameEvidence, ({ namespace }) => namespace);
  expect(["attack", "shop", "web"].map((namespace) => kept.get(namespace)?.length)).toEqual([5, 1, 3]);
  expect(harvest.value.isComplete).toBe(false);
});

function west({ owners }: SealedBatch): Pick<SealedBatch, "owners"> {
  return { owners: owners.map((owner) => ({ ...owner, cluster: "west" })) };
}
