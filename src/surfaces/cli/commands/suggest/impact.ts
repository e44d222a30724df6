import type { Suggestion } from "../../../../app/suggest-policies.ts";
import type { ReplayRow } from "../../../../pipeline/verify/replay.ts";

/** Recorded connections by what a suggestion would do to them, compared with today. */
export interface Impact {
  readonly kept: readonly ReplayRow[];
  readonly stopped: readonly ReplayRow[];
  readonly opened: readonly ReplayRow[];
  readonly unknown: readonly ReplayRow[];
}

export function impactOf({ impact }: Suggestion): Impact {
  const isUnknown = ({ before, after }: ReplayRow): boolean => before.kind === "unknown" || after.kind === "unknown";
  const known = impact.filter((row) => !isUnknown(row));
  return {
    kept: known.filter(({ before, after }) => before.kind === after.kind),
    stopped: known.filter(({ before, after }) => before.kind === "allow" && after.kind === "deny"),
    opened: known.filter(({ before, after }) => before.kind === "deny" && after.kind === "allow"),
    unknown: impact.filter(isUnknown),
  };
}
