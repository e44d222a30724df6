import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { RecordedHands } from "../../../test/services/recorded-hands.ts";
import { prometheusOptions } from "./options.ts";
import { prometheusSource } from "./source.ts";

const hourMs = 3_600_000;
const thisHour = 500_000;
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

type Answer = (query: string, hour: number, response: ServerResponse) => void;

/** Asks a server for the two hours before this one, until both were had or given up. */
async function askFor(answer: Answer, more: object = {}): Promise<RecordedHands> {
  const server = createServer((request: IncomingMessage, response) => {
    const { searchParams } = new URL(request.url ?? "", "http://x");
    const hour = Number(searchParams.get("time")) / 3600 - thisHour + 2;
    answer(searchParams.get("query") ?? "", hour, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const options = prometheusOptions.parse({ url, sinceHours: 2, settleMinutes: 0, metrics: ["netobserv"], ...more });
  const machine = { nowMs: () => thisHour * hourMs + 1000, stdin: (async function* () {})() };
  const hands = new RecordedHands();
  const abort = new AbortController();
  const ended = prometheusSource.open("metrics", options, machine).run(hands, abort.signal);
  closing.push(async () => {
    abort.abort();
    await ended;
    server.closeAllConnections();
    server.close();
  });
  await hands.until(() => hands.position === `{"nextHour":${thisHour}}`);
  return hands;
}

const sample = (owner: string, value: string) => ({
  metric: { SrcK8S_Namespace: "shop", SrcK8S_OwnerName: owner, SrcK8S_OwnerType: "Deployment" },
  value: [1, value],
});
const vector = (result: readonly object[], more: object = {}): string =>
  JSON.stringify({ status: "success", data: { resultType: "vector", result }, ...more });
const isBytes = (query: string): boolean => query.includes("egress_bytes");
const isSampling = (query: string): boolean => query.includes("sampling_rate");

test("more rows than an observer keeps are counted as lost", async () => {
  const many = Array.from({ length: 20_010 }, (_, i) => sample(`w${i}`, "5"));
  const hands = await askFor((query, hour, response) => response.end(vector(isBytes(query) && hour === 1 ? many : [])));
  expect([hands.coarse.length, hands.lostRecords, hands.outages]).toEqual([20_000, 10, 0]);
});

test("bytes of agents that do not say how they sample are told to be as counted", async () => {
  const hands = await askFor((query, _, response) => response.end(vector(isBytes(query) ? [sample("cart", "5")] : [])));
  expect(hands.coarse.map(({ bytes }) => bytes)).toEqual([5, 5]);
  expect(hands.states.at(-1)).toContain("the agents' sampling is not known");
});

test("an hour of which the server says that something is missing is an outage, and counts", async () => {
  const hands = await askFor((query, hour, response) => {
    const warnings = hour === 1 && isBytes(query) ? { warnings: ["No StoreAPIs matched\nfor this query"] } : {};
    const result = isSampling(query) ? [{ metric: {}, value: [1, "50"] }] : isBytes(query) ? [sample("cart", "5")] : [];
    response.end(vector(result, warnings));
  });
  expect([hands.coarse.map(({ bytes }) => bytes), hands.outages]).toEqual([[250, 250], 1]);
  expect(hands.states[0]).toContain(
    "the server says that something is missing: No StoreAPIs matched for this query; bytes",
  );
});

test.each([
  ["too long an answer", (response: ServerResponse) => response.end("x".repeat(2 << 20))],
  [
    "a query that the server gives up",
    (response: ServerResponse) => response.writeHead(422).end('{"status":"error","error":"too many samples"}'),
  ],
])("%s loses an hour, which is an outage, and the next is asked for", async (_, refuse) => {
  const hands = await askFor(
    (query, hour, response) => {
      if (hour === 1 && isBytes(query)) refuse(response);
      else response.end(vector(isBytes(query) ? [sample("cart", "5")] : []));
    },
    { maxAnswerMiB: 1 },
  );
  expect([hands.coarse.length, hands.outages]).toEqual([1, 1]);
});

test.each([
  ["a value that is no number", sample("cart", "NaN")],
  ["a row without a workload", { metric: { SrcK8S_Namespace: "shop" }, value: [1, "5"] }],
])("%s is counted as not understood", async (_, one) => {
  const hands = await askFor((query, hour, response) =>
    response.end(vector(isBytes(query) && hour === 1 ? [one] : [])),
  );
  expect([hands.coarse, hands.malformedReasons]).toEqual([[], ["a sample without a workload or a count"]]);
});
