import type { LabelSelector, SelectorOperator } from "./model.ts";
import { allOf, fits, formatExpression, notOf, type SelectorExpression, valueIn } from "./selector-expression.ts";
import { areDisjointExpressions, impliesExpression } from "./selector-logic.ts";

type Requirement = LabelSelector["requirements"][number];

/** Selects everything. */
export const everyLabel: LabelSelector = { requirements: [] };

export function isEverything({ requirements, expression }: LabelSelector): boolean {
  return requirements.length === 0 && expression === undefined;
}

/**
 * The selector of an expression: what requirements can say becomes requirements, so that the same selector is the same
 * in every kind's language.
 */
export function selectorOf(expression: SelectorExpression): LabelSelector {
  const parts = expression.kind === "and" ? expression.of : expression.kind === "all" ? [] : [expression];
  const simple = parts.map((part) => ({ part, requirement: requirementOf(part) }));
  const { requirements } = labelSelector(simple.flatMap(({ requirement }) => requirement ?? []));
  const rest = simple.filter(({ requirement }) => requirement === undefined).map(({ part }) => part);
  return rest.length === 0 ? { requirements } : { requirements, expression: allOf(rest) };
}

function requirementOf(expression: SelectorExpression): Requirement | undefined {
  const isNegated = expression.kind === "not";
  const atom = isNegated ? expression.of : expression;
  if (atom.kind === "has") return { key: atom.key, operator: isNegated ? "DoesNotExist" : "Exists", values: [] };
  // A requirement needs a value.
  if (atom.kind !== "in" || atom.values.length === 0) return undefined;
  return { key: atom.key, operator: isNegated ? "NotIn" : "In", values: atom.values };
}

/** {@link selectorOf} backwards. */
export function expressionOf({ requirements, expression }: LabelSelector): SelectorExpression {
  const parts = requirements.map(({ key, operator, values }): SelectorExpression => {
    const atom: SelectorExpression =
      operator === "In" || operator === "NotIn" ? valueIn(key, values) : { kind: "has", key };
    return operator === "NotIn" || operator === "DoesNotExist" ? notOf(atom) : atom;
  });
  return allOf(expression === undefined ? parts : [...parts, expression]);
}

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
  if (selector.expression !== undefined && !fits(selector.expression, labels)) return false;
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

/**
 * `role=worker,zone in (a,b),!spot`, kubectl's notation; `everything` for the empty selector. What kubectl cannot say
 * stands behind it in Calico's notation.
 */
export function formatLabelSelector({ requirements, expression }: LabelSelector): string {
  const parts = requirements.length === 0 ? [] : [requirements.map(formatRequirement).join(",")];
  if (expression !== undefined) parts.push(formatExpression(expression));
  return parts.length === 0 ? "everything" : parts.join(" and ");
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
  if (inner.expression !== undefined || outer.expression !== undefined) {
    return impliesExpression(expressionOf(inner), expressionOf(outer));
  }
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

/** Whether no object can be selected by both. Sound, not complete. */
export function areDisjointSelectors(a: LabelSelector, b: LabelSelector): boolean {
  return areDisjointExpressions(expressionOf(a), expressionOf(b));
}
