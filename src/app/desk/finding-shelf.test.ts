import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import type { NamespaceRecord, StoredFinding } from "../state/namespaces.ts";
import { FindingShelf } from "./finding-shelf.ts";

const where = { cluster: "east", namespace: "shop" };

function setUp(): { shelf: FindingShelf; review: (id: string) => void; clock: { ms: number } } {
  const clock = { ms: 1_000_000 };
  let findings: readonly StoredFinding[] = [];
  const review = (id: string): void => {
    findings = [
      { id, where, problem: "zombie", severity: "info", lastHitMs: undefined, body: "{}", fixedManifest: undefined },
    ];
    clock.ms += 1;
    learnedAtMs = clock.ms;
  };
  let learnedAtMs = clock.ms;
  const book = {
    all: () => Promise.resolve([{ ...where, learnedAtMs, findings: findings.length } as NamespaceRecord]),
    findingsOf: () => Promise.resolve(findings),
  };
  review("a");
  return { shelf: new FindingShelf(book, () => clock.ms), review, clock };
}

const ids = async (shelf: FindingShelf): Promise<readonly string[]> => (await shelf.findings()).map(({ id }) => id);

test("findings are at hand for those who keep asking, and renewed behind them", async () => {
  const { shelf, review, clock } = setUp();
  expect(await ids(shelf)).toEqual(["a"]);
  review("b");
  clock.ms += 3_000;
  expect(await ids(shelf)).toEqual(["a"]);
  for (let i = 0; i < 5; i += 1) await setImmediate();
  expect(await ids(shelf)).toEqual(["b"]);
});

test("who asks after a long while waits for what there is now", async () => {
  const { shelf, review, clock } = setUp();
  await shelf.findings();
  review("b");
  clock.ms += 3_600_000;
  expect(await ids(shelf)).toEqual(["b"]);
});
