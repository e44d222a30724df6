import { expect, test } from "vitest";
import { ok } from "../../core/result.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import { encodeAnswer } from "./encode-answer.ts";
import { answerHistory, answerInPieces, remoteHistory, remoteHistoryInPieces } from "./history-calls.ts";
import { decodeAsked, encodeHistory, historyQuestions } from "./history-codec.ts";
import type { HistoryReader } from "./history-reader.ts";
import { HistoryUnavailable } from "./history-unavailable.ts";

const edge: Edge = {
  cluster: "east",
  namespace: "shop",
  workload: { kind: "Deployment", name: "cart" },
  address: { family: 6, value: 0x20010db8_00000000_00000000_00000001n },
  prefixLength: undefined,
  protocol: "tcp",
  port: 443,
  verdict: "seen",
  names: ["api.example.com"],
  decidedBy: ["EgressFirewall/shop/default#3"],
  flows: 2 ** 60,
  bytes: undefined,
  firstSeenMs: 7_200_000,
  lastSeenMs: 7_200_001,
  activity: [{ hour: 2, flows: 7 }],
};
const { cluster, namespace, workload, address } = edge;
const window = { fromMs: 0, toMs: 10 };
const asked: unknown[] = [];
const noted =
  <T>(answer: T) =>
  (query: unknown): Promise<T> => {
    asked.push(query);
    return Promise.resolve(answer);
  };

const reader: HistoryReader = {
  edges: noted({ edges: [edge], isCut: true }),
  names: noted([
    {
      cluster,
      namespace,
      workload,
      address,
      name: "api.example.com",
      from: "dns-answer" as const,
      chain: ["a.example.com"],
      ttlSeconds: undefined,
      count: 1,
      firstSeenMs: 1,
      lastSeenMs: 2,
    },
  ]),
  newDestinations: noted([edge]),
  topTalkers: noted([
    { cluster, namespace: undefined, workload: undefined, address, flows: 1, bytes: undefined, destinations: 1 },
  ]),
  coarse: noted([
    {
      cluster,
      namespace,
      workload,
      source: "prometheus",
      destination: "pub",
      protocol: undefined,
      port: undefined,
      verdict: "seen" as const,
      hour: 2,
      lastHour: 3,
      flows: undefined,
      bytes: 4,
    },
  ]),
  sourceHealth: noted([
    {
      cluster,
      observer: "node-a",
      source: "flows",
      kind: "hubble",
      state: "running" as const,
      message: "",
      records: 1,
      malformed: 0,
      lost: 0,
      outages: 0,
      dropped: 0,
      receivedBytes: 2,
      leftOut: [{ reason: "internal" as const, flows: 1 }],
      samplingMax: 1,
      lastArrivalMs: undefined,
      lagMs: { mean: 1, max: 2 },
      reportedAtMs: 7_200_000,
      reportedHours: [{ firstHour: 1, lastHour: 2 }],
    },
  ]),
  coverage: () => Promise.resolve([{ cluster, namespace, firstHour: 1, lastHour: 2, edges: 3 }]),
  close: async () => {},
};

const far = remoteHistory(
  async (question, text) => answerHistory(reader, question, text),
  async () => {},
);

/** The same over a wire that is read while it comes. */
const farther = remoteHistoryInPieces(
  async (question, text, take) => {
    const pieces = await answerInPieces(reader, question, text);
    if (!pieces.ok) return pieces;
    for await (const piece of pieces.value) take(Buffer.from(piece));
    return ok(undefined);
  },
  async () => {},
);

const everywhere = { cluster: undefined, namespace: undefined };

test.each([
  ["edges", { ...everywhere, workload, window, limit: 5 }],
  ["names", { ...everywhere, name: "api.example.com", address, window, limit: 5 }],
  ["newDestinations", { cluster, namespace, sinceMs: 5, limit: 5 }],
  ["topTalkers", { cluster, window, of: "destination", by: "bytes", limit: 5 }],
  ["coarse", { ...everywhere, window, limit: 5 }],
  ["coarse", { ...everywhere, window, per: "window", limit: 5 }],
  ["sourceHealth", { cluster: undefined, window }],
] as const)("%s is asked and answered over a wire as in the same process", async (question, query) => {
  asked.length = 0;
  const near = await (reader[question] as (own: unknown) => Promise<unknown>)(query);
  expect(await (far[question] as (own: unknown) => Promise<unknown>)(query)).toEqual(near);
  expect(await (farther[question] as (own: unknown) => Promise<unknown>)(query)).toEqual(near);
  expect(asked).toEqual([query, query, query]);
});

test.each([0, 1, 999, 1000, 1001, 2500])("%i rows are told as at once", async (count) => {
  const edges = Array.from({ length: count }, (_, port) => ({ ...edge, port }));
  expect(await encodeAnswer({ edges, isCut: false })).toEqual(ok(encodeHistory({ edges, isCut: false })));
  expect(await encodeAnswer(edges)).toEqual(ok(encodeHistory(edges)));
});

test("an answer that is too long to be sent is refused", async () => {
  const edges = Array.from({ length: 3000 }, () => edge);
  const { length } = encodeHistory(edges);
  expect(await encodeAnswer(edges, { longest: length })).toMatchObject({ ok: true });
  expect(await encodeAnswer(edges, { longest: length - 10 })).toMatchObject({ error: { code: "history_too_much" } });
});

/** Edges in parts, of which it notes how many were taken and whether it was ended. */
function inParts(parts: readonly (readonly Edge[])[]): {
  reader: HistoryReader;
  taken: () => number;
  ended: () => boolean;
} {
  let [taken, isEnded] = [0, false];
  return {
    reader: {
      ...reader,
      async *edgesInParts() {
        try {
          for (const part of parts) {
            taken += 1;
            yield await Promise.resolve(part);
          }
          return { isCut: false };
        } finally {
          isEnded = true;
        }
      },
    },
    taken: () => taken,
    ended: () => isEnded,
  };
}
const anything = JSON.stringify({ cluster: null, namespace: null, window: { fromMs: 0, toMs: 1 }, limit: 9 });

test.each([[[]], [[[]]], [[[edge]]], [[[edge, edge], [], [edge]]]])(
  "edges that come in parts are told as at once: %#",
  async (parts) => {
    const told = await answerInPieces(inParts(parts).reader, "edges", anything);
    if (!told.ok) throw new Error(told.error.message);
    const pieces: string[] = [];
    for await (const piece of told.value) pieces.push(piece);
    expect(pieces.join("")).toBe(encodeHistory({ edges: parts.flat(), isCut: false }));
  },
);

test("no more parts are found than are taken, and who leaves ends the search", async () => {
  const own = inParts(Array.from({ length: 100 }, () => [edge]));
  const told = await answerInPieces(own.reader, "edges", anything);
  if (!told.ok) throw new Error(told.error.message);
  await told.value.next();
  await told.value.next();
  expect([own.taken(), own.ended()]).toEqual([2, false]);
  await told.value.return();
  expect([own.taken(), own.ended()]).toEqual([2, true]);
});

test("who leaves before the first piece ends the search", async () => {
  const own = inParts([[edge], [edge]]);
  const told = await answerInPieces(own.reader, "edges", anything);
  if (told.ok) await told.value.return();
  expect(own.ended()).toBe(true);
});

test("coverage has nothing to ask", async () => {
  expect(await far.coverage()).toEqual(await reader.coverage());
  expect(await farther.coverage()).toEqual(await reader.coverage());
});

test.each([
  ["not JSON", "{", "it is not JSON"],
  [
    "a limit beyond all limits",
    `{"cluster":null,"namespace":null,"window":{"fromMs":0,"toMs":1},"limit":1e9}`,
    "`limit`",
  ],
  ["a field that is none", `{"cluster":null,"namespace":null,"window":{"fromMs":0,"toMs":1},"limit":1,"x":1}`, "x"],
])("%s is refused", (_, text, why) => {
  const read = decodeAsked("edges", text);
  expect(read.ok ? "" : read.error.message).toContain(why);
});

test("what a person can mend far away is told here", async () => {
  const failure = { code: "history_locked", message: "another Postern holds it" };
  const broken = remoteHistory(
    () => Promise.resolve({ ok: false, error: failure }),
    async () => {},
  );
  await expect(broken.coverage()).rejects.toThrow(HistoryUnavailable);
  expect(historyQuestions).toHaveLength(7);
});
