import { expect, test } from "vitest";
import { dayOf, firstTerms, isChanged, whyNot } from "./phase-terms.ts";

const nowMs = Date.parse("2026-11-23T12:00:00");
const inAMonth = Date.parse("2026-12-23T00:00:00");

test.each([
  ["in force", inAMonth, "2026-12-23"],
  ["never said", null, "2027-02-21"],
  ["past", Date.parse("2026-11-01T00:00:00"), "2027-02-21"],
])("a day to look again that is %s begins as %d → %s", (_, reviewByMs, day) => {
  const terms = firstTerms({ threshold: 0.975, reviewByMs }, nowMs);
  expect([terms.percent, dayOf(terms.reviewByMs)]).toEqual([97.5, day]);
});

test.each([
  [{ percent: 99, reviewByMs: inAMonth }, undefined],
  [{ percent: 9, reviewByMs: inAMonth }, "give a readiness of 50 to 100 percent"],
  [{ percent: Number.NaN, reviewByMs: inAMonth }, "give a readiness of 50 to 100 percent"],
  [{ percent: 99, reviewByMs: Number.NaN }, "write the day as 2026-12-31"],
  [{ percent: 99, reviewByMs: nowMs }, "choose a day to come"],
  [{ percent: 99, reviewByMs: Date.parse("2090-01-01T00:00:00") }, "choose a day within a year"],
])("%o: %s", (terms, objection) => {
  expect(whyNot(terms, nowMs)).toBe(objection);
});

const terms = { threshold: 0.97, reviewByMs: inAMonth, stoppedBecause: null, risk: "low", mayChange: true } as const;

test.each([
  ["the same again", { phase: "automate", automation: terms }, "automate", 97, false],
  ["another threshold", { phase: "automate", automation: terms }, "automate", 98, true],
  ["another phase", { phase: "automate", automation: terms }, "review", 97, true],
  [
    "the same after it stopped itself",
    { phase: "automate", automation: { ...terms, stoppedBecause: "denied" } },
    "automate",
    97,
    true,
  ],
  ["observing, whatever the terms", { phase: "observe", automation: terms }, "observe", 98, false],
] as const)("%s", (_, detail, wanted, percent, changes) => {
  expect(isChanged(detail, wanted, { percent, reviewByMs: inAMonth })).toBe(changes);
});
