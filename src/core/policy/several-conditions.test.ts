import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryTieredPolicies, policyForTest, withoutTies } from "../../../test/arbitraries/tiered-policies.ts";
import { allAddresses } from "../net/ip-set.ts";
import { anyL4 } from "../net/l4.ts";
import { compareSets } from "./compare-sets.ts";
import { compare } from "./compare.ts";
import { compile, type CompiledRules } from "./compile.ts";
import { effectivePolicy } from "./effective.ts";
import { labelSelector } from "./label-selector.ts";
import type { EgressPolicy, LabelSelector, Rule, RuleAction } from "./model.ts";
import { decidingConditions } from "./several-conditions.ts";
import { adminTier } from "./tiers.ts";

const labels = ["a", "b", "c", "d", "e"] as const;
const has = (key: string): LabelSelector => labelSelector([{ key, operator: "Exists", values: [] }]);

function forPods(policy: EgressPolicy, label: string | undefined): EgressPolicy {
  const pods = label === undefined ? undefined : has(label);
  return policy.namespace === ""
    ? { ...policy, subject: { namespaces: undefined, pods } }
    : { ...policy, podSelector: pods };
}

const labelOf = (policy: EgressPolicy): string | undefined =>
  (policy.subject?.pods ?? policy.podSelector)?.requirements[0]?.key;

const sets = fc
  .tuple(
    arbitraryTieredPolicies({ destinations: "addresses", maxRules: 2 }, 6),
    fc.array(fc.option(fc.constantFrom(...labels), { nil: undefined }), { minLength: 6, maxLength: 6 }),
  )
  .map(([policies, of]) => withoutTies(policies.map((policy, i) => forPods(policy, of[i]))));

const edits = fc
  .tuple(sets, fc.nat(), fc.constantFrom<RuleAction>("allow", "deny", "pass"), fc.nat({ max: 3 }))
  .map(([before, turn, action, edit]) => {
    const at = before.length === 0 ? 0 : turn % before.length;
    const policy = before[at];
    if (policy === undefined) return { before, after: before };
    if (edit === 0) return { before, after: before.toSpliced(at, 1) };
    if (edit === 1) return { before, after: before.with(at, { ...policy, rules: policy.rules.slice(1) }) };
    if (edit === 2) return { before, after: before.with(at, { ...policy, rules: policy.rules.toReversed() }) };
    const own = action === "pass" && policy.namespace !== "" ? "allow" : action;
    return {
      before,
      after: before.with(at, {
        ...policy,
        rules: policy.rules.map((rule) => ({ ...rule, action: own, text: `${own} anew` })),
      }),
    };
  });

function listFor(policies: readonly EgressPolicy[], own: readonly string[]): CompiledRules {
  const selecting = policies.filter((policy) => {
    const label = labelOf(policy);
    return label === undefined || own.includes(label);
  });
  return effectivePolicy(selecting).networkPolicy?.list ?? compile({ rules: [], otherwise: "allow" });
}

test("sets without a change, of which all was compared, decide alike for pods of any labels", () => {
  let equal = 0;
  let different = 0;
  fc.assert(
    fc.property(edits, ({ before, after }) => {
      const compared = compareSets(before, after);
      expect(compared.flatMap(({ notCompared }) => notCompared)).toEqual([]);
      const isChanged = compared.some(({ scopes }) => scopes.some(({ changes }) => changes.length > 0));
      const pods = Array.from({ length: 2 ** labels.length }, (_, bits) => labels.filter((_own, i) => bits & (1 << i)));
      // Pods without policies of their own are in namespaces that have none, where the same holds of fewer policies.
      const changing = pods.filter((own) => compare(listFor(before, own), listFor(after, own)).length > 0);
      expect(changing.length > 0 ? isChanged : true).toBe(true);
      if (isChanged) different += 1;
      else equal += 1;
    }),
    { numRuns: 400 },
  );
  expect(equal).toBeGreaterThan(50);
  expect(different).toBeGreaterThan(50);
});

const rule = (action: RuleAction): Rule => ({
  action,
  to: { kind: "addresses", addresses: allAddresses },
  l4: anyL4,
  text: action,
  written: 0,
});
const cilium = (name: string, ...actions: readonly RuleAction[]): EgressPolicy =>
  forPods(policyForTest("CiliumNetworkPolicy", name, actions.map(rule), undefined), name);
const admin = (name: string, order: number, ...actions: readonly RuleAction[]): EgressPolicy =>
  forPods(policyForTest("AdminNetworkPolicy", name, actions.map(rule), { ...adminTier, order }), name);
const network = (name: string, ...actions: readonly RuleAction[]): EgressPolicy =>
  forPods(policyForTest("NetworkPolicy", name, actions.map(rule), undefined), name);

const changesIn = (before: readonly EgressPolicy[], after: readonly EgressPolicy[]): readonly string[] =>
  compareSets(before, after).flatMap(({ scopes }) =>
    scopes.flatMap(({ pods, changes }) => changes.map(({ difference }) => `${pods}: ${difference.change}`)),
  );

test("a deny that is taken away opens what another policy of the same pods allows", () => {
  expect(changesIn([cilium("a", "deny"), cilium("b", "allow")], [cilium("a"), cilium("b", "allow")])).toEqual([
    "pods with a and b: newly allowed",
  ]);
});

test.each<[string, readonly EgressPolicy[], readonly EgressPolicy[], number]>([
  ["policies that add up: one decides on each side", [network("a", "allow")], [network("a")], 2],
  ["tiers that never pass: one decides on each side", [admin("a", 1, "deny")], [admin("a", 1, "allow")], 2],
  ["one that passes to one that decides, on one side", [admin("a", 1, "pass")], [admin("a", 1, "allow")], 3],
  ["two that pass in one tier are one", [admin("a", 1, "pass"), admin("b", 2, "pass")], [admin("a", 1, "pass")], 4],
])("%s", (_title, before, after, most) => {
  expect(decidingConditions(before, after)).toBe(most);
});

test("more pods of several conditions than can be compared are not called equal", () => {
  const many = Array.from({ length: 60 }, (_, i) => network(`own-${i}`, "allow"));
  const before = [...many, admin("a", 1, "allow")];
  const after = [...many, admin("a", 1, "pass")];
  const told = compareSets(before, after).filter(({ namespace }) => namespace === "shop");
  expect(told.flatMap(({ scopes }) => scopes.flatMap(({ changes }) => changes))).toEqual([]);
  expect(told.flatMap(({ notCompared }) => notCompared)).toEqual([
    "pods that meet 2 or more of 61 conditions at once: there are too many to compare",
  ]);
});

test("conditions that exclude each other are no pods to compare", () => {
  const app = (name: string): LabelSelector => labelSelector([{ key: "app", operator: "In", values: [name] }]);
  const many = Array.from({ length: 60 }, (_, i) => ({ ...network(`own-${i}`, "allow"), podSelector: app(`${i}`) }));
  const compared = compareSets([...many, admin("a", 1, "allow")], [...many, admin("a", 1, "pass")]);
  expect(compared.flatMap(({ notCompared }) => notCompared)).toEqual([]);
});
