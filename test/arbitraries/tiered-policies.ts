/** Sets of network policies of several tiers, few and small, with priorities that meet. */
import * as fc from "fast-check";
import type { EgressPolicy, PolicyKind, Rule, RuleAction, RuleList, TierPlace } from "../../src/core/policy/model.ts";
import { adminTier, baselineTier, placeOf } from "../../src/core/policy/tiers.ts";
import type { Connection } from "../oracle/evaluate.ts";
import { arbitraryConnectionAt } from "./connection.ts";
import { arbitraryRuleList, edgesOfList, type RuleListShape } from "./rule-list.ts";

export function policyForTest(
  kind: PolicyKind,
  name: string,
  rules: readonly Rule[],
  place: TierPlace | undefined,
): EgressPolicy {
  const isClusterWide = place !== undefined;
  return {
    kind,
    namespace: isClusterWide ? "" : "shop",
    name,
    podSelector: undefined,
    ...(isClusterWide ? { subject: { namespaces: undefined, pods: undefined }, place } : {}),
    isolates: true,
    rules,
    otherwise: isClusterWide ? "pass" : "deny",
    at: { file: "shop.yaml", path: name },
    ruleLocations: [],
    notApplied: undefined,
  };
}

function withActions<A extends RuleAction>(
  shape: RuleListShape,
  ...actions: readonly A[]
): fc.Arbitrary<readonly Rule[]> {
  return fc
    .tuple(arbitraryRuleList(shape), fc.array(fc.constantFrom(...actions), { minLength: 4, maxLength: 4 }))
    .map(([{ rules }, words]) => rules.map((rule, i) => ({ ...rule, action: words[i % words.length]! })));
}

export function arbitraryTieredPolicies(
  shape: RuleListShape = { destinations: "all", maxRules: 2 },
  maxPolicies = 4,
): fc.Arbitrary<readonly EgressPolicy[]> {
  const order = fc.integer({ min: 0, max: 2 });
  const admin = fc
    .tuple(order, withActions(shape, "allow", "deny", "pass"))
    .map(([at, rules]) => ({ kind: "AdminNetworkPolicy" as const, rules, place: { ...adminTier, order: at } }));
  const baseline = fc
    .tuple(order, withActions(shape, "allow", "deny"))
    .map(([at, rules]) => ({ kind: "ClusterNetworkPolicy" as const, rules, place: { ...baselineTier, order: at } }));
  const own = withActions(shape, "allow").map((rules) => ({ kind: "NetworkPolicy" as const, rules, place: undefined }));
  const cilium = withActions(shape, "allow", "deny").map((rules) => ({
    kind: "CiliumNetworkPolicy" as const,
    rules,
    place: undefined,
  }));
  return fc
    .array(
      fc.oneof(
        { weight: 4, arbitrary: admin },
        { weight: 3, arbitrary: baseline },
        { weight: 2, arbitrary: own },
        { weight: 1, arbitrary: cilium },
      ),
      { maxLength: maxPolicies },
    )
    .map((drafts) => drafts.map(({ kind, rules, place }, i) => policyForTest(kind, `p${i}`, rules, place)));
}

/** Connections that aim at the policies' own addresses and ports. */
export function arbitraryConnectionsAt(
  policies: readonly EgressPolicy[],
  count = 12,
): fc.Arbitrary<readonly Connection[]> {
  const together: RuleList = { rules: policies.flatMap(({ rules }) => rules), otherwise: "allow" };
  return fc.array(arbitraryConnectionAt(edgesOfList(together)), { minLength: 1, maxLength: count });
}

/** Nothing in doubt: of policies that nothing orders, the first. */
export function withoutTies(policies: readonly EgressPolicy[]): readonly EgressPolicy[] {
  const places = new Set<string>();
  return policies.filter((policy) => {
    const { tier, order } = placeOf(policy);
    const isNew = tier === "default" || !places.has(`${tier} ${order}`);
    places.add(`${tier} ${order}`);
    return isNew;
  });
}
