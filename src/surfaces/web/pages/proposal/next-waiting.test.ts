import { expect, test } from "vitest";
import type { ProposalSummary } from "../../../../app/wire/proposals.ts";
import { nextOf } from "./next-waiting.ts";

const waiting = (...ids: readonly string[]): readonly ProposalSummary[] => ids.map((id) => ({ id }) as ProposalSummary);

test.each([
  ["the first that is not the one decided", waiting("a", "b", "c"), "a", [], "b"],
  [
    "one that was decided before comes last, as when another approval is missing",
    waiting("a", "b", "c"),
    "b",
    ["a", "b"],
    "c",
  ],
  ["one seen before, rather than none", waiting("a", "b"), "b", ["a", "b"], "a"],
  ["none when only the decided one is left", waiting("a"), "a", ["a"], undefined],
  ["none when nothing waits", waiting(), "a", [], undefined],
])("next is %s", (_, list, decided, passed, next) => {
  expect(nextOf(list, decided, new Set(passed))?.id).toBe(next);
});
