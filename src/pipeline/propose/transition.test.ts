import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { approvalsOf } from "./approvals.ts";
import { eventTypes, moves } from "./moves.ts";
import type { LawForApproval, ProposalEvent } from "./proposal-event.ts";
import { finalStates, isFinal, statesAfterMerge, statesBeforeMerge } from "./proposal-states.ts";
import { arbitraryEvent, delivered, eventOf, lawful, proposalForTest } from "./proposal.test-support.ts";
import { type Proposal, type ProposalState, proposalStates } from "./proposal.ts";
import { transition } from "./transition.ts";

const ada = { subject: "local:ada", name: "Ada" };
const ben = { subject: "local:ben", name: "Ben" };

function after(proposal: Proposal, ...events: Parameters<typeof transition>[1][]): Proposal {
  return events.reduce((current, event) => {
    const result = transition(current, event, current.updatedAtMs + 1_000);
    if (!result.ok) throw new Error(result.error.message);
    return result.value;
  }, proposal);
}

describe("every state and every event", () => {
  test("lead where the table says", async () => {
    const width = Math.max(...eventTypes.map((type) => type.length));
    const rows = eventTypes.flatMap((type) =>
      proposalStates.map((state) => {
        const result = transition(proposalForTest({ state, delivery: delivered }), eventOf(type, ben), 2_000);
        const told = result.ok ? result.value.state : `– ${result.error.code}`;
        return `${type.padEnd(width)}  ${state.padEnd(17)}  ${told}`;
      }),
    );
    await expect(`${rows.join("\n")}\n`).toMatchFileSnapshot("../../../test/golden/propose/transitions.txt");
  });

  test("are drawn in the docs as they are", () => {
    const page = readFileSync(`${import.meta.dirname}/../../../docs/proposals.md`, "utf8");
    const drawn = /```mermaid\n(?<text>.*?)```/s.exec(page)?.groups?.text;
    expect(drawn).toBe(stateDiagram());
  });
});

/**
 * Moves between states; what leaves the state as it is would only clutter the picture. What leads from every state of a group to one
 * state is drawn once, from the group.
 */
function stateDiagram(): string {
  const groups = [
    { id: "before_merge", title: "before the merge", states: statesBeforeMerge },
    { id: "after_merge", title: "after the merge", states: statesAfterMerge },
  ];
  const arrows = new Map<string, string[]>();
  const draw = (from: string, to: ProposalState, type: string): void => {
    const arrow = `${from} --> ${idOf(to)}`;
    arrows.set(arrow, [...(arrows.get(arrow) ?? []), type]);
  };
  for (const type of eventTypes) {
    const left = new Map([...moves[type]].filter(([from, to]) => from !== to));
    for (const { id, states } of groups) {
      const targets = new Set(states.map((state) => left.get(state)));
      const [target] = targets;
      if (targets.size !== 1 || target === undefined || states.includes(target)) continue;
      draw(id, target, type);
      for (const state of states) left.delete(state);
    }
    for (const [from, to] of left) draw(idOf(from), to, type);
  }
  const inside = groups.map(({ id, title, states }) => {
    const names = states.map((state) => `    state "${state}" as ${idOf(state)}\n`).join("");
    return `  state "${title}" as ${id} {\n${names}  }`;
  });
  const names = finalStates.map((state) => `  state "${state}" as ${idOf(state)}`);
  const lines = [...arrows].map(([arrow, types]) => `  ${arrow}: ${types.join(", ")}`);
  const ends = finalStates.map((state) => `  ${idOf(state)} --> [*]`);
  return `${["stateDiagram-v2", ...inside, ...names, "  [*] --> draft: create", ...lines, ...ends].join("\n")}\n`;
}

function idOf(state: ProposalState): string {
  return state.replaceAll("-", "_");
}

describe("approval", () => {
  const pending = proposalForTest({ state: "pending-review", editors: [ada], author: ada });

  test("is refused to who wrote the text, and to who wrote part of it", () => {
    const edited = after(pending, { ...eventOf("edit", ben), by: ben });
    for (const by of [ada, ben]) {
      const result = transition(edited, { ...eventOf("approve", by), revision: 2 } as never, 9_000);
      expect(result).toMatchObject({ ok: false, error: { kind: "forbidden", code: "proposal_own_text" } });
    }
  });

  test("is given to who wrote the text where the law lets them", () => {
    const law = { ...lawful, mayEditorsApprove: true };
    const result = transition(pending, { type: "approve", by: ada, comment: "", revision: 1, law }, 9_000);
    expect(result).toMatchObject({ ok: true, value: { state: "approved" } });
  });

  test("waits for as many people as the law wants, each once", () => {
    const law = { ...lawful, approvalsNeeded: 2 };
    const cleo = { subject: "local:cleo", name: "Cleo" };
    const once = after(pending, { type: "approve", by: ben, comment: "", revision: 1, law });
    expect(once).toMatchObject({ state: "pending-review", approvalsNeeded: 2 });
    expect(once.decisions.at(-1)).toMatchObject({ action: "approve", from: "pending-review", to: "pending-review" });
    expect(transition(once, { type: "approve", by: ben, comment: "", revision: 1, law }, 9_000)).toMatchObject({
      error: { code: "proposal_approved_already" },
    });
    expect(after(once, { type: "approve", by: cleo, comment: "", revision: 1, law }).state).toBe("approved");
  });

  test("wants the group that a clause names among them", () => {
    const requirements = [{ clause: "security-looks", law: "company@1", needed: 1, groups: ["security"] }];
    const law = { ...lawful, approvalsNeeded: 2, requirements };
    const key = "company@1/security-looks";
    const cleo = { subject: "local:cleo", name: "Cleo" };
    const dora = { subject: "local:dora", name: "Dora" };
    const two = after(
      pending,
      { type: "approve", by: ben, comment: "", revision: 1, law },
      { type: "approve", by: cleo, comment: "", revision: 1, law },
    );
    expect(two.state).toBe("pending-review");
    expect(
      after(two, { type: "approve", by: dora, comment: "", revision: 1, law: { ...law, countsFor: [key] } }).state,
    ).toBe("approved");
  });

  test("is asked of the same person once more when the law changed between two approvals", () => {
    const lawOf = (version: number, countsFor: boolean): LawForApproval => {
      const name = `company@${version}`;
      const requirements = [{ clause: "two", law: name, needed: 2, groups: [] }];
      return { ...lawful, approvalsNeeded: 2, requirements, countsFor: countsFor ? [`${name}/two`] : [] };
    };
    const cleo = { subject: "local:cleo", name: "Cleo" };
    const approve = (by: typeof ben, version: number): ProposalEvent => ({
      type: "approve",
      by,
      comment: "",
      revision: 1,
      law: lawOf(version, true),
    });
    const waiting = after(pending, approve(ben, 3), approve(cleo, 4));
    expect(waiting.state).toBe("pending-review");
    expect(after(waiting, approve(ben, 4)).state).toBe("approved");
    const again = { ...approve(cleo, 4), law: lawOf(4, false) } as ProposalEvent;
    expect(transition(waiting, again, 9_000)).toMatchObject({ error: { code: "proposal_approved_already" } });
  });

  test("of what the law forbids is refused by the clause's name", () => {
    const law = { ...lawful, forbids: ["widest-prefix of company@3"] };
    expect(transition(pending, { type: "approve", by: ben, comment: "", revision: 1, law }, 9_000)).toMatchObject({
      error: {
        kind: "unlawful",
        message: "the organisation's law forbids it: `widest-prefix of company@3`; change the text, or the law",
      },
    });
  });

  test("of a text that was changed since it was read is refused", () => {
    const edited = after(pending, { ...eventOf("edit", ada), by: ada });
    expect(
      transition(edited, { type: "approve", by: ben, comment: "", revision: 1, law: lawful }, 9_000),
    ).toMatchObject({
      error: { kind: "stale", code: "proposal_stale" },
    });
  });

  test("from before changes were asked for does not count", () => {
    const law = { ...lawful, approvalsNeeded: 2 };
    const cleo = { subject: "local:cleo", name: "Cleo" };
    const again = after(
      pending,
      { type: "approve", by: ben, comment: "", revision: 1, law },
      { type: "request-changes", by: cleo, comment: "too wide", revision: 1 },
      { type: "submit", by: ada, comment: "it is not", revision: 1 },
      { type: "approve", by: cleo, comment: "", revision: 1, law },
    );
    expect(again.state).toBe("pending-review");
  });
});

describe("a proposal that is talked about without end", () => {
  const talked = proposalForTest({
    state: "pending-review",
    decisions: Array.from({ length: 1_000 }, () => after(proposalForTest(), eventOf("comment", ada)).decisions[0]!),
  });

  test.each([
    ["takes no more comments", "comment", "proposal_full"],
    ["takes no more texts", "edit", "proposal_full"],
    ["can be approved", "approve", undefined],
    ["can be declined", "reject", undefined],
    ["can be withdrawn", "withdraw", undefined],
    ["follows a merge in Git", "merge", undefined],
  ] as const)("%s", (_, type, code) => {
    const result = transition(talked, eventOf(type, ben), 9_000);
    expect(result.ok ? undefined : result.error.code).toBe(code);
  });
});

describe("a text that changes", () => {
  test("after its pull request was opened waits for approval again and keeps the pull request", () => {
    const open = proposalForTest({ state: "pull-request-open", delivery: delivered });
    const edited = after(open, eventOf("edit", ada));
    expect(edited).toMatchObject({ state: "pending-review", revision: 2, delivery: delivered });
  });

  test("is not taken where people's commits stand on the branch", () => {
    const taken = proposalForTest({ state: "pull-request-open", delivery: { ...delivered, isTakenOver: true } });
    expect(transition(taken, eventOf("edit", ada), 9_000)).toMatchObject({ error: { code: "proposal_taken_over" } });
  });

  test("and is not on the branch yet when people merge: what is merged is what the branch held", () => {
    const sent = { revision: 1, manifest: "the first text", dossierDigest: "d1" };
    const open = proposalForTest({ state: "pull-request-open", delivery: { ...delivered, sent } });
    const merged = after(open, eventOf("edit", ada), {
      ...eventOf("merge", ben),
      delivery: { ...delivered, sent },
    } as never);
    expect(merged).toMatchObject({ state: "merged", manifest: "the first text", dossierDigest: "d1" });
    expect(merged.decisions.at(-1)).toMatchObject({ action: "merge", revision: 1 });
  });
});

describe("laws of every path", () => {
  const path = fc.array(arbitraryEvent, { maxLength: 40 });
  const start = fc.constantFrom(...proposalStates).map((state) => proposalForTest({ state, delivery: delivered }));

  test("each event that happens adds one decision that tells its state, its text and its time", () => {
    fc.assert(
      fc.property(start, path, (first, events) => {
        let current = first;
        for (const [at, event] of events.entries()) {
          const result = transition(current, event, at);
          if (!result.ok) continue;
          const { value } = result;
          expect(value.decisions.slice(0, -1)).toEqual(current.decisions);
          expect(value.decisions.at(-1)).toMatchObject({
            from: current.state,
            to: value.state,
            atMs: at,
            action: event.type,
          });
          expect(value.updatedAtMs).toBe(at);
          current = value;
        }
      }),
    );
  });

  test("final states stay, whatever happens", () => {
    fc.assert(
      fc.property(fc.constantFrom(...finalStates), path, (state, events) => {
        let current = proposalForTest({ state });
        for (const event of events) {
          const result = transition(current, event, 1);
          if (result.ok) current = result.value;
          expect(current.state).toBe(state);
        }
      }),
    );
  });

  test("revisions only grow, by edits alone; the version is left to who writes it down", () => {
    fc.assert(
      fc.property(start, path, (first, events) => {
        let current = first;
        for (const event of events) {
          const result = transition(current, event, 1);
          if (!result.ok) continue;
          expect(result.value.revision - current.revision).toBe(event.type === "edit" ? 1 : 0);
          expect(result.value.version).toBe(current.version);
          current = result.value;
        }
      }),
    );
  });

  test("nothing is approved without enough approvals of its very text, none by who wrote it", () => {
    fc.assert(
      fc.property(path, (events) => {
        let current = proposalForTest({ state: "draft" });
        for (const event of events) {
          const result = transition(current, event, 1);
          if (!result.ok) continue;
          current = result.value;
          if (current.state !== "approved") continue;
          const approvals = approvalsOf(current);
          expect(approvals.length).toBeGreaterThanOrEqual(current.approvalsNeeded);
          for (const { by, revision } of approvals) {
            expect(revision).toBe(current.revision);
            expect(current.editors.map(({ subject }) => subject)).not.toContain(by.subject);
          }
        }
      }),
    );
  });

  test("what was merged went through an approval, except where people merged by hand in Git", () => {
    fc.assert(
      fc.property(path, (events) => {
        let current = proposalForTest({ state: "draft" });
        const handmade = new Set(["merge", "pull-request-opened"]);
        for (const event of events.filter(({ type }) => !handmade.has(type))) {
          const result = transition(current, event, 1);
          if (result.ok) current = result.value;
          expect(["merged", "synced", "enforced", "verified", "pull-request-open"]).not.toContain(current.state);
        }
      }),
    );
  });

  test("from every state that is not final there is a way to an end", () => {
    for (const state of proposalStates.filter((one) => !isFinal(one))) {
      const reached = new Set<ProposalState>([state]);
      for (const from of reached) {
        for (const type of eventTypes) {
          const to = moves[type].get(from);
          if (to !== undefined) reached.add(to);
        }
      }
      expect([...reached].some(isFinal), state).toBe(true);
    }
  });
});
