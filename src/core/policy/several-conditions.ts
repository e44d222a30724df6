import { isSame } from "./acting-form.ts";
import type { EgressPolicy } from "./model.ts";
import { areDisjoint, type ConditionOf, type PodClass, policiesOfClass } from "./pod-class.ts";
import { addsUp, placeOf } from "./tiers.ts";

/** More pods that meet so many conditions at once than this, and none of that many are compared. */
export const maxClasses: { readonly listed: number; readonly pairs: number; readonly larger: number } = {
  listed: 1_000,
  pairs: 300,
  larger: 120,
};

/**
 * How many conditions a pod must meet at once for the policies to decide differently, if those that meet fewer see no
 * difference. On each side a connection's fate hangs on the first policy that passes it in each tier that can pass, and on
 * the one that then decides or isolates: the pod that meets only the conditions of these has the same fate on both sides.
 */
export function decidingConditions(before: readonly EgressPolicy[], after: readonly EgressPolicy[]): number {
  const side = (policies: readonly EgressPolicy[]): number => {
    const passing = policies.filter(({ rules }) => rules.some(({ action }) => action === "pass")).map(placeOf);
    return 1 + new Set(passing.map(({ tier, tierOrder }) => `${tierOrder} ${tier}`)).size;
  };
  return [...before, ...after].every(addsUp) ? 2 : side(before) + side(after);
}

/** Policies of which each adds connections to what the others allow, and takes none from them. */
export function onlyAllows(policy: EgressPolicy): boolean {
  return addsUp(policy) && policy.otherwise === "deny" && policy.rules.every(({ action }) => action === "allow");
}

/** Classes of one size of which anything is not the same on both sides; undefined: more than are looked at. */
export interface ClassesOfSize {
  readonly size: number;
  readonly classes: readonly PodClass[] | undefined;
}

/**
 * Pods that meet two conditions at once, then three and so on up to `most`, none of which contradicts another. Ends behind
 * the first size of which there are too many.
 */
export function* severalConditions(
  singles: readonly PodClass[],
  most: number,
  [before, after]: readonly [before: readonly EgressPolicy[], after: readonly EgressPolicy[]],
  conditionOf: ConditionOf,
): Generator<ClassesOfSize> {
  let groups = singles;
  for (let size = 2; size <= most && groups.length > 0; size += 1) {
    const next = joined(groups, singles);
    const changed = next?.filter(
      (group) => !isSame(policiesOfClass(group, before, conditionOf), policiesOfClass(group, after, conditionOf)),
    );
    const isTooMany = changed === undefined || changed.length > (size === 2 ? maxClasses.pairs : maxClasses.larger);
    yield { size, classes: isTooMany ? undefined : changed };
    if (isTooMany) return;
    groups = next!;
  }
}

/** Classes of pods that meet one condition more, which comes later in the list; undefined: more than are listed. */
function joined(groups: readonly PodClass[], singles: readonly PodClass[]): readonly PodClass[] | undefined {
  const turns = new Map(singles.map(({ conditions: [own] }, turn) => [own!, turn]));
  const all: PodClass[] = [];
  for (const { conditions } of groups) {
    for (const single of singles.slice(turns.get(conditions.at(-1)!)! + 1)) {
      if (conditions.some((condition) => areDisjoint(condition, single.conditions[0]!))) continue;
      if (all.length >= maxClasses.listed) return undefined;
      all.push({ conditions: [...conditions, ...single.conditions] });
    }
  }
  return all;
}
