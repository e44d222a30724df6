import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { noFutileTries } from "../../src/app/enforce/automation-input.ts";
import { beginEnforceJobs, enforceJobs } from "../../src/app/enforce/enforce-jobs.ts";
import type { EnforceParts } from "../../src/app/enforce/enforce-parts.ts";
import { runAutomation } from "../../src/app/enforce/run-automation.ts";
import { enforceWorld, type EnforceWorld } from "./enforce-world.ts";
import { shop } from "./proposal-world.ts";

const dayMs = 86_400_000;
const minuteMs = 60_000;
const futile = noFutileTries();

let world: EnforceWorld;
beforeEach(async () => {
  world = await enforceWorld();
});
afterEach(async () => {
  await world.close();
});

const signal = new AbortController().signal;

describe("automation", () => {
  const ready = { phase: "automate", readinessDay: 0.998, evidenceDigest: "e1" } as const;
  const run = async () => {
    const outcomes = await runAutomation(world.parts, futile, world.clock.nowMs, signal);
    return outcomes.map(({ step, because, failure }) => `${step}: ${failure?.code ?? because}`);
  };
  beforeEach(async () => {
    futile.proposing.clear();
    futile.approving.clear();
    await world.decisions.namespaces.set(shop, { ...ready, reviewByMs: world.clock.nowMs + 30 * dayMs });
  });

  test("proposes, approves with its reason, and then waits for what it did", async () => {
    expect(await run()).toEqual(["propose: ready for 99.8 %, and nothing is proposed yet"]);
    expect(await run()).toEqual(["approve: low risk, ready for 99.9 %, change 1 of 2 in 24 hours"]);
    const proposal = await world.stored("1");
    expect(proposal.state).toBe("approved");
    expect(proposal.decisions.map(({ action, by, comment }) => [action, by.subject, comment])).toEqual([
      ["create", "postern", ""],
      ["submit", "postern", "low risk, ready for 99.9 %, change 1 of 2 in 24 hours"],
      ["approve", "postern", "low risk, ready for 99.9 %, change 1 of 2 in 24 hours"],
    ]);
    expect(await world.jobs()).toEqual([
      { kind: "deliver-proposal", payload: { proposal: proposal.id, merge: false } },
    ]);
    expect(await run()).toEqual([]);
  });

  test("in phase review asks people", async () => {
    await world.decisions.namespaces.set(shop, { phase: "review" });
    await run();
    expect(await run()).toEqual(["ask-review: the namespace is in phase review"]);
    expect((await world.stored("1")).state).toBe("pending-review");
    expect(await run()).toEqual([]);
  });

  test("asks people where the law wants them, once", async () => {
    await run();
    world.said.law = { ...world.said.law, mayAutomate: false };
    expect(await run()).toEqual(["approve: proposal_needs_person"]);
    expect((await world.stored("1")).state).toBe("pending-review");
    expect(await run()).toEqual([]);
  });

  test("does not look again at what is in force already until something new was recorded", async () => {
    world.live(world.said.suggestion);
    expect(await run()).toEqual(["propose: proposal_no_change"]);
    expect(await run()).toEqual(["wait: nothing new was recorded since the last look"]);
    await world.decisions.namespaces.set(shop, { evidenceDigest: "e2" });
    world.clock.nowMs += 2 * dayMs;
    expect(await run()).toEqual(["propose: proposal_no_change"]);
  });

  test("goes back to people when they were to look again", async () => {
    world.clock.nowMs += 31 * dayMs;
    expect(await run()).toEqual(["back-to-review: people were to look again by 2026-07-01"]);
    expect(await world.decisions.namespaces.get(shop)).toMatchObject({ phase: "review", reviewByMs: undefined });
    expect((await world.audited()).at(-1)).toBe("namespace.phase by Postern");
  });

  test("does not go on while anything is stopped", async () => {
    await run();
    await world.decisions.namespaces.set({ cluster: "east", namespace: "books" }, { stoppedBecause: "it broke" });
    expect(await run()).toEqual(["wait: the roll-out stopped at east/books, until a person clears it: it broke"]);
    await world.decisions.namespaces.set({ cluster: "east", namespace: "books" }, { stoppedBecause: undefined });
    expect((await run())[0]).toContain("approve");
  });

  test("counts the budget again in the transaction that uses it", async () => {
    await run();
    // Another replica used the room between the plan and the decision.
    let asked = 0;
    const narrower: EnforceParts = {
      ...world.parts,
      automation: () => Promise.resolve({ ...world.settings.now, changesPerDay: (asked += 1) === 1 ? 2 : 0 }),
    };
    const outcomes = await runAutomation(narrower, futile, world.clock.nowMs, signal);
    expect(outcomes).toMatchObject([{ step: "approve", failure: { code: "proposal_budget" } }]);
    expect((await world.stored("1")).state).toBe("draft");
    expect(await world.audited()).not.toContain("proposal.approve by Postern");
    expect(await world.jobs()).toEqual([]);
  });

  test("of two replicas uses the room of the budget once", async () => {
    world.settings.now = { ...world.settings.now, changesPerDay: 1 };
    const books = { cluster: "east", namespace: "books" };
    await world.decisions.namespaces.set(books, { ...ready, reviewByMs: world.clock.nowMs + 30 * dayMs });
    await run();
    const drafts = await world.decisions.proposals.openOf(books);
    expect(drafts).toHaveLength(1);
    // Each replica read that there is room, and each has another namespace in mind.
    const both = await Promise.all([run(), runAutomation(world.parts, futile, world.clock.nowMs, signal)]);
    expect(both.flat()).not.toHaveLength(0);
    const records = await world.decisions.audit.read(0, 1_000);
    expect(records.filter(({ kind }) => kind === "proposal.approve")).toHaveLength(1);
  });
});

test("the rounds put themselves again, one of each kind", async () => {
  await beginEnforceJobs(world.decisions, world.clock.nowMs);
  await beginEnforceJobs(world.decisions, world.clock.nowMs);
  const handlers = enforceJobs(world.parts);
  const taken = await world.decisions.jobs.take("one", Object.keys(handlers), world.clock.nowMs + 10, minuteMs, 10);
  expect(taken.map(({ kind }) => kind).toSorted()).toEqual(["follow-proposals", "run-automation"]);
  for (const job of taken) {
    expect(await handlers[job.kind]!(job, signal)).toEqual({ end: "done" });
    await world.decisions.jobs.finish(job);
  }
  const waiting = await world.decisions.jobs.waiting(undefined);
  expect(waiting.map(({ kind, key }) => `${kind} ${key}`).toSorted()).toEqual([
    "follow-proposals all",
    "run-automation all",
  ]);
});
