import { expect, test } from "vitest";
import type { DecisionView } from "../../../../app/wire/proposals.ts";
import { progressOf, type ProposalState } from "./progress.ts";

const ada = { subject: "local:ada", name: "Ada" };

/** A life as the states one after the other. */
function lifeOf(...states: readonly ProposalState[]): readonly DecisionView[] {
  return states.map((to, at) => ({
    atMs: at,
    by: ada,
    action: "x",
    from: states[at - 1] ?? "draft",
    to,
    revision: 1,
    comment: "",
    auditSequence: at,
  }));
}

function drawn(state: ProposalState, ...life: readonly ProposalState[]): string {
  const marks = { success: "✓", info: "●", pending: "·", warning: "!", danger: "✗" };
  return progressOf(state, lifeOf(...life))
    .map(({ variant, note }) => marks[variant] + (note === "" ? "" : `(${note})`))
    .join(" ");
}

test.each<readonly [string, ProposalState, readonly ProposalState[]]>([
  ["● · · · · · · ·", "draft", ["draft"]],
  ["✓ ● · · · · · ·", "pending-review", ["draft", "pending-review"]],
  ["✓ !(changes requested) · · · · · ·", "changes-requested", ["draft", "pending-review", "changes-requested"]],
  ["✓ ✗(rejected) · · · · · ·", "rejected", ["draft", "pending-review", "rejected"]],
  ["✓ ✓ ✓ ● · · · ·", "pull-request-open", ["draft", "pending-review", "approved", "pull-request-open"]],
  [
    "✓ ✓ ✓ ✓ ✓ ✓ ✓ ✓",
    "verified",
    ["draft", "pending-review", "approved", "pull-request-open", "merged", "synced", "enforced", "verified"],
  ],
  [
    "✓ ✓ ✓ ✓ ✗(rolled back) · · ·",
    "rolled-back",
    ["draft", "pending-review", "approved", "pull-request-open", "merged", "rolled-back"],
  ],
  ["✓ !(superseded by a newer proposal) · · · · · ·", "superseded", ["draft", "pending-review", "superseded"]],
  ["!(superseded by a newer proposal) · · · · · · ·", "superseded", []],
])("%s for %s", (line, state, life) => {
  expect(drawn(state, ...life)).toBe(line);
});

test("a step says who came there last", () => {
  const steps = progressOf(
    "approved",
    lifeOf("draft", "pending-review", "changes-requested", "pending-review", "approved"),
  );
  expect(steps.map(({ reached }) => reached?.atMs)).toEqual([
    undefined,
    3,
    4,
    undefined,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
