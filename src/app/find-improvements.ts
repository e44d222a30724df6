import { overlaps } from "../core/net/interval-set.ts";
import { overlapsIp } from "../core/net/ip-set.ts";
import type { EgressPolicy } from "../core/policy/model.ts";
import type { Guardrail } from "../pipeline/baseline/guardrails.ts";
import type { ClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import type { Harvest } from "../pipeline/flows/harvest.ts";
import { deadRules } from "../pipeline/verify/optimise/dead-rules.ts";
import type { Improvement } from "../pipeline/verify/optimise/improvement.ts";
import { mergeableRules } from "../pipeline/verify/optimise/mergeable.ts";
import { missingRules } from "../pipeline/verify/optimise/missing-rules.ts";
import { nameRules } from "../pipeline/verify/optimise/name-rules.ts";
import { observationOf } from "../pipeline/verify/optimise/observation.ts";
import { overBroadRules } from "../pipeline/verify/optimise/over-broad.ts";
import { ruleUse } from "../pipeline/verify/optimise/rule-use.ts";
import { unusedRules } from "../pipeline/verify/optimise/unused-rules.ts";
import { inForce, type RecordedWorld } from "./recorded-world.ts";

export interface ImprovementOptions {
  readonly facts: ClusterFacts;
  readonly harvest: Harvest | undefined;
  readonly guardrails: readonly Guardrail[];
  readonly unusedDays: number;
}

/** Kinds whose lists of rules can be edited in the text of their files; of the others it is told what is found. */
const edited: ReadonlySet<EgressPolicy["kind"]> = new Set(["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"]);

/**
 * Everything that could be better about the policies in force, by policy, the surest kinds of finding first. Those that a
 * cluster would not apply are left out: `lint` says what is wrong with them.
 */
export function findImprovements(
  policies: readonly EgressPolicy[],
  world: RecordedWorld,
  { facts, harvest, guardrails, unusedDays }: ImprovementOptions,
): readonly Improvement[] {
  const chosen = inForce(policies).filter(({ notApplied }) => notApplied === undefined);
  const edges = harvest?.edges ?? [];
  const use = ruleUse(edges, world.worldOf(policies));
  const improvementsOf = (policy: EgressPolicy): readonly Improvement[] => {
    const dead = deadRules(policy, guardrails);
    const observation = observationOf(harvest ?? { window: undefined, samplingMax: 1 });
    const watchedDays = use.watched.has(policy.namespace) ? observation.days : 0;
    const certain = [...mergeableRules(policy), ...missingRules(policy, facts, watchedDays)];
    if (harvest === undefined || !policy.isolates) return [...dead, ...certain];
    const seen = [
      ...unusedRules(policy, use, { unusedDays, observation, facts }),
      ...overBroadRules(policy, use, observation, facts),
      ...nameRules(policy, use, edges, observation),
    ];
    // That nobody uses a rule that can never decide needs no second finding.
    const known = new Set(dead.map(({ rule }) => rule));
    const news = seen.filter(({ rule }) => !known.has(rule));
    return [...dead.map((one) => postponed(one, news)), ...certain, ...news];
  };
  return chosen.flatMap((policy) => {
    const found = improvementsOf(policy);
    return edited.has(policy.kind) ? found : found.map(byHand);
  });
}

function byHand(improvement: Improvement): Improvement {
  const because = `rules of kind ${improvement.policy.kind} are not changed in their files: do it by hand`;
  return improvement.mend.kind === "none" ? improvement : { ...improvement, mend: { kind: "none", because } };
}

/** What a rule hides that is about to become narrower may be just what is wanted of it: that is looked at afterwards. */
function postponed(improvement: Improvement, news: readonly Improvement[]): Improvement {
  const { policy, rule } = improvement;
  const rulesAt = (written: number | undefined): EgressPolicy["rules"] =>
    policy.rules.filter((own) => own.written === written);
  const own = rulesAt(rule);
  const isHiddenByNews = news.some(
    ({ mend, rule: other }) =>
      mend.kind === "edits" &&
      mend.promise.kind === "narrower" &&
      rulesAt(other).some(({ to, l4 }) =>
        own.some((hidden) => {
          const isNear =
            hidden.to.kind !== "addresses" || to.kind !== "addresses" || overlapsIp(hidden.to.addresses, to.addresses);
          return isNear && overlaps(hidden.l4, l4);
        }),
      ),
  );
  if (!isHiddenByNews) return improvement;
  const because = "a rule that hides it opens too much, and is narrowed first: this one may be what was meant";
  return { ...improvement, mend: { kind: "none", because } };
}
