import { expect, test } from "vitest";
import { batchForTest, hourMs, monday } from "../../../test/history/batch-for-test.ts";
import { plainReader } from "../../../test/history/plain-reader.ts";
import type { SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import type { StoredHealth } from "./edge-store.ts";
import { harvestOfHistory, type HistoryScope } from "./harvest-of-history.ts";

const scope: HistoryScope = {
  cluster: undefined,
  namespaces: [],
  window: { fromMs: 0, toMs: (monday + 1000) * hourMs },
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

function west({ owners }: SealedBatch): Pick<SealedBatch, "owners"> {
  return { owners: owners.map((owner) => ({ ...owner, cluster: "west" })) };
}
