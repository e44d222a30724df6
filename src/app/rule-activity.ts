import type { EgressPolicy } from "../core/policy/model.ts";
import type { ReplayGroup } from "./replay-flows.ts";

/** How much recorded traffic one rule decides. */
export interface RuleActivity {
  readonly policy: EgressPolicy;
  /** Index as written; `otherwise` stands for what no rule of the object matches. */
  readonly rule: number | "otherwise";
  readonly text: string;
  /** Of a workload to a destination, protocol and port. */
  readonly groups: number;
  readonly flows: number;
  readonly firstSeenMs: number | undefined;
  readonly lastSeenMs: number | undefined;
  /** Days, UTC, with at least one flow. */
  readonly days: number;
}

const dayHours = 24;

/**
 * What each rule decides, in the order of the objects and of their rules, with those that decide nothing. A rule decides
 * within its own half: traffic that firewall and network policy both let through counts for a rule of each. Objects that
 * the cluster would not apply have no rules in force, and are left out.
 */
export function ruleActivity(
  policies: readonly EgressPolicy[],
  groups: readonly ReplayGroup[],
): readonly RuleActivity[] {
  const decided = new Map<EgressPolicy, Map<number | "otherwise", ReplayGroup[]>>();
  for (const group of groups) {
    for (const { policy, rule } of group.after.halves.flatMap((half) => [half, ...(half.passed ?? [])])) {
      if (policy === undefined) continue;
      const byRule = decided.get(policy) ?? new Map<number | "otherwise", ReplayGroup[]>();
      decided.set(policy, byRule);
      const own = byRule.get(rule);
      if (own === undefined) byRule.set(rule, [group]);
      else own.push(group);
    }
  }
  return policies
    .filter(({ isolates, notApplied }) => isolates && notApplied === undefined)
    .flatMap((policy) => {
      const texts = new Map<number | "otherwise", string>();
      // Several rules may stem from one that was written; the first speaks for it.
      for (const { written, text } of policy.rules) if (!texts.has(written)) texts.set(written, text);
      const byRule = decided.get(policy);
      if (byRule?.has("otherwise") === true) texts.set("otherwise", `no rule matches: ${policy.otherwise}`);
      return [...texts].map(([rule, text]) => ({ policy, rule, text, ...sumsOf(byRule?.get(rule) ?? []) }));
    });
}

function sumsOf(groups: readonly ReplayGroup[]): Omit<RuleActivity, "policy" | "rule" | "text"> {
  const edges = groups.map(({ edge }) => edge);
  const first = edges.reduce((ms, { firstSeenMs = Infinity }) => Math.min(ms, firstSeenMs), Infinity);
  const last = edges.reduce((ms, { lastSeenMs = -Infinity }) => Math.max(ms, lastSeenMs), -Infinity);
  const days = new Set(edges.flatMap(({ activity }) => activity.map(({ hour }) => Math.floor(hour / dayHours))));
  return {
    groups: groups.length,
    flows: edges.reduce((sum, { flows }) => sum + flows, 0),
    firstSeenMs: first === Infinity ? undefined : first,
    lastSeenMs: last === -Infinity ? undefined : last,
    days: days.size,
  };
}
