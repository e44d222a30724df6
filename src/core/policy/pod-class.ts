import { areDisjointSelectors, formatLabelSelector, isEverything } from "./label-selector.ts";
import type { EgressPolicy, LabelSelector } from "./model.ts";
import { namespaceNameLabels, podsOf, selectsNamespace } from "./subject.ts";

/** What a pod, and its namespace, must be like to be selected; undefined: anything. */
export interface PodCondition {
  readonly namespaces: LabelSelector | undefined;
  readonly pods: LabelSelector | undefined;
}

/** The condition under which a policy selects a pod of some place; undefined: it never does. */
export type ConditionOf = (policy: EgressPolicy) => PodCondition | undefined;

/**
 * Pods that the same network policies select. Without knowing the pods, the classes asked about are: pods that only
 * policies for all pods select (no conditions), pods that meet exactly one further condition, and, where that can
 * matter, pods that meet exactly two, three and so on.
 */
export interface PodClass {
  readonly conditions: readonly PodCondition[];
}

/** For pods of a namespace: labels of the namespace that are not known are part of the condition. */
export function conditionsIn(namespace: string, labels?: Readonly<Record<string, string>>): ConditionOf {
  return (policy) => {
    const isSelected = selectsNamespace(policy, namespace, labels);
    if (isSelected === false) return undefined;
    return { namespaces: isSelected === true ? undefined : policy.subject?.namespaces, pods: chosen(podsOf(policy)) };
  };
}

/** For pods of any namespace: only policies of the whole cluster select some. */
export const conditionsAnywhere: ConditionOf = (policy) =>
  policy.namespace === ""
    ? { namespaces: chosen(policy.subject?.namespaces), pods: chosen(podsOf(policy)) }
    : undefined;

/** {@link conditionsAnywhere}, but for policies that are only for some of these namespaces, which are looked at by themselves. */
export function conditionsOutside(namespaces: readonly string[]): ConditionOf {
  const known = new Set(namespaces);
  const isInside = ({ subject }: EgressPolicy): boolean =>
    (subject?.namespaces?.requirements ?? []).some(
      ({ key, operator, values }) =>
        namespaceNameLabels.includes(key) && operator === "In" && values.every((value) => known.has(value)),
    );
  return (policy) => (isInside(policy) ? undefined : conditionsAnywhere(policy));
}

function chosen(selector: LabelSelector | undefined): LabelSelector | undefined {
  return selector === undefined || isEverything(selector) ? undefined : selector;
}

const keys = new WeakMap<PodCondition, string>();

function keyOf(condition: PodCondition): string {
  let key = keys.get(condition);
  if (key === undefined) {
    const text = (selector: LabelSelector | undefined): string =>
      selector === undefined ? "" : formatLabelSelector(selector);
    keys.set(condition, (key = `${text(condition.pods)}\n${text(condition.namespaces)}`));
  }
  return key;
}

/** The same answers, each worked out once. */
export function remembered(conditionOf: ConditionOf): ConditionOf {
  const known = new Map<EgressPolicy, PodCondition | undefined>();
  return (policy) => {
    if (!known.has(policy)) known.set(policy, conditionOf(policy));
    return known.get(policy);
  };
}

function isOpen({ namespaces, pods }: PodCondition): boolean {
  return namespaces === undefined && pods === undefined;
}

/** The class of all pods that meet no condition, then one per distinct condition, in order of their text. */
export function podClasses(policies: readonly EgressPolicy[], conditionOf: ConditionOf): readonly PodClass[] {
  const byText = new Map<string, PodCondition>();
  for (const policy of policies) {
    const condition = conditionOf(policy);
    if (condition !== undefined && !isOpen(condition)) byText.set(keyOf(condition), condition);
  }
  const single = [...byText]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, condition]) => ({ conditions: [condition] }));
  return [{ conditions: [] }, ...single];
}

/** Policies that select the pods of a class: those for all pods, and those of the class's own conditions. */
export function policiesOfClass(
  { conditions }: PodClass,
  policies: readonly EgressPolicy[],
  conditionOf: ConditionOf,
): readonly EgressPolicy[] {
  const own = new Set(conditions.map(keyOf));
  return policies.filter((policy) => {
    const condition = conditionOf(policy);
    return condition !== undefined && (isOpen(condition) || own.has(keyOf(condition)));
  });
}

/** Whether no pod can meet both. */
export function areDisjoint(a: PodCondition, b: PodCondition): boolean {
  const apart = (x: LabelSelector | undefined, y: LabelSelector | undefined): boolean =>
    x !== undefined && y !== undefined && areDisjointSelectors(x, y);
  return apart(a.pods, b.pods) || apart(a.namespaces, b.namespaces);
}

/** `pods with app=web`, `pods of namespaces with team=a`, `pods that no other selector matches`, `all pods`. */
export function formatPodClass({ conditions }: PodClass, isOnlyClass: boolean): string {
  if (conditions.length === 0) return isOnlyClass ? "all pods" : "pods that no other selector matches";
  const texts = (part: keyof PodCondition): string =>
    [...new Set(conditions.flatMap((condition) => condition[part] ?? []).map(formatLabelSelector))].join(" and ");
  const [pods, namespaces] = [texts("pods"), texts("namespaces")];
  return `pods${pods === "" ? "" : ` with ${pods}`}${namespaces === "" ? "" : ` of namespaces with ${namespaces}`}`;
}
