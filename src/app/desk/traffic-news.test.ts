import { expect, test } from "vitest";
import type { EdgeDelta, SealedBatch } from "../../pipeline/flows/sealed-batch.ts";
import { serverEvents } from "./server-events.ts";
import { TrafficNews } from "./traffic-news.ts";

function batch(
  ...rows: readonly (readonly [owner: number, flows: number, verdict: EdgeDelta["verdict"]])[]
): SealedBatch {
  const owner = (namespace: string): SealedBatch["owners"][number] => ({
    cluster: "east",
    namespace,
    workload: { kind: "Deployment", name: "cart" },
  });
  const edges = rows.map(([own, flows, verdict]) => ({ owner: own, flows, verdict }) as EdgeDelta);
  const head = { observer: "a", incarnation: "0", sequence: 1, cluster: "east", sealedAtMs: 0 };
  return { ...head, owners: [owner("shop"), owner("pay")], sources: [], edges, names: [], coarse: [], health: [] };
}

test("pages hear once of what was stored, namespace by namespace, and never of what was known", async () => {
  const events = serverEvents();
  const heard: unknown[] = [];
  events.listen((event, where) => heard.push([event, where]));
  const news = new TrafficNews(events);
  const answers = ["stored", "known", "stored"] as const;
  const store = news.watch({ append: () => Promise.resolve(answers) });
  const sent = [batch([0, 2, "seen"], [1, 1, "denied"]), batch([0, 9, "seen"]), batch([0, 3, "denied"])];
  expect(await store.append(sent)).toEqual(answers);
  news.tell();
  news.tell();
  const told = (namespace: string, flows: number, denied: number): unknown => [
    { type: "traffic", namespaces: [{ cluster: "east", namespace, flows, denied }] },
    { cluster: "east", namespace },
  ];
  expect(heard).toEqual([told("shop", 5, 3), told("pay", 1, 1)]);
});
