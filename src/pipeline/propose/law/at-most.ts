import type { Destination, EgressPolicy, Rule } from "../../../core/policy/model.ts";

/**
 * The policy with every condition that nobody can judge here taken for met, where a rule allows: `Allow 10.0.0.0/8` for some requests or
 * with authentication only is that block. Denies stay as they are, because they may not match.
 * @returns the same policy when it has none
 */
export function atMost(policy: EgressPolicy): EgressPolicy {
  const rules = policy.rules.flatMap((rule): readonly Rule[] =>
    rule.action === "allow" && rule.to.kind === "unknown" ? furthest(rule.to).map((to) => ({ ...rule, to })) : [rule],
  );
  const isSame = rules.length === policy.rules.length && rules.every((rule, i) => rule === policy.rules[i]);
  return isSame ? policy : { ...policy, rules };
}

function furthest(to: Destination): readonly Destination[] {
  return to.kind === "unknown" && to.within !== undefined ? to.within.flatMap(furthest) : [to];
}
