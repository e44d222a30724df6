import { areProvenEqual } from "../../../core/policy/compare.ts";
import { type CompiledRules, compile } from "../../../core/policy/compile.ts";
import { formatLabelSelector } from "../../../core/policy/label-selector.ts";
import type { EgressPolicy, RuleList } from "../../../core/policy/model.ts";
import type { PrintedRule, RuleEdit } from "../../../core/policy/rule-edit.ts";
import { canConflict, isFormOf, liesWithin, type WrittenRule, writtenRules } from "./written-rule.ts";

/** A rule of the edited policy: one that stays, by its place today, or one that is new, by its place in what is wanted. */
export type PlannedRule =
  | { readonly from: "today"; readonly rule: number }
  /** `replaces`: the rule of today in whose place it stands. */
  | { readonly from: "wanted"; readonly rule: number; readonly replaces: number | undefined };

export type EditPlan =
  | {
      readonly kind: "edit";
      readonly edits: readonly RuleEdit[];
      /** The edited policy, in its order. */
      readonly rules: readonly PlannedRule[];
      /** Rules of today that are not among them, replaced ones included. */
      readonly removed: readonly number[];
    }
  /** `because`: one sentence. */
  | { readonly kind: "rewrite"; readonly because: string };

/** Past this, rules that are said in another way are not searched for: each takes a comparison. */
const comparedRules = 150;
const comparedList = 1500;

/**
 * How today's policy becomes the wanted one with the fewest changes: rules that are still right stay where they are, with
 * their order; new ones come where nothing before them decides their traffic. The edited list decides every connection as
 * the wanted one does, which is compared and not hoped for.
 * @param printed the wanted rules as they are to be written, same index as `wanted`'s written rules
 */
export function planEdit(today: EgressPolicy, wanted: EgressPolicy, printed: readonly PrintedRule[]): EditPlan {
  const obstacle = obstacleOf(today, wanted);
  if (obstacle !== undefined) return { kind: "rewrite", because: obstacle };
  const plan = new Plan(today, wanted);
  const slots = plan.make();
  if (slots === undefined) {
    return { kind: "rewrite", because: "its rules cannot be kept in their order with the meaning that is wanted" };
  }
  return asEdits(slots, plan.old, printed);
}

function obstacleOf(today: EgressPolicy, wanted: EgressPolicy): string | undefined {
  if (today.notApplied !== undefined) return `the cluster does not apply it as it stands: ${today.notApplied}`;
  const [a, b] = [today, wanted].map(({ podSelector }) => formatLabelSelector(podSelector ?? { requirements: [] }));
  if (a !== b) return "it selects other pods";
  if (today.isolates !== wanted.isolates) return "it does not isolate egress";
  return today.otherwise === wanted.otherwise ? undefined : "it treats what no rule matches in another way";
}

interface NewSlot {
  readonly from: "wanted";
  readonly rule: WrittenRule;
  readonly replaces: number | undefined;
}

type Slot = NewSlot | { readonly from: "today"; readonly rule: WrittenRule; readonly same: number | undefined };

class Plan {
  readonly old: readonly WrittenRule[];
  readonly #wanted: readonly WrittenRule[];
  readonly #otherwise: RuleList["otherwise"];
  readonly #goal: CompiledRules;
  readonly #goalRules: RuleList["rules"];
  readonly #isOrdered: boolean;

  constructor(today: EgressPolicy, wanted: EgressPolicy) {
    this.old = writtenRules(today);
    this.#wanted = writtenRules(wanted);
    this.#otherwise = wanted.otherwise;
    this.#goal = compile(wanted);
    this.#goalRules = wanted.rules;
    this.#isOrdered = wanted.kind !== "NetworkPolicy";
  }

  /** Undefined when no order of kept and new rules has the wanted meaning. */
  make(): readonly Slot[] | undefined {
    const same = this.#sameRules();
    const harmless = this.#harmlessRules(same);
    for (const alsoKept of harmless.size === 0 ? [harmless] : [harmless, new Set<number>()]) {
      const slots = this.#place(same, alsoKept);
      if (this.#isRight(slots)) return this.#withoutStrays(this.#withoutNeedless(slots), alsoKept);
    }
    return undefined;
  }

  /** Rules of today that are wanted just so, with the place they have there; each wanted rule once. */
  #sameRules(): ReadonlyMap<number, number> {
    const byKey = Map.groupBy(this.#wanted, ({ key }) => key);
    const same = new Map<number, number>();
    for (const { written, key } of this.old) {
      const twin = byKey.get(key)?.shift();
      if (twin !== undefined) same.set(written, twin.written);
    }
    return same;
  }

  /** Rules of today that say nothing the wanted policy does not say in its own way; or that match nothing. */
  #harmlessRules(same: ReadonlyMap<number, number>): ReadonlySet<number> {
    const others = this.old.filter(({ written }) => !same.has(written));
    if (others.length > comparedRules || this.#goalRules.length > comparedList) return new Set();
    const adds = (rule: WrittenRule): boolean =>
      !areProvenEqual(this.#goal, this.#compile([...rule.rules, ...this.#goalRules]));
    return new Set(others.filter((rule) => !adds(rule)).map(({ written }) => written));
  }

  #place(same: ReadonlyMap<number, number>, alsoKept: ReadonlySet<number>): readonly Slot[] {
    const taken = new Set(same.values());
    const added = this.#wanted.filter(({ written }) => !taken.has(written));
    const gone = this.old.filter(({ written }) => !same.has(written) && !alsoKept.has(written));
    const heirs = new Map<number, WrittenRule>();
    for (const rule of added) {
      const place = gone.find((old) => !heirs.has(old.written) && isFormOf(rule, old));
      if (place !== undefined) heirs.set(place.written, rule);
    }
    const inherited = new Set(heirs.values());
    const slots: Slot[] = this.old.flatMap((rule): readonly Slot[] => {
      const heir = heirs.get(rule.written);
      if (heir !== undefined) return [{ from: "wanted", rule: heir, replaces: rule.written }];
      const isKept = same.has(rule.written) || alsoKept.has(rule.written);
      return isKept ? [{ from: "today", rule, same: same.get(rule.written) }] : [];
    });
    for (const rule of added) {
      if (inherited.has(rule)) continue;
      slots.splice(this.#placeFor(rule, slots), 0, { from: "wanted", rule, replaces: undefined });
    }
    return slots;
  }

  /**
   * Behind all that must be asked before it, and before all that must be asked after it, as far as the wanted order says so
   * of rules that would decide otherwise. Between them an allow comes late, beside the catch-all, and a deny where the
   * wanted order has it: a guardrail first, a catch-all last.
   */
  #placeFor(rule: WrittenRule, slots: readonly Slot[]): number {
    if (!this.#isOrdered) return slots.length;
    const orderOf = (slot: Slot): number | undefined => (slot.from === "wanted" ? slot.rule.written : slot.same);
    const isBehind = (slot: Slot): boolean => (orderOf(slot) ?? -1) > rule.written;
    const isBefore = (slot: Slot): boolean => (orderOf(slot) ?? Infinity) < rule.written;
    const least = slots.findLastIndex((slot) => isBefore(slot) && canConflict(rule, slot.rule)) + 1;
    const found = slots.findIndex((slot) => isBehind(slot) && canConflict(rule, slot.rule));
    const most = found < 0 ? slots.length : found;
    const inOrder = slots.findIndex(isBehind);
    const isDeny = rule.rules.every(({ action }) => action === "deny");
    const wish = !isDeny ? most : inOrder < 0 ? slots.length : inOrder;
    return Math.min(Math.max(wish, least), most);
  }

  /** Without new rules that the kept ones make needless. */
  #withoutNeedless(slots: readonly Slot[]): readonly Slot[] {
    const added = slots.filter(({ from }) => from === "wanted");
    const hasHarmless = slots.some((slot) => slot.from === "today" && slot.same === undefined);
    if (!hasHarmless || added.length > comparedRules || slots.length > comparedList) return slots;
    let left = slots;
    for (const slot of added) {
      const without = left.filter((other) => other !== slot);
      if (this.#isRight(without)) left = without;
    }
    return left;
  }

  /** A rule that a new and wider one of the same kind takes in is replaced by it. */
  #withoutStrays(slots: readonly Slot[], alsoKept: ReadonlySet<number>): readonly Slot[] {
    let left = slots;
    for (const slot of slots) {
      if (slot.from !== "today" || !alsoKept.has(slot.rule.written) || slot.rule.rules.length === 0) continue;
      const wider = left.find(
        (other): other is NewSlot => other.from === "wanted" && liesWithin(slot.rule, other.rule),
      );
      if (wider === undefined) continue;
      const heir: NewSlot = { ...wider, replaces: wider.replaces ?? slot.rule.written };
      // A new rule without a place takes the place of the one it takes in.
      const moved = left.flatMap((other): readonly Slot[] => {
        if (other === slot) return wider.replaces === undefined ? [heir] : [];
        return other === wider && wider.replaces === undefined ? [] : [other];
      });
      if (this.#isRight(moved)) left = moved;
    }
    return left;
  }

  #isRight(slots: readonly Slot[]): boolean {
    return areProvenEqual(this.#compile(slots.flatMap(({ rule }) => rule.rules)), this.#goal);
  }

  #compile(rules: RuleList["rules"]): CompiledRules {
    return compile({ rules, otherwise: this.#otherwise });
  }
}

function asEdits(slots: readonly Slot[], old: readonly WrittenRule[], printed: readonly PrintedRule[]): EditPlan {
  const edits: RuleEdit[] = [];
  const kept = new Set<number>();
  let at = 0;
  for (const slot of slots) {
    if (slot.from === "today") {
      kept.add(slot.rule.written);
      at = slot.rule.written + 1;
    } else if (slot.replaces === undefined) {
      edits.push({ kind: "insert", before: at, add: printed[slot.rule.written]! });
    } else {
      const by = printed[slot.rule.written]!;
      // What people wrote above the rule stays and says enough.
      edits.push({ kind: "replace", rule: slot.replaces, by: { ...by, comment: [] } });
      kept.add(slot.replaces);
      at = slot.replaces + 1;
    }
  }
  for (const { written } of old) if (!kept.has(written)) edits.push({ kind: "remove", rule: written });
  const rules = slots.map((slot): PlannedRule =>
    slot.from === "today"
      ? { from: "today", rule: slot.rule.written }
      : { from: "wanted", rule: slot.rule.written, replaces: slot.replaces },
  );
  const stays = new Set(rules.flatMap((planned) => (planned.from === "today" ? planned.rule : [])));
  return { kind: "edit", edits, rules, removed: old.map(({ written }) => written).filter((rule) => !stays.has(rule)) };
}
