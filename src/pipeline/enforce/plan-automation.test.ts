import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { utc } from "../baseline/schedules/time-zone.ts";
import { isWithinWindows } from "./change-window.ts";
import {
  type AutomationInput,
  type AutomationRules,
  isNever,
  mostUnderWay,
  type NamespaceStanding,
  planAutomation,
  type ProposalStanding,
} from "./plan-automation.ts";

const dayMs = 86_400_000;
/** A Monday. */
const now = Date.parse("2026-06-01T10:00Z");

const rules: AutomationRules = {
  threshold: 0.99,
  changesPerDay: 5,
  windows: [{ days: [1, 2, 3, 4, 5], from: "09:00", to: "17:00" }],
  offsetAt: utc,
  never: ["openshift-*", "west/*"],
};

const shop: NamespaceStanding = {
  cluster: "east",
  namespace: "shop",
  phase: "automate",
  threshold: undefined,
  reviewByMs: now + 30 * dayMs,
  stoppedBecause: undefined,
  readinessDay: 0.997,
  lastTry: undefined,
  open: [],
};

const suggestion: ProposalStanding = {
  id: "p-1",
  number: 1,
  state: "draft",
  origin: "suggested",
  risk: "low",
  readinessDay: 0.997,
  lawBreaches: 0,
  isUntouched: true,
  isForPeople: false,
};

function planned(
  standing: Partial<NamespaceStanding>,
  change: Partial<AutomationInput> = {},
  others: readonly NamespaceStanding[] = [],
): string {
  const namespaces = [{ ...shop, ...standing }, ...others];
  const steps = planAutomation({
    rules,
    namespaces,
    changesMs: [],
    rollOut: { underWay: 0, verified: 0 },
    nowMs: now,
    ...change,
  });
  const own = steps.find(({ namespace }) => namespace === (standing.namespace ?? "shop"));
  return own === undefined ? "nothing" : `${own.step}: ${own.because}`;
}

describe("what automation does now", () => {
  const open = [suggestion];
  const stopped: NamespaceStanding = {
    ...shop,
    namespace: "books",
    stoppedBecause: "checkout lost its database",
    open: [],
  };
  test.each<[string, Partial<NamespaceStanding>, Partial<AutomationInput>, readonly NamespaceStanding[], string]>([
    ["nothing where it only observes", { phase: "observe", open }, {}, [], "nothing"],
    ["nothing where it may never go", { namespace: "openshift-dns", open }, {}, [], "nothing"],
    ["nothing in a cluster where it may never go", { cluster: "west", open }, {}, [], "nothing"],
    ["a proposal, once the namespace is ready", {}, {}, [], "propose: ready for 99.7 %, and nothing is proposed yet"],
    [
      "a proposal in phase review as well",
      { phase: "review" },
      {},
      [],
      "propose: ready for 99.7 %, and nothing is proposed yet",
    ],
    [
      "no proposal before it is ready",
      { readinessDay: 0.98 },
      {},
      [],
      "wait: ready for 98.0 %, and 99.0 % is asked for",
    ],
    [
      "by the namespace's own threshold",
      { readinessDay: 0.98, threshold: 0.95 },
      {},
      [],
      "propose: ready for 98.0 %, and nothing is proposed yet",
    ],
    [
      "no proposal of what nobody can say",
      { readinessDay: undefined },
      {},
      [],
      "wait: how ready it is cannot be said yet",
    ],
    [
      "no proposal again within a day",
      { lastTry: { atMs: now - 1_000, isEvidenceNew: true, isRejected: false } },
      {},
      [],
      "wait: looked at lately; again at 2026-06-02T09:59Z",
    ],
    [
      "no proposal within a week of a no",
      { lastTry: { atMs: now - 2 * dayMs, isEvidenceNew: true, isRejected: true } },
      {},
      [],
      "wait: looked at lately; again at 2026-06-06T10:00Z",
    ],
    [
      "no proposal without news",
      { lastTry: { atMs: now - 9 * dayMs, isEvidenceNew: false, isRejected: false } },
      {},
      [],
      "wait: nothing new was recorded since the last look",
    ],
    [
      "approval of its own suggestion",
      { open },
      {},
      [],
      "approve: low risk, ready for 99.7 %, change 1 of 5 in 24 hours",
    ],
    [
      "approval of one that people were asked about",
      { open: [{ ...suggestion, state: "pending-review" }] },
      {},
      [],
      "approve: low risk, ready for 99.7 %, change 1 of 5 in 24 hours",
    ],
    [
      "people's decision in phase review",
      { phase: "review", open },
      {},
      [],
      "ask-review: the namespace is in phase review",
    ],
    ["no second asking", { phase: "review", open: [{ ...suggestion, state: "pending-review" }] }, {}, [], "nothing"],
    [
      "people's decision of a risk",
      { open: [{ ...suggestion, risk: "medium" }] },
      {},
      [],
      "ask-review: its risk is medium",
    ],
    [
      "people's decision of what the law forbids",
      { open: [{ ...suggestion, lawBreaches: 1 }] },
      {},
      [],
      "ask-review: the organisation's law forbids it",
    ],
    [
      "people's decision of a less ready one",
      { open: [{ ...suggestion, readinessDay: 0.9 }] },
      {},
      [],
      "ask-review: ready for 90.0 %, and 99.0 % is asked for",
    ],
    [
      "nothing to what people wrote in",
      { open: [{ ...suggestion, isUntouched: false }] },
      {},
      [],
      "wait: people are at #1",
    ],
    [
      "nothing to a fix that people asked for",
      { open: [{ ...suggestion, origin: "fix" }] },
      {},
      [],
      "wait: people are at #1",
    ],
    [
      "a newer proposal in place of its own that came back",
      { open: [{ ...suggestion, state: "changes-requested" }] },
      {},
      [],
      "propose: ready for 99.7 %, and nothing is proposed yet",
    ],
    ["nothing to what is on its way", { open: [{ ...suggestion, state: "pull-request-open" }] }, {}, [], "nothing"],
    [
      "waiting for the window",
      { open },
      { nowMs: Date.parse("2026-06-06T10:00Z") },
      [],
      "wait: outside the change windows; the next opens at 2026-06-08T09:00Z",
    ],
    [
      "waiting for room in the budget",
      { open },
      { changesMs: Array.from({ length: 5 }, (_, index) => now - index * 3_600_000) },
      [],
      "wait: all 5 changes of 24 hours are used; the next at 2026-06-02T06:00Z",
    ],
    [
      "waiting for the first one to be right",
      { open },
      { rollOut: { underWay: 1, verified: 0 } },
      [],
      "wait: 1 changes are under way that traffic has not shown to be right yet",
    ],
    [
      "two at a time when two were right",
      { open },
      { rollOut: { underWay: 1, verified: 2 } },
      [],
      "approve: low risk, ready for 99.7 %, change 1 of 5 in 24 hours",
    ],
    [
      "waiting when its own namespace stopped",
      { open, stoppedBecause: "its own" },
      {},
      [],
      "wait: the roll-out stopped at east/shop, until a person clears it: its own",
    ],
    [
      "waiting when another stopped",
      { open },
      {},
      [stopped],
      "wait: the roll-out stopped at east/books, until a person clears it: checkout lost its database",
    ],
    [
      "waiting where nobody knows the time",
      { open },
      { rules: { ...rules, offsetAt: undefined } },
      [],
      "wait: the time zone of the change windows is not known",
    ],
    [
      "back to people when they were to look again",
      { reviewByMs: now, open },
      {},
      [],
      "back-to-review: people were to look again by 2026-06-01",
    ],
  ])("%s", (_, standing, change, others, expected) => {
    expect(planned(standing, change, others)).toBe(expected);
  });
});

const arbitraryProposal: fc.Arbitrary<ProposalStanding> = fc.record({
  id: fc.integer({ min: 0, max: 1e9 }).map((id) => `p-${id}`),
  number: fc.nat(),
  state: fc.constantFrom("draft", "pending-review", "changes-requested", "approved", "pull-request-open"),
  origin: fc.constantFrom("suggested", "edited", "fix", "revert"),
  risk: fc.constantFrom("low", "low", "medium", "high"),
  readinessDay: fc.constantFrom(undefined, 0.9, 0.99, 0.999),
  lawBreaches: fc.constantFrom(0, 0, 1),
  isUntouched: fc.boolean(),
  isForPeople: fc.boolean(),
});

const arbitraryStanding: fc.Arbitrary<NamespaceStanding> = fc.record({
  cluster: fc.constantFrom("east", "west"),
  namespace: fc.constantFrom("shop", "books", "openshift-dns", "pay", "mail", "jobs"),
  phase: fc.constantFrom("observe", "review", "automate", "automate"),
  threshold: fc.constantFrom(undefined, 0.95),
  reviewByMs: fc.constantFrom(undefined, now - 1, now + 3 * dayMs, now + 90 * dayMs),
  stoppedBecause: fc.constantFrom(undefined, undefined, undefined, undefined, "it broke"),
  readinessDay: fc.constantFrom(undefined, 0.9, 0.997),
  lastTry: fc.constant(undefined),
  open: fc.array(arbitraryProposal, { maxLength: 2 }),
});

const arbitraryFleet = fc.uniqueArray(arbitraryStanding, {
  selector: ({ cluster, namespace }) => `${cluster}/${namespace}`,
  maxLength: 12,
});

describe("laws of automation", () => {
  test("over any 24 hours there are never more changes than the budget, and none outside a window", () => {
    const ticks = fc.array(fc.integer({ min: 1, max: 9 * 3_600_000 }), { minLength: 5, maxLength: 40 });
    fc.assert(
      fc.property(arbitraryFleet, ticks, fc.integer({ min: 0, max: 3 }), (fleet, pauses, changesPerDay) => {
        const changesMs: number[] = [];
        let at = now;
        for (const pause of pauses) {
          at += pause;
          const rollOut = { underWay: 0, verified: 1_000 };
          const steps = planAutomation({
            rules: { ...rules, changesPerDay },
            namespaces: fleet,
            changesMs,
            rollOut,
            nowMs: at,
          });
          const approvals = steps.filter(({ step }) => step === "approve");
          if (approvals.length > 0) expect(isWithinWindows(rules.windows, utc, at)).toBe(true);
          changesMs.push(...approvals.map(() => at));
        }
        for (const from of changesMs) {
          expect(changesMs.filter((change) => change >= from && change < from + dayMs).length).toBeLessThanOrEqual(
            changesPerDay,
          );
        }
      }),
    );
  });

  const input = fc.record({
    rules: fc.constant(rules),
    namespaces: arbitraryFleet,
    changesMs: fc.array(fc.integer({ min: now - 2 * dayMs, max: now }), { maxLength: 6 }),
    rollOut: fc.record({ underWay: fc.nat({ max: 4 }), verified: fc.nat({ max: 4 }) }),
    nowMs: fc.integer({ min: now, max: now + 7 * dayMs }),
  });

  test("no step at all touches a namespace that automation never touches, or one that it only observes", () => {
    fc.assert(
      fc.property(input, (given) => {
        for (const { cluster, namespace } of planAutomation(given)) {
          expect(isNever(rules.never, { cluster, namespace })).toBe(false);
          const own = given.namespaces.find((one) => one.cluster === cluster && one.namespace === namespace);
          expect(own?.phase).not.toBe("observe");
        }
      }),
    );
  });

  test("while anything is stopped nothing is approved anywhere, however long it takes", () => {
    fc.assert(
      fc.property(input, (given) => {
        const [first, ...rest] = given.namespaces;
        if (first === undefined) return;
        const namespaces = [{ ...first, stoppedBecause: "it broke" }, ...rest];
        expect(planAutomation({ ...given, namespaces }).filter(({ step }) => step === "approve")).toEqual([]);
      }),
    );
  });

  test("what is approved is the server's own text, of low risk, lawful and ready enough, in phase automate before its day of review", () => {
    fc.assert(
      fc.property(input, (given) => {
        for (const step of planAutomation(given)) {
          if (step.step !== "approve") continue;
          const own = given.namespaces.find((one) => one.cluster === step.cluster && one.namespace === step.namespace)!;
          const proposal = own.open.find(({ id }) => id === step.proposal)!;
          expect(proposal).toMatchObject({
            origin: "suggested",
            risk: "low",
            lawBreaches: 0,
            isUntouched: true,
            isForPeople: false,
          });
          expect(proposal.readinessDay).toBeGreaterThanOrEqual(own.threshold ?? rules.threshold);
          expect(own.phase).toBe("automate");
          expect(own.reviewByMs ?? Infinity).toBeGreaterThan(given.nowMs);
        }
      }),
    );
  });

  test("no more are under way than traffic has shown to be right, or one", () => {
    fc.assert(
      fc.property(input, (given) => {
        const approved = planAutomation(given).filter(({ step }) => step === "approve").length;
        const most = approved === 0 ? Infinity : mostUnderWay(given.rollOut.verified);
        expect(given.rollOut.underWay + approved).toBeLessThanOrEqual(most);
      }),
    );
  });

  test("the order of the namespaces changes nothing", () => {
    fc.assert(
      fc.property(input, (given) => {
        const turned = { ...given, namespaces: given.namespaces.toReversed() };
        const key = (step: object): string => JSON.stringify(step);
        expect(planAutomation(turned).map(key)).toEqual(planAutomation(given).map(key));
      }),
    );
  });
});
