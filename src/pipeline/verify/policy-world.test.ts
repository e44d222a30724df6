import * as fc from "fast-check";
import { expect, test } from "vitest";
import { edgeForTest } from "../../../test/arbitraries/edge.ts";
import { arbitraryRuleList } from "../../../test/arbitraries/rule-list.ts";
import { allAddresses, noAddresses } from "../../core/net/ip-set.ts";
import { l4Point, l4Ports } from "../../core/net/l4.ts";
import { effectivePolicy, evaluateEffective } from "../../core/policy/effective.ts";
import { labelSelector } from "../../core/policy/label-selector.ts";
import type { EgressPolicy, RuleList } from "../../core/policy/model.ts";
import { noClusterFacts } from "../flows/cluster-facts.ts";
import { PolicyWorld, workloadLabels } from "./policy-world.ts";
import { judge } from "./replay.ts";

/** Rules as allow rules of a NetworkPolicy for the pods with `app=<name>`, or for all pods. */
function networkPolicy(name: string, { rules }: RuleList, isForAll: boolean): EgressPolicy {
  return {
    kind: "NetworkPolicy",
    namespace: "shop",
    name,
    podSelector: isForAll ? undefined : labelSelector([{ key: "app", operator: "In", values: [name] }]),
    isolates: true,
    rules: rules.map((rule, written) => ({ ...rule, action: "allow", written })),
    otherwise: "deny",
    at: { file: "shop.yaml", path: "" },
    ruleLocations: [],
    notApplied: undefined,
  };
}

test("without labels the answer is known only where every choice of policies that may select the pod agrees", () => {
  const policies = fc
    .array(fc.tuple(arbitraryRuleList({ destinations: "addresses", maxRules: 2 }), fc.boolean()), { maxLength: 4 })
    .map((lists) => lists.map(([list, isForAll], i) => networkPolicy(`p${i}`, list, isForAll)));
  const edge = edgeForTest("shop/Deployment/web tcp 192.0.2.1:443");
  const connection = { address: edge.address, l4: l4Point("tcp", 443) };
  const kindsSeen = new Set<string>();
  fc.assert(
    fc.property(policies, (all) => {
      const world = new PolicyWorld(all, workloadLabels(noClusterFacts), () => noAddresses);
      const choices = Array.from({ length: 2 ** all.length }, (_, bits) =>
        all.filter(({ podSelector }, i) => podSelector === undefined || (bits & (1 << i)) !== 0),
      );
      const kinds = new Set(choices.map((chosen) => evaluateEffective(effectivePolicy(chosen), connection).kind));
      const expected = kinds.size === 1 ? [...kinds][0] : "unknown";
      kindsSeen.add(expected!);
      expect(judge(edge, world).kind).toBe(expected);
    }),
    { numRuns: 1_000 },
  );
  expect(kindsSeen).toEqual(new Set(["allow", "deny", "unknown"]));
});

test("a policy that denies everything beside one that allows everything leaves the answer open", () => {
  const everything: RuleList["rules"][number] = {
    action: "allow",
    to: { kind: "addresses", addresses: { v4: [{ first: 0n, last: (1n << 32n) - 1n }], v6: [] } },
    l4: [{ first: 443, last: 443 }],
    text: "everything",
    written: 0,
  };
  const closed = networkPolicy("closed", { rules: [], otherwise: "deny" }, false);
  const open = networkPolicy("open", { rules: [everything], otherwise: "deny" }, false);
  const world = new PolicyWorld([closed, open], workloadLabels(noClusterFacts), () => noAddresses);
  const { kind, dependsOnLabels } = judge(edgeForTest("shop/Deployment/web tcp 192.0.2.1:443"), world);
  expect([kind, dependsOnLabels]).toEqual(["unknown", true]);
});

test("policies of the whole cluster ask for labels of the namespace, and matter only where they would change the answer", () => {
  const team = labelSelector([{ key: "team", operator: "In", values: ["a"] }]);
  const https: RuleList["rules"][number] = {
    action: "deny",
    to: { kind: "addresses", addresses: allAddresses },
    l4: [l4Ports("tcp", 443)],
    text: "deny",
    written: 0,
  };
  const guard: EgressPolicy = {
    ...networkPolicy("guard", { rules: [], otherwise: "deny" }, true),
    kind: "AdminNetworkPolicy",
    namespace: "",
    subject: { namespaces: team, pods: undefined },
    place: { tier: "admin", tierOrder: 1000, order: 0 },
    rules: [https],
    otherwise: "pass",
  };
  const judged = (labels: Record<string, string> | undefined, flow: string): string => {
    const namespaces = labels === undefined ? [] : [{ name: "shop", labels }];
    const world = new PolicyWorld([guard], workloadLabels({ ...noClusterFacts, namespaces }), () => noAddresses);
    const verdict = judge(edgeForTest(`shop/Deployment/web ${flow}`), world);
    return `${verdict.kind}${verdict.dependsOnLabels ? ", by labels" : ""}`;
  };
  expect(judged({ team: "a" }, "tcp 192.0.2.1:443")).toBe("deny");
  expect(judged({ team: "b" }, "tcp 192.0.2.1:443")).toBe("allow");
  expect(judged(undefined, "tcp 192.0.2.1:443")).toBe("unknown, by labels");
  expect(judged(undefined, "tcp 192.0.2.1:80")).toBe("allow");
});
