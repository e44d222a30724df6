/**
 * What the selector language of Calico can say about labels, in one canonical form (built by {@link allOf}, {@link anyOf},
 * {@link notOf} and {@link valueIn}): equal expressions print equal.
 */
export type SelectorExpression =
  /** Holds for everything. */
  | { readonly kind: "all" }
  /** Holds for objects that stand in no namespace. */
  | { readonly kind: "global" }
  | { readonly kind: "has"; readonly key: string }
  /** The label is there and has one of the values. */
  | { readonly kind: "in"; readonly key: string; readonly values: readonly string[] }
  | { readonly kind: TextTest; readonly key: string; readonly value: string }
  | { readonly kind: "not"; readonly of: SelectorExpression }
  | { readonly kind: "and" | "or"; readonly of: readonly SelectorExpression[] };

/** The label is there and its value contains, starts with or ends with a text. */
export type TextTest = "contains" | "starts with" | "ends with";

export const always: SelectorExpression = { kind: "all" };
export const never: SelectorExpression = { kind: "not", of: always };

export function valueIn(key: string, values: readonly string[]): SelectorExpression {
  return { kind: "in", key, values: [...new Set(values)].toSorted(compareText) };
}

export function notOf(of: SelectorExpression): SelectorExpression {
  return of.kind === "not" ? of.of : { kind: "not", of };
}

/** Order is kept, as people wrote it; what is said twice is said once. */
export function allOf(parts: readonly SelectorExpression[]): SelectorExpression {
  const flat = distinct(
    parts.flatMap((part) => (part.kind === "and" ? part.of : [part])),
    always,
  );
  if (flat.some(isNever)) return never;
  return flat.length === 0 ? always : flat.length === 1 ? flat[0]! : { kind: "and", of: flat };
}

export function anyOf(parts: readonly SelectorExpression[]): SelectorExpression {
  const flat = distinct(
    parts.flatMap((part) => (part.kind === "or" ? part.of : [part])),
    never,
  );
  if (flat.some(({ kind }) => kind === "all")) return always;
  return flat.length === 0 ? never : flat.length === 1 ? flat[0]! : { kind: "or", of: flat };
}

export function isNever(expression: SelectorExpression): boolean {
  return expression.kind === "not" && expression.of.kind === "all";
}

function distinct(parts: readonly SelectorExpression[], neutral: SelectorExpression): readonly SelectorExpression[] {
  const byText = new Map(parts.map((part) => [formatExpression(part), part]));
  byText.delete(formatExpression(neutral));
  return [...byText.values()];
}

/** Whether an object of a namespace with these labels fits. As in Calico, a missing label has no value and fits `!=`. */
export function fits(expression: SelectorExpression, labels: Readonly<Record<string, string>>): boolean {
  return holds(expression, (atom) => {
    if (atom.kind === "global") return false;
    const value = Object.hasOwn(labels, atom.key) ? labels[atom.key] : undefined;
    return value !== undefined && valueFits(atom, value);
  });
}

export type SelectorAtom = Exclude<SelectorExpression, { kind: "all" | "not" | "and" | "or" }>;

/** The truth of the whole, given the truth of its atoms. */
export function holds(expression: SelectorExpression, isTrue: (atom: SelectorAtom) => boolean): boolean {
  switch (expression.kind) {
    case "all":
      return true;
    case "not":
      return !holds(expression.of, isTrue);
    case "and":
      return expression.of.every((part) => holds(part, isTrue));
    case "or":
      return expression.of.some((part) => holds(part, isTrue));
    default:
      return isTrue(expression);
  }
}

/** For a label that is there. */
export function valueFits(atom: Exclude<SelectorAtom, { kind: "global" }>, value: string): boolean {
  switch (atom.kind) {
    case "has":
      return true;
    case "in":
      return atom.values.includes(value);
    case "contains":
      return value.includes(atom.value);
    case "starts with":
      return value.startsWith(atom.value);
    case "ends with":
      return value.endsWith(atom.value);
    default:
      return atom satisfies never;
  }
}

/** Replaces atoms, and simplifies what becomes constant. */
export function mapAtoms(
  expression: SelectorExpression,
  map: (atom: SelectorAtom | { readonly kind: "all" }) => SelectorExpression,
): SelectorExpression {
  switch (expression.kind) {
    case "not":
      return notOf(mapAtoms(expression.of, map));
    case "and":
      return allOf(expression.of.map((part) => mapAtoms(part, map)));
    case "or":
      return anyOf(expression.of.map((part) => mapAtoms(part, map)));
    default:
      return map(expression);
  }
}

export function atomsOf(expression: SelectorExpression): readonly SelectorAtom[] {
  const atoms: SelectorAtom[] = [];
  mapAtoms(expression, (atom) => {
    if (atom.kind !== "all") atoms.push(atom);
    return atom;
  });
  return atoms;
}

/** Calico's notation: `app == 'web' && (has(tier) || zone in {'a', 'b'})`; reading it gives the same expression. */
export function formatExpression(expression: SelectorExpression): string {
  switch (expression.kind) {
    case "all":
      return "all()";
    case "global":
      return "global()";
    case "has":
      return `has(${expression.key})`;
    case "in":
      return formatIn(expression.key, expression.values, "==", "in");
    case "not":
      return expression.of.kind === "in"
        ? formatIn(expression.of.key, expression.of.values, "!=", "not in")
        : `!${formatPart(expression.of)}`;
    case "and":
      return expression.of.map((part) => (part.kind === "or" ? formatPart(part) : formatExpression(part))).join(" && ");
    case "or":
      return expression.of.map(formatExpression).join(" || ");
    default:
      return `${expression.key} ${expression.kind} ${literal(expression.value)}`;
  }
}

function formatPart(part: SelectorExpression): string {
  return part.kind === "all" || part.kind === "global" || part.kind === "has"
    ? formatExpression(part)
    : `(${formatExpression(part)})`;
}

function formatIn(key: string, values: readonly string[], one: string, several: string): string {
  if (values.length === 1) return `${key} ${one} ${literal(values[0]!)}`;
  return `${key} ${several} {${values.map(literal).join(", ")}}`;
}

/** The language has no escapes: a text with one kind of quotation mark stands in the other. */
function literal(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
