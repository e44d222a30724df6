import fc from "fast-check";
import { expect, test } from "vitest";
import type { EdgeStore } from "../../src/app/history/edge-store.ts";
import { arbitraryBatch, arbitraryPlan, arbitraryQuestion } from "./arbitrary-batches.ts";
import { PlainEdgeStore } from "./plain-edge-store.ts";

/** Any batches, upkeep between them, then every question: the answers are those of the obvious store. */
export function answersAsThePlainStore(
  withStore: (work: (store: EdgeStore) => Promise<void>) => Promise<void>,
  runs: number,
  merge?: (store: EdgeStore) => Promise<void>,
): void {
  test("whatever is stored, every answer is that of the obvious store", async () => {
    const command = fc.oneof(
      { weight: 3, arbitrary: fc.array(arbitraryBatch, { minLength: 1, maxLength: 3 }) },
      { weight: 1, arbitrary: arbitraryPlan },
      // What the server merges by itself, whenever it likes.
      { weight: merge === undefined ? 0 : 1, arbitrary: fc.constant("merge" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 5 }), arbitraryQuestion, async (commands, question) => {
        await withStore(async (store) => {
          const plain = new PlainEdgeStore();
          for (const own of commands) {
            if (own === "merge") await merge?.(store);
            else if ("nowMs" in own) {
              await store.maintain(own);
              plain.maintain(own);
            } else expect(await store.append(own)).toEqual(plain.append(own));
          }
          const { workload, sinceMs, of, by, per, ...asked } = question;
          const about = workload === undefined ? asked : { ...asked, workload };
          expect(await store.edges(about)).toEqual(plain.edges(about));
          expect(await store.names(asked)).toEqual(plain.names(asked));
          const coarse = { ...about, per } as const;
          expect(await store.coarse(coarse)).toEqual(plain.coarse(coarse));
          expect(await store.coverage()).toEqual(plain.coverage());
          const talkers = { ...asked, of, by } as const;
          expect(await store.topTalkers(talkers)).toEqual(plain.topTalkers(talkers));
          const since = { ...asked, sinceMs };
          expect(await store.newDestinations(since)).toEqual(plain.newDestinations(since));
        });
      }),
      { numRuns: runs },
    );
  });
}
