import type { PrintedManifest, PrintedValue } from "./printed-manifest.ts";

/** A rule as it is to be written, and the lines of comment above it (without `#`, untrusted text allowed). */
export interface PrintedRule {
  readonly value: PrintedValue;
  readonly comment: readonly string[];
}

/**
 * One step of a change to the list `spec.egress` of an object. All indices are those of the list before any step, so that
 * steps can be told, checked and undone one by one.
 */
export type RuleEdit =
  | { readonly kind: "remove"; readonly rule: number }
  | { readonly kind: "replace"; readonly rule: number; readonly by: PrintedRule }
  /** `before` may be the length of the list: at the end. Several at one place stand in the order given. */
  | { readonly kind: "insert"; readonly before: number; readonly add: PrintedRule };

/** The list that the steps make of `rules`; every rule that is kept stays the same object. */
export function applyRuleEdits<T>(
  rules: readonly T[],
  edits: readonly RuleEdit[],
  made: (rule: PrintedRule) => T,
): T[] {
  const removed = new Set(edits.flatMap((edit) => (edit.kind === "remove" ? edit.rule : [])));
  const replaced = new Map(edits.flatMap((edit) => (edit.kind === "replace" ? [[edit.rule, edit.by] as const] : [])));
  const inserted = Map.groupBy(
    edits.filter((edit) => edit.kind === "insert"),
    ({ before }) => before,
  );
  const list: T[] = [];
  for (let i = 0; i <= rules.length; i += 1) {
    for (const { add } of inserted.get(i) ?? []) list.push(made(add));
    const by = replaced.get(i);
    if (i === rules.length || removed.has(i)) continue;
    list.push(by === undefined ? rules[i]! : made(by));
  }
  return list;
}

/** Written rules that the steps take away or change. */
export function touchedRules(edits: readonly RuleEdit[]): ReadonlySet<number> {
  return new Set(edits.flatMap((edit) => (edit.kind === "insert" ? [] : edit.rule)));
}

/** The rules of a manifest that is about to be written; empty for kinds that keep theirs elsewhere than in `spec.egress`. */
export function printedRulesOf({ value, ruleComments }: PrintedManifest): readonly PrintedRule[] {
  const { spec } = value;
  const egress = typeof spec === "object" && "egress" in spec ? spec.egress : undefined;
  if (!Array.isArray(egress)) return [];
  return (egress as readonly PrintedValue[]).map((rule, i) => ({ value: rule, comment: ruleComments[i] ?? [] }));
}
