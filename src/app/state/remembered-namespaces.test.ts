import { expect, test } from "vitest";
import type { Books, Decisions } from "./books.ts";
import type { NamespaceBook } from "./namespaces.ts";
import { withRememberedNamespaces } from "./remembered-namespaces.ts";

const where = { cluster: "east", namespace: "shop" };

function setUp(): { decisions: Decisions; reads: { all: number; fails: boolean }; clock: { ms: number } } {
  const reads = { all: 0, fails: false };
  const clock = { ms: 0 };
  const namespaces = {
    all: () => {
      reads.all += 1;
      return reads.fails ? Promise.reject(new Error("away")) : Promise.resolve([]);
    },
    set: () => Promise.resolve(),
  } as unknown as NamespaceBook;
  const books = { namespaces } as Books;
  const plain: Decisions = { ...books, change: async (work) => work(books) };
  return { decisions: withRememberedNamespaces(plain, () => clock.ms), reads, clock };
}

test("all namespaces are read once in a second, however many ask", async () => {
  const { decisions, reads, clock } = setUp();
  await Promise.all([1, 2, 3].map(async () => decisions.namespaces.all()));
  expect(reads.all).toBe(1);
  clock.ms = 1_000;
  await decisions.namespaces.all();
  expect(reads.all).toBe(2);
});

test.each<[string, (decisions: Decisions) => Promise<void>, number]>([
  ["what people decide is seen at once", async ({ namespaces }) => namespaces.set(where, { phase: "review" }), 2],
  [
    "also when it is decided in a transaction",
    async (decisions) => decisions.change(async (books) => books.namespaces.set(where, { stoppedBecause: undefined })),
    2,
  ],
  ["what the server counts is seen a moment later", async ({ namespaces }) => namespaces.set(where, { flows: 7 }), 1],
])("%s", async (_, write, expected) => {
  const { decisions, reads } = setUp();
  await decisions.namespaces.all();
  await write(decisions);
  await decisions.namespaces.all();
  expect(reads.all).toBe(expected);
});

test("a failure is not remembered", async () => {
  const { decisions, reads } = setUp();
  reads.fails = true;
  await expect(decisions.namespaces.all()).rejects.toThrow("away");
  reads.fails = false;
  expect(await decisions.namespaces.all()).toEqual([]);
});
