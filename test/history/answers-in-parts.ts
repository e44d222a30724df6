import { describe, expect, test } from "vitest";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import type { Edge } from "../../src/pipeline/flows/edge.ts";
import { batchForTest, hourMs, monday } from "./batch-for-test.ts";

const window = { fromMs: monday * hourMs, toMs: (monday + 24) * hourMs };
const everywhere = { cluster: undefined, namespace: undefined };
const asked = { ...everywhere, window, limit: 1_000_000 };
/** More than any store makes at once. */
const count = 20_000;
const many = batchForTest(
  Array.from({ length: count }, (_, n) => {
    const to = `192.0.2.${n % 250}:${1 + Math.floor(n / 250)}`;
    return [`shop/Deployment/w${n % 7} tcp ${to}${n % 50 === 0 ? " api.example.com" : ""}`, n % 3, 1] as const;
  }),
);
const gone = { failure: { code: "history_given_up" } };

type Parts = AsyncGenerator<readonly Edge[], { readonly isCut: boolean }, undefined>;

function partsOf(store: EdgeStore, limit = asked.limit, signal?: AbortSignal): Parts {
  return store.edgesInParts!({ ...asked, limit }, signal);
}

async function all(parts: Parts): Promise<{ edges: Edge[]; isCut: boolean; parts: number }> {
  const edges: Edge[] = [];
  for (let taken = 0; ; taken += 1) {
    const { done = false, value } = await parts.next();
    if (done) return { edges, ...(value as { readonly isCut: boolean }), parts: taken };
    edges.push(...(value as readonly Edge[]));
  }
}

/** Long answers are taken a part at a time, left early, and given up, and the store goes on. */
export function answersInParts(withStore: (work: (store: EdgeStore) => Promise<void>) => Promise<void>): void {
  test("an answer in parts is the answer, and may be left or given up at any of them", async () => {
    await withStore(async (store) => {
      await store.append([many]);
      const whole = await all(partsOf(store));
      expect(whole.edges).toHaveLength(count);
      expect(whole.parts).toBeGreaterThan(1);
      expect(await store.edges(asked)).toEqual({ edges: whole.edges, isCut: false });
      for (const limit of [1, 777, count - 1, count]) {
        const own = await all(partsOf(store, limit));
        expect([own.edges.length, own.isCut]).toEqual([limit, limit < count]);
        expect(own.edges.at(-1)).toEqual(whole.edges[limit - 1]);
      }

      for (let i = 0; i < 5; i += 1) {
        const parts = partsOf(store);
        expect(await parts.next()).toMatchObject({ done: false });
        await parts.return({ isCut: true });
      }
      expect(await store.append([{ ...many, sequence: 2 }])).toEqual(["stored"]);

      const leaving = new AbortController();
      const parts = partsOf(store, asked.limit, leaving.signal);
      await parts.next();
      leaving.abort();
      await expect(all(parts)).rejects.toMatchObject(gone);
      expect(await parts.next()).toMatchObject({ done: true });
      expect((await all(partsOf(store))).edges).toHaveLength(count);
    });
  });

  describe("a question that nobody waits for any more", () => {
    const since = { ...everywhere, sinceMs: 0, limit: 9 };
    const questions: readonly (readonly [string, (store: EdgeStore, signal: AbortSignal) => Promise<unknown>])[] = [
      ["edges", async (store, signal) => store.edges(asked, signal)],
      ["edges in parts", async (store, signal) => all(partsOf(store, 9, signal))],
      ["names", async (store, signal) => store.names({ ...asked, limit: 9 }, signal)],
      ["new destinations", async (store, signal) => store.newDestinations(since, signal)],
      ["talkers", async (store, signal) => store.topTalkers({ ...asked, of: "workload", by: "flows" }, signal)],
      ["coarse", async (store, signal) => store.coarse(asked, signal)],
      ["sources", async (store, signal) => store.sourceHealth({ cluster: undefined, window }, signal)],
      ["coverage", async (store, signal) => store.coverage(signal)],
    ];

    test("is told so, whatever it is, before it began and while it runs", async () => {
      await withStore(async (store) => {
        await store.append([many]);
        for (const [name, ask] of questions) {
          await expect(ask(store, AbortSignal.abort()), name).rejects.toMatchObject(gone);
          const leaving = new AbortController();
          const answer = ask(store, leaving.signal);
          leaving.abort();
          await expect(answer, name).rejects.toMatchObject(gone);
        }
        expect(await store.coverage()).toHaveLength(1);
      });
    });
  });
}
