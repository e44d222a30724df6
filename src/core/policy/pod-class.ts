import { formatLabelSelector } from "./label-selector.ts";
import type { EgressPolicy, LabelSelector } from "./model.ts";

/**
 * Pods of a namespace that the same network policies select. Without knowing the pods, the classes asked about are: pods
 * that only policies for all pods select (no `selectors`), pods that exactly one further selector matches, and, where
 * that can matter, pods that exactly two match.
 */
export interface PodClass {
  readonly selectors: readonly LabelSelector[];
}

/** The class of all pods that no selector of its own matches, then one per distinct selector, in order of their text. */
export function podClasses(policies: readonly EgressPolicy[]): readonly PodClass[] {
  const byText = new Map<string, LabelSelector>();
  for (const { podSelector } of policies) {
    if (podSelector !== undefined) byText.set(formatLabelSelector(podSelector), podSelector);
  }
  const single = [...byText]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, selector]) => ({ selectors: [selector] }));
  return [{ selectors: [] }, ...single];
}

/** Policies that select the pods of a class: those for all pods, and those of the class's own selectors. */
export function policiesOfClass({ selectors }: PodClass, policies: readonly EgressPolicy[]): readonly EgressPolicy[] {
  const own = new Set(selectors.map(formatLabelSelector));
  return policies.filter(({ podSelector }) => podSelector === undefined || own.has(formatLabelSelector(podSelector)));
}

/** `pods with app=web`, `pods that no other selector matches`, `all pods`. */
export function formatPodClass({ selectors }: PodClass, isOnlyClass: boolean): string {
  if (selectors.length > 0) return `pods with ${selectors.map(formatLabelSelector).join(" and ")}`;
  return isOnlyClass ? "all pods" : "pods that no other selector matches";
}
