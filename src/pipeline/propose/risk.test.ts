import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { highFrom, mediumFrom, type RiskInput, riskOf, riskWithLaw } from "./risk.ts";

/** A month of traffic, everything learned, nothing opened. */
const calm: RiskInput = {
  checks: [{ name: "replay", passed: true }],
  newlyDenied: 0,
  newlyAllowed: 0,
  unknown: 0,
  deniedFlows: 0,
  isComparisonComplete: true,
  openedDifferences: 0,
  connections: 120,
  readinessDay: 0.999,
  exposureBefore: { v4: 49.6, v6: 145.6, unresolvedRules: 0 },
  exposureAfter: { v4: 8, v6: null, unresolvedRules: 0 },
  samplingMax: 1,
  observedDays: 30,
  cautions: 0,
};

describe("what makes a change risky", () => {
  test.each<[string, Partial<RiskInput>, string]>([
    ["tightening after a month of traffic", {}, "low 0"],
    ["a few cautions", { cautions: 2 }, "low 4"],
    ["one connection would be denied", { newlyDenied: 1, deniedFlows: 3 }, "medium 20"],
    ["a hundred connections would be denied", { newlyDenied: 100, deniedFlows: 9_000 }, "medium 50"],
    ["a scan and 32 more were left out on purpose", { deniedOnPurpose: 33 }, "low 4"],
    ["readiness of 95 %", { readinessDay: 0.95 }, "low 10"],
    ["readiness of 70 %", { readinessDay: 0.7 }, "medium 40"],
    ["readiness that nobody knows", { readinessDay: undefined }, "medium 25"],
    ["two days of traffic", { observedDays: 2 }, "low 10"],
    ["no traffic at all", { connections: 0, observedDays: 0, readinessDay: undefined }, "high 55"],
    ["a failed check", { checks: [{ name: "replay", passed: false }] }, "high 60"],
    ["a breach of the law", { lawBreaches: 1 }, "high 45"],
    ["a warning of the law", { lawWarnings: 1 }, "low 5"],
    [
      "the policy is taken away",
      {
        exposureBefore: { v4: 8, v6: null, unresolvedRules: 0 },
        exposureAfter: { v4: 49.6, v6: 145.6, unresolvedRules: 0 },
      },
      "medium 40",
    ],
    [
      "one address more is open",
      {
        exposureBefore: { v4: 8, v6: null, unresolvedRules: 0 },
        exposureAfter: { v4: 8.1, v6: null, unresolvedRules: 0 },
        openedDifferences: 1,
      },
      "low 5",
    ],
  ])("%s", (_, change, expected) => {
    const { level, score } = riskOf({ ...calm, ...change });
    expect(`${level} ${score}`).toBe(expected);
  });

  test("says why, what weighs most first", () => {
    const { reasons } = riskOf({
      ...calm,
      newlyDenied: 3,
      deniedFlows: 1_204,
      unknown: 1,
      cautions: 1,
      samplingMax: 100,
    });
    expect(reasons).toEqual([
      "3 recorded connections (1,204 flows) would be denied that are not denied now",
      "the traffic was sampled, 1 in 100: rare connections may be missing",
      "what happens to 1 recorded connection cannot be said: names or labels are not known",
      "1 caution to read",
    ]);
  });
});

const counts = fc.nat({ max: 100_000 });
const arbitraryInput: fc.Arbitrary<RiskInput> = fc.record({
  checks: fc.array(fc.record({ name: fc.constantFrom("replay", "forbidden"), passed: fc.boolean() }), { maxLength: 3 }),
  newlyDenied: counts,
  newlyAllowed: counts,
  unknown: counts,
  deniedFlows: counts,
  isComparisonComplete: fc.boolean(),
  openedDifferences: counts,
  connections: counts,
  readinessDay: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined }),
  exposureBefore: arbitraryOpen(),
  exposureAfter: arbitraryOpen(),
  samplingMax: fc.integer({ min: 1, max: 10_000 }),
  observedDays: fc.double({ min: 0, max: 90, noNaN: true }),
  cautions: fc.nat({ max: 20 }),
  lawBreaches: fc.nat({ max: 5 }),
  lawWarnings: fc.nat({ max: 5 }),
});

function arbitraryOpen(): fc.Arbitrary<RiskInput["exposureBefore"]> {
  const power = fc.option(fc.double({ min: 0, max: 145, noNaN: true }));
  return fc.record({ v4: power, v6: power, unresolvedRules: fc.nat({ max: 40 }) });
}

describe("laws of risk", () => {
  test("the score is a whole number from 0 to 100, and the level never below it", () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const { level, score, reasons } = riskOf(input);
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        if (score >= highFrom) expect(level).toBe("high");
        if (score >= mediumFrom) expect(level).not.toBe("low");
        if (score > 0) expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  test.each([
    "newlyDenied",
    "deniedOnPurpose",
    "newlyAllowed",
    "unknown",
    "cautions",
    "samplingMax",
    "lawBreaches",
    "lawWarnings",
  ] as const)("more of `%s` never lowers the score", (field) => {
    fc.assert(
      fc.property(arbitraryInput, fc.integer({ min: 1, max: 1_000 }), (input, more) => {
        const worse = { ...input, [field]: (input[field] ?? 0) + more };
        expect(riskOf(worse).score).toBeGreaterThanOrEqual(riskOf(input).score);
      }),
    );
  });

  test("asking the law afterwards weighs what asking it at once does", () => {
    fc.assert(
      fc.property(arbitraryInput, fc.nat({ max: 5 }), fc.nat({ max: 5 }), (input, lawBreaches, lawWarnings) => {
        const later = riskWithLaw(riskOf({ ...input, lawBreaches: 0, lawWarnings: 0 }), lawBreaches, lawWarnings);
        const atOnce = riskOf({ ...input, lawBreaches, lawWarnings });
        expect(Math.abs(later.score - atOnce.score)).toBeLessThanOrEqual(1);
        if (later.score === atOnce.score) expect(later.level).toBe(atOnce.level);
        expect(later.reasons.toSorted()).toEqual(atOnce.reasons.toSorted());
      }),
    );
  });

  test("what breaks the law or fails a check is never less than high", () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const isBad = (input.lawBreaches ?? 0) > 0 || input.checks.some(({ passed }) => !passed);
        expect(isBad && riskOf(input).level !== "high").toBe(false);
      }),
    );
  });
});
