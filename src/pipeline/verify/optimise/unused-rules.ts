import type { EgressPolicy } from "../../../core/policy/model.ts";
import { quoted } from "../../../core/quoted.ts";
import type { ClusterFacts } from "../../flows/cluster-facts.ts";
import { awaitedUse, silenceText } from "./awaited-use.ts";
import type { Improvement } from "./improvement.ts";
import { daysText, missedChance, type Observation, percent } from "./observation.ts";
import { firstOfWritten, type RuleUse } from "./rule-use.ts";
import { standBy } from "./stand-by.ts";

const dayMs = 86_400_000;

export interface UnusedOptions {
  readonly unusedDays: number;
  readonly observation: Observation;
  readonly facts: ClusterFacts;
}

/**
 * Allow rules that no traffic of the last so many days needed. The way to the API server and to nodes is no such rule,
 * used or not ({@link standBy}); neither is one that keeps a verdict unknown, or stands in for a name, which may be the one in use. A rule is
 * offered for removal only where the recording is long enough, would be as sure to show a weekly use as an unsampled one of
 * that length, and no use is awaited that this time could not show ({@link awaitedUse}).
 */
export function unusedRules(policy: EgressPolicy, use: RuleUse, options: UnusedOptions): readonly Improvement[] {
  const { unusedDays, observation, facts } = options;
  const { window } = observation;
  const isWatched = policy.namespace === "" ? use.watched.size > 0 : use.watched.has(policy.namespace);
  if (!isWatched || window === undefined) return [];
  const where = policy.namespace === "" ? "any namespace that was watched" : quoted(policy.namespace);
  const standsBy = standBy(policy, use.judged, facts);
  return firstOfWritten(policy).flatMap((rule): readonly Improvement[] => {
    if (rule.action !== "allow" || rule.to.kind === "pods" || standsBy(rule)) return [];
    const { written } = rule;
    const edges = use.edgesOf(policy, written);
    const last = edges.reduce((ms, { lastSeenMs }) => Math.max(ms, lastSeenMs ?? Infinity), -Infinity);
    const quietDays = last === -Infinity ? observation.days : Math.max(0, window.lastMs - last) / dayMs;
    // Ever used and too fresh, or without times: in use as far as anybody can tell.
    if (edges.length > 0 && quietDays < unusedDays) return [];
    const chance = missedChance(quietDays, observation);
    const when = last === -Infinity ? "" : `, last on ${new Date(last).toISOString().slice(0, 10)}`;
    const seen = observation.sampling === 1 ? "" : `, of which 1 packet in ${observation.sampling} was seen`;
    // Of the day of the last use itself some sources know only the hour, and a run of that hour was no silent one.
    const quiet = { firstMs: last === -Infinity ? window.firstMs : last + dayMs, lastMs: window.lastMs };
    const message =
      `no recorded flow of ${where} needed ${quoted(rule.text)} in ${daysText(quietDays)}${when}; ` +
      `${silenceText(quiet, percent(chance))}${seen}`;
    const awaited = awaitedUse(policy.namespace, edges, quiet, { facts, sampling: observation.sampling });
    const mend = refusal(quietDays, chance, unusedDays, awaited) ?? {
      kind: "edits" as const,
      edits: [{ kind: "remove" as const, rule: written }],
      promise: { kind: "narrower" as const, forgets: edges },
      text: "remove it",
    };
    return [{ code: "rule_unused", policy, rule: written, message, mend }];
  });
}

function refusal(
  days: number,
  chance: number,
  unusedDays: number,
  awaited: string | undefined,
): Improvement["mend"] | undefined {
  if (days + 0.01 < unusedDays) {
    const because = `${daysText(days)} of recording do not show that a rule is unused for ${unusedDays}: record longer, or say \`--unused-days\``;
    return { kind: "none", because };
  }
  const asked = missedChance(unusedDays, { sampling: 1 });
  if (chance <= Math.max(asked + 0.001, 0.05))
    return awaited === undefined ? undefined : { kind: "none", because: awaited };
  return {
    kind: "none",
    because: "the recording is sampled too thinly to tell that nobody uses it: record longer, or every packet",
  };
}
