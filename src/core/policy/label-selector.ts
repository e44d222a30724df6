import type { LabelSelector, SelectorOperator } from "./model.ts";

type Requirement = LabelSelector["requirements"][number];

/** Selects everything. */
export const everyLabel: LabelSelector = { requirements: [] };

/** The canonical form: values sorted and distinct, requirements sorted and distinct. */
export function labelSelector(requirements: readonly Requirement[]): LabelSelector {
  const byText = new Map<string, Requirement>();
  for (const { key, operator, values } of requirements) {
    const requirement = { key, operator, values: [...new Set(values)].toSorted(compareText) };
    byText.set(JSON.stringify([key, operator, requirement.values]), requirement);
  }
  const sorted = [...byText].toSorted(([a], [b]) => compareText(a, b));
  return { requirements: sorted.map(([, requirement]) => requirement) };
}

/** As in Kubernetes: `NotIn` and `DoesNotExist` also select objects that lack the key. */
export function selects(selector: LabelSelector, labels: Readonly<Record<string, string>>): boolean {
  return selector.requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        return value !== undefined && values.includes(value);
      case "NotIn":
        return value === undefined || !values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}

/** `role=worker,zone in (a,b),!spot`, kubectl's notation; `everything` for the empty selector. */
export function formatLabelSelector({ requirements }: LabelSelector): string {
  if (requirements.length === 0) return "everything";
  return requirements.map(formatRequirement).join(",");
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case "In":
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(",")})`;
    case "NotIn":
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(",")})`;
    case "Exists":
      return key;
    case "DoesNotExist":
      return `!${key}`;
    default:
      return operator satisfies never;
  }
}

const operators: readonly string[] = ["In", "NotIn", "Exists", "DoesNotExist"] satisfies SelectorOperator[];

export function isSelectorOperator(text: string): text is SelectorOperator {
  return operators.includes(text);
}

/** A label key: an optional DNS subdomain prefix and `/`, then at most 63 letters, digits, `-`, `_`, `.`. */
export function isLabelKey(text: string): boolean {
  const slash = text.indexOf("/");
  const prefix = slash < 0 ? undefined : text.slice(0, slash);
  const name = text.slice(slash + 1);
  if (
    prefix !== undefined &&
    (prefix.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(prefix))
  ) {
    return false;
  }
  return name.length <= 63 && /^[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/.test(name);
}

/** A label value: empty, or at most 63 letters, digits, `-`, `_`, `.`. */
export function isLabelValue(text: string): boolean {
  return text === "" || (text.length <= 63 && /^[A-Za-z0-9]([-\w.]*[A-Za-z0-9])?$/.test(text));
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Whether every object that `inner` selects is surely selected by `outer` too: each requirement of `outer` follows from
 * one of `inner`. Sound, not complete: two requirements of `inner` together may imply more.
 */
export function impliesSelector(inner: LabelSelector, outer: LabelSelector): boolean {
  return outer.requirements.every((wanted) => inner.requirements.some((given) => implies(given, wanted)));
}

function implies(given: Requirement, wanted: Requirement): boolean {
  if (given.key !== wanted.key) return false;
  const isWithin = given.values.every((value) => wanted.values.includes(value));
  switch (wanted.operator) {
    case "In":
      return given.operator === "In" && isWithin;
    case "Exists":
      return given.operator === "In" || given.operator === "Exists";
    case "NotIn":
      if (given.operator === "In") return !given.values.some((value) => wanted.values.includes(value));
      if (given.operator === "NotIn") return wanted.values.every((value) => given.values.includes(value));
      return given.operator === "DoesNotExist";
    case "DoesNotExist":
      return given.operator === "DoesNotExist";
    default:
      return wanted.operator satisfies never;
  }
}
