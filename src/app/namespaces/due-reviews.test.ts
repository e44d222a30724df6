import { expect, test } from "vitest";
import type { LivePolicy } from "../judge/cluster-reader.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import { DueReviews } from "./due-reviews.ts";

const noon = Date.UTC(2026, 10, 23, 12);
const minute = 60_000;
const where = { cluster: "shop", namespace: "web" };

/** A namespace without traffic, and a clock. */
function quiet(): {
  /** @returns whether it is due */
  look: (minutes: number, reviewedAt: number) => Promise<boolean>;
  policy: { text: string };
} {
  const policy = { text: "a" };
  const due = new DueReviews({
    facts: () => Promise.resolve(undefined),
    policies: () => {
      const { text: manifest } = policy;
      const live = { kind: "EgressFirewall", name: "default", namespace: "web", status: "", isApplied: undefined };
      return Promise.resolve([{ ...live, manifest } satisfies LivePolicy]);
    },
  });
  return {
    policy,
    look: async (minutes, reviewedAt) => {
      const record = { ...where, learnedAtMs: noon + reviewedAt * minute } as NamespaceRecord;
      const records = new Map([["shop/web", record]]);
      const found = await due.among([where], { records, counted: new Map(), nowMs: noon + minutes * minute });
      return found.has("shop/web");
    },
  };
}

test("a changed policy is due until it was reviewed, whatever becomes of what was asked for", async () => {
  const { look, policy } = quiet();
  expect(await look(0, -1)).toBe(false);
  policy.text = "b";
  expect(await look(1, -1)).toBe(true);
  expect(await look(2, -1)).toBe(true);
  expect(await look(4, 3)).toBe(false);
});

test("what may have changed before the start is reviewed some minutes later", async () => {
  const { look } = quiet();
  expect(await look(0, -2)).toBe(false);
  expect(await look(5, -2)).toBe(false);
  expect(await look(9, -2)).toBe(true);
  expect(await look(30, 10)).toBe(false);
});
