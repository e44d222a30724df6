/** What a change is weighed by. Counts are of recorded connections unless they say otherwise. */
export interface RiskInput {
  readonly checks: readonly { readonly name: string; readonly passed: boolean }[];
  readonly newlyDenied: number;
  /** Beside these: newly denied, and left out on purpose, such as scans and what guardrails forbid. */
  readonly deniedOnPurpose?: number;
  readonly newlyAllowed: number;
  readonly unknown: number;
  /** Flows of the newly denied connections. */
  readonly deniedFlows: number;
  readonly isComparisonComplete: boolean;
  /** Differences that open something, recorded or not. */
  readonly openedDifferences: number;
  readonly connections: number;
  /** Chance that a day after enforcing nothing needed is blocked, 0 to 1; undefined: nothing was recorded to say so. */
  readonly readinessDay: number | undefined;
  readonly exposureBefore: OpenPowers;
  readonly exposureAfter: OpenPowers;
  /** Largest sampling rate: 1 in so many. */
  readonly samplingMax: number;
  readonly observedDays: number;
  readonly cautions: number;
  /** Clauses of the law that forbid it, and those that warn; left out: not asked yet. */
  readonly lawBreaches?: number;
  readonly lawWarnings?: number;
}

interface OpenPowers {
  /** Power of two; null: nothing is open. */
  readonly v4: number | null;
  readonly v6: number | null;
  readonly unresolvedRules: number;
}

export interface Risk {
  readonly level: RiskLevel;
  /** 0 to 100. */
  readonly score: number;
  /** One sentence each, what weighs most first. */
  readonly reasons: readonly string[];
}

export type RiskLevel = "low" | "medium" | "high";

interface Weight {
  readonly points: number;
  readonly reason: string;
  /** However little the points are. */
  readonly atLeast?: RiskLevel;
}

/** From this score on. Documented with the weights in docs/proposals.md. */
export const mediumFrom = 25;
export const highFrom = 55;

/**
 * How much a change can break or open, as a sum of points with their reasons. Each part only grows with what it measures, so more of
 * anything bad never lowers the score. Pure.
 */
export function riskOf(input: RiskInput): Risk {
  const weights = [
    ...lawWeights(input),
    ...breakageWeights(input),
    ...openingWeights(input),
    ...ignoranceWeights(input),
  ].toSorted((a, b) => b.points - a.points);
  const sum = weights.reduce((total, { points }) => total + points, 0);
  const score = Math.min(100, Math.round(sum));
  const floors = new Set(weights.map(({ atLeast }) => atLeast));
  const level =
    score >= highFrom || floors.has("high") ? "high" : score >= mediumFrom || floors.has("medium") ? "medium" : "low";
  return { level, score, reasons: weights.map(({ reason }) => reason) };
}

/** The same with what the law says of it, where the rest was weighed before the law was asked. */
export function riskWithLaw(risk: Risk, lawBreaches: number, lawWarnings: number): Risk {
  const weights = [...lawWeights({ checks: [], lawBreaches, lawWarnings })];
  if (weights.length === 0) return risk;
  const score = Math.min(100, risk.score + Math.round(weights.reduce((total, { points }) => total + points, 0)));
  const level =
    lawBreaches > 0 || score >= highFrom ? "high" : score >= mediumFrom && risk.level === "low" ? "medium" : risk.level;
  return { level, score, reasons: [...weights.map(({ reason }) => reason), ...risk.reasons] };
}

function* lawWeights({
  checks,
  lawBreaches = 0,
  lawWarnings = 0,
}: Pick<RiskInput, "checks" | "lawBreaches" | "lawWarnings">): Generator<Weight> {
  const failed = checks.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    const names = failed.map(({ name }) => name).join(", ");
    yield { points: 60, reason: `${count(failed.length, "check")} failed: ${names}`, atLeast: "high" };
  }
  if (lawBreaches > 0) {
    const reason = `${count(lawBreaches, "clause")} of the organisation's law ${lawBreaches === 1 ? "forbids" : "forbid"} it`;
    yield { points: Math.min(60, 40 + 5 * lawBreaches), reason, atLeast: "high" };
  }
  if (lawWarnings > 0) {
    const reason = `${count(lawWarnings, "clause")} of the organisation's law ${lawWarnings === 1 ? "warns" : "warn"}`;
    yield { points: Math.min(15, 5 * lawWarnings), reason };
  }
}

function* breakageWeights(input: RiskInput): Generator<Weight> {
  const { newlyDenied, deniedOnPurpose = 0, deniedFlows, unknown, readinessDay } = input;
  if (newlyDenied > 0) {
    const reason = `${count(newlyDenied, "recorded connection")} (${count(deniedFlows, "flow")}) would be denied that ${newlyDenied === 1 ? "is" : "are"} not denied now`;
    yield { points: Math.min(50, 20 + 6 * Math.log2(newlyDenied)), reason, atLeast: "medium" };
  }
  if (deniedOnPurpose > 0) {
    const reason = `${count(deniedOnPurpose, "recorded connection")} ${deniedOnPurpose === 1 ? "was" : "were"} left out on purpose and would be denied`;
    yield { points: Math.min(6, 1 + Math.log2(1 + deniedOnPurpose) / 2), reason };
  }
  if (unknown > 0) {
    const reason = `what happens to ${count(unknown, "recorded connection")} cannot be said: names or labels are not known`;
    yield { points: Math.min(20, 4 * Math.log2(1 + unknown)), reason };
  }
  if (readinessDay === undefined) {
    yield { points: 25, reason: "how ready the namespace is cannot be said" };
  } else if (readinessDay < 0.995) {
    const chance = ((1 - readinessDay) * 100).toFixed(1);
    const reason = `the chance that something needed is blocked within a day is ${chance} %`;
    yield { points: Math.min(40, (1 - readinessDay) * 200), reason };
  }
}

function* openingWeights(input: RiskInput): Generator<Weight> {
  const { exposureBefore, exposureAfter, openedDifferences, newlyAllowed } = input;
  const growth = Math.max(grown(exposureBefore.v4, exposureAfter.v4), grown(exposureBefore.v6, exposureAfter.v6));
  if (growth > 0.01) {
    const reason = `${growth >= 48 ? "far more" : `${factorOf(growth)} times as much`} is open as before`;
    yield { points: Math.min(40, 5 + 3 * growth), reason };
  } else if (openedDifferences > 0) {
    const reason = `${count(openedDifferences, "destination")} ${openedDifferences === 1 ? "opens" : "open"} that ${openedDifferences === 1 ? "was" : "were"} closed`;
    yield { points: Math.min(15, 3 * openedDifferences), reason };
  }
  const names = exposureAfter.unresolvedRules - exposureBefore.unresolvedRules;
  if (names > 0) {
    const reason = `${count(names, "more rule")} by name or selector: how much they open cannot be counted`;
    yield { points: Math.min(8, names), reason };
  }
  if (newlyAllowed > 0) {
    const reason = `${count(newlyAllowed, "recorded connection")} that ${newlyAllowed === 1 ? "is" : "are"} denied now would be allowed`;
    yield { points: Math.min(15, 3 * Math.log2(1 + newlyAllowed)), reason };
  }
}

function* ignoranceWeights(input: RiskInput): Generator<Weight> {
  const { connections, observedDays, samplingMax, isComparisonComplete, cautions } = input;
  if (connections === 0) {
    yield { points: 30, reason: "no traffic was recorded to judge it by", atLeast: "medium" };
  } else if (observedDays < 7) {
    const days = observedDays < 1 ? "less than a day" : count(Math.floor(observedDays), "day");
    yield { points: 14 - 2 * Math.max(0, observedDays), reason: `only ${days} of traffic were recorded` };
  }
  if (samplingMax > 1) {
    const reason = `the traffic was sampled, 1 in ${samplingMax}: rare connections may be missing`;
    yield { points: Math.min(10, 2 * Math.log10(samplingMax) + 2), reason };
  }
  if (!isComparisonComplete) {
    yield { points: 10, reason: "the comparison is not complete: there may be more differences than are shown" };
  }
  if (cautions > 0) yield { points: Math.min(8, 2 * cautions), reason: `${count(cautions, "caution")} to read` };
}

/** Powers of two that more is open; nothing open counts as one pair. */
function grown(before: number | null, after: number | null): number {
  return (after ?? 0) - (before ?? 0);
}

function factorOf(growth: number): string {
  const factor = 2 ** growth;
  return factor < 10 ? factor.toFixed(1) : Math.round(factor).toLocaleString("en-US");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en-US")} ${noun}${number === 1 ? "" : "s"}`;
}
