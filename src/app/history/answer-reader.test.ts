import fc from "fast-check";
import { expect, test } from "vitest";
import type { Edge } from "../../pipeline/flows/edge.ts";
import { AnswerReader } from "./answer-reader.ts";
import type { HistoryQuestion } from "./history-codec.ts";
import { decodeAnswer, encodeHistory } from "./history-codec.ts";

const edge: Edge = {
  cluster: "east",
  namespace: "shop",
  workload: { kind: "Deployment", name: "cart" },
  address: { family: 4, value: 0xc0000201n },
  prefixLength: undefined,
  protocol: "tcp",
  port: 443,
  verdict: "seen",
  // Whatever looks like the end of a row, inside of a text.
  names: ['a"},{"b', "],[", "c\\", "ü🙂"],
  decidedBy: [],
  flows: 1,
  bytes: undefined,
  firstSeenMs: 1,
  lastSeenMs: 2,
  activity: [
    { hour: 1, flows: 1 },
    { hour: 2, flows: 1 },
  ],
};
const edges = (count: number): Edge[] => Array.from({ length: count }, (_, port) => ({ ...edge, port }));

function read(question: HistoryQuestion, text: string, pieceBytes: number): unknown {
  const reader = new AnswerReader(question);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) reader.push(bytes.subarray(at, at + pieceBytes));
  return reader.end();
}

test("in whatever pieces an answer comes, it is the answer as a whole", () => {
  fc.assert(
    fc.property(
      fc.constantFrom("edges", "newDestinations", "coverage"),
      fc.constantFrom(0, 1, 2, 3000),
      fc.integer({ min: 1000, max: 400_000 }),
      (question, count, pieceBytes) => {
        const rows = question === "coverage" ? [] : edges(count);
        const text = encodeHistory(question === "edges" ? { edges: rows, isCut: true } : rows);
        expect(read(question, text, pieceBytes)).toEqual(decodeAnswer(question, text));
      },
    ),
    { numRuns: 15 },
  );
});

test("a byte at a time as well", () => {
  const text = encodeHistory({ edges: edges(3), isCut: false });
  expect(read("edges", text, 1)).toEqual(decodeAnswer("edges", text));
});

test("an answer with its fields in another order is read at its end", () => {
  const { edges: rows } = { edges: edges(2000) };
  const text = `{"isCut":true,"edges":${encodeHistory(rows)}}`;
  expect(read("edges", text, 10_000)).toEqual(decodeAnswer("edges", text));
});

const long = encodeHistory({ edges: edges(3000), isCut: false });
test.each([
  ["cut in the middle", long.slice(0, -500), "it is not JSON"],
  ["cut behind a row that was read", long.slice(0, long.lastIndexOf(',{"cluster"')), "it is not JSON"],
  ["with a wrong row far behind", long.replace('"port":2900', '"port":"x"'), "`edges."],
  ["with more behind its end", `${long}]`, "it is not JSON"],
  ["no JSON at all", "<html>", "it is not JSON"],
  ["empty", "", "it is not JSON"],
])("an answer %s is refused", (_, text, why) => {
  expect(read("edges", text, 65_536)).toMatchObject({
    ok: false,
    error: { code: "history_not_understood", message: expect.stringContaining(why) as unknown },
  });
});

test("a row without an end is not read to the end of the wire", () => {
  const reader = new AnswerReader("edges", { longest: 1000 });
  expect(reader.push(Buffer.from('{"edges":[{"cluster":"'))).toBe(true);
  expect(reader.push(Buffer.alloc(2000, "a"))).toBe(false);
  expect(reader.push(Buffer.alloc(2000, "a"))).toBe(false);
  expect(reader.end()).toMatchObject({ error: { code: "history_not_understood" } });
});
