import { ruleListKey } from "./changed-parts.ts";
import type { EgressPolicy } from "./model.ts";

/** Whether two sets surely do the same: rule by rule, whoever they select. */
export function isSame(before: readonly EgressPolicy[], after: readonly EgressPolicy[]): boolean {
  return before.length === after.length && before.every((policy, i) => actingForm(policy) === actingForm(after[i]!));
}

const actingForms = new WeakMap<EgressPolicy, string>();

/** All of a policy that bears on pods it selects, and by which they are told apart from others. */
function actingForm(policy: EgressPolicy): string {
  let form = actingForms.get(policy);
  if (form === undefined) {
    const { kind, name, place, otherwise, notApplied, podSelector, subject, rules } = policy;
    const where = place === undefined ? "" : `${place.tier} ${place.tierOrder} ${place.order}`;
    const own = JSON.stringify([
      kind,
      name,
      where,
      otherwise,
      notApplied ?? null,
      podSelector ?? null,
      subject ?? null,
    ]);
    actingForms.set(policy, (form = `${own}\n${ruleListKey(rules)}`));
  }
  return form;
}
