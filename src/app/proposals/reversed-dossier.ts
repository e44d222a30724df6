import { riskOf } from "../../pipeline/propose/risk.ts";
import type { Dossier } from "../wire/dossier.ts";

const dayMs = 86_400_000;

/**
 * The dossier of taking a change back: the same evidence, looked at from the other side. Exact, because before and after only change
 * places; so that nothing has to be learned or judged when something needed is blocked now.
 */
export function reversedDossier(dossier: Dossier): Dossier {
  const { replay, evidence, exposureBefore, exposureAfter } = dossier;
  const reversed = {
    newlyDenied: replay.newlyAllowed,
    newlyAllowed: replay.newlyDenied,
    unknown: replay.unknown,
  };
  const differences = dossier.differences.map((one) => ({
    ...one,
    change: one.change === "newly allowed" ? ("newly denied" as const) : ("newly allowed" as const),
    before: one.after,
    after: one.before,
  }));
  const rows = replay.rows.map((row) => ({
    ...row,
    before: row.after,
    after: row.before,
    beforeBy: row.afterBy,
    afterBy: row.beforeBy,
  }));
  const risk = riskOf({
    ...reversed,
    checks: [],
    deniedFlows: rows.reduce(
      (sum, { edge, before, after }) => sum + (after === "deny" && before !== "deny" ? edge.flows : 0),
      0,
    ),
    isComparisonComplete: dossier.isComparisonComplete,
    openedDifferences: differences.filter(({ change }) => change === "newly allowed").length,
    connections: evidence.connections,
    // What was in force before blocked nothing that anybody knows of.
    readinessDay: reversed.newlyDenied === 0 ? 1 : undefined,
    exposureBefore: exposureAfter,
    exposureAfter: exposureBefore,
    samplingMax: evidence.samplingMax,
    observedDays: evidence.fromMs === null || evidence.toMs === null ? 0 : (evidence.toMs - evidence.fromMs) / dayMs,
    cautions: 0,
  });
  return {
    ...dossier,
    checks: [],
    rules: [],
    differences,
    replay: { ...replay, ...reversed, rows },
    notLearned: [],
    notLearnedLeftOut: 0,
    cautions: ["this takes a change back: what it opened closes, and what it closed opens"],
    readiness: null,
    exposureBefore: exposureAfter,
    exposureAfter: exposureBefore,
    risk: { ...risk, reasons: [...risk.reasons] },
  };
}
