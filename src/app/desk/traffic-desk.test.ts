import { expect, test } from "vitest";
import type { Access } from "../access/access.ts";
import type { TrafficGroupQuery, TrafficReader, TrafficSum, TrafficTimeQuery } from "../history/traffic-reader.ts";
import type { TrafficQuery } from "../wire/traffic.ts";
import { trafficDesk } from "./traffic-desk.ts";

const nowMs = Date.UTC(2026, 10, 23, 12);
const web = { cluster: "east", namespace: "shop-web" };
const payments = { cluster: "east", namespace: "shop-payments" };
const ada = { subject: "local:ada", name: "ada", groups: [], kubernetesUser: undefined };
const bob = { ...ada, subject: "local:bob", name: "bob" };

const plain: TrafficQuery = { limit: 10 };

function row(port: number): TrafficSum {
  const at = { firstSeenMs: nowMs, lastSeenMs: nowMs };
  const none = { cluster: undefined, namespace: undefined, workload: undefined, address: undefined, names: undefined };
  const rest = { prefixLength: undefined, protocol: undefined, verdict: undefined, bytes: undefined };
  return { ...none, ...rest, ...at, port, flows: port, destinations: 1 };
}

/** Forty rows whose port is their place; Ada sees everything, Bob one namespace. */
function open(): {
  desk: ReturnType<typeof trafficDesk>;
  asked: (TrafficGroupQuery | TrafficTimeQuery)[];
} {
  const asked: (TrafficGroupQuery | TrafficTimeQuery)[] = [];
  const rows = Array.from({ length: 40 }, (_, index) => row(index));
  const traffic: TrafficReader = {
    sums: (query) => {
      asked.push(query);
      return Promise.resolve({ rows: rows.slice(query.offset, query.offset + query.limit), total: rows.length });
    },
    overTime: (query) => {
      asked.push(query);
      return Promise.resolve({ firstHour: 0, series: [] });
    },
  };
  const access: Access = {
    may: ({ name }) => Promise.resolve(name === "ada"),
    among: ({ name }, _verb, among) =>
      Promise.resolve(name === "ada" ? "all" : among.filter(({ namespace }) => namespace === "shop-payments")),
  };
  const namespaces = () => Promise.resolve([web, payments]);
  return { desk: trafficDesk({ traffic, access, namespaces, nowMs: () => nowMs }), asked };
}

async function ports(answer: ReturnType<ReturnType<typeof open>["desk"]["list"]>): Promise<readonly unknown[]> {
  const page = await answer;
  if (!page.ok) throw new Error(page.error.message);
  return page.value.items.map(({ port }) => port);
}

test("pages follow each other, from wherever one begins", async () => {
  const { desk } = open();
  const first = await desk.list(ada, { ...plain, skip: 20 });
  if (!first.ok) throw new Error(first.error.message);
  expect(first.value.items.map(({ port }) => port)).toEqual([20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
  expect(first.value.total).toBe(40);
  const { nextCursor: cursor } = first.value;
  expect(await ports(desk.list(ada, { ...plain, cursor }))).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  expect(await ports(desk.list(ada, { ...plain, skip: 5, cursor }))).toEqual([30, 31, 32, 33, 34, 35, 36, 37, 38, 39]);
  expect(await ports(desk.list(ada, { ...plain, skip: 40 }))).toEqual([]);
  expect(await desk.list(ada, { ...plain, port: [443], cursor })).toMatchObject({ error: { code: "cursor_unusable" } });
});

test("whoever sees one namespace asks within it, whatever the filters say", async () => {
  const { desk, asked } = open();
  await desk.list(ada, plain);
  await desk.list(bob, { ...plain, namespace: ["shop-web"] });
  await desk.timeline(bob, { namespace: ["shop-web"] });
  expect(asked.map(({ within }) => within)).toEqual([undefined, [payments], [payments]]);
});

test.each([
  [{ address: ["10.0.0.0/33"] }, "address_unreadable"],
  [{ workload: ["cart"] }, "workload_unreadable"],
  [{ protocol: ["smoke"] }, "protocol_unknown"],
  [{ sort: "-colour" }, "sort_unknown"],
])("%o is refused as %s", async (query, code) => {
  const { desk } = open();
  expect(await desk.list(ada, { ...plain, ...query })).toMatchObject({ error: { code } });
});
