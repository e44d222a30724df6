import { expect, test } from "vitest";
import { policyForTest } from "../../../test/arbitraries/tiered-policies.ts";
import { allAddresses, type Cidr, ipSetOf, parseCidr } from "../net/ip-set.ts";
import { anyL4 } from "../net/l4.ts";
import { inspectTiers } from "./inspect-tiers.ts";
import { everyLabel, labelSelector } from "./label-selector.ts";
import type { Destination, EgressPolicy, Rule, RuleAction } from "./model.ts";
import { adminTier, baselineTier } from "./tiers.ts";

function cidr(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

const rule = (action: RuleAction, to: Destination): Rule => ({ action, to, l4: anyL4, text: action, written: 0 });
const everything: Destination = { kind: "addresses", addresses: allAddresses };
const block = (text: string): Destination => ({ kind: "addresses", addresses: ipSetOf(cidr(text)) });
const pods: Destination = { kind: "pods", namespaces: everyLabel, pods: undefined };

const admin = (name: string, order: number, ...rules: readonly Rule[]): EgressPolicy =>
  policyForTest("AdminNetworkPolicy", name, rules, { ...adminTier, order });
const forTeam = (policy: EgressPolicy, team: string): EgressPolicy => ({
  ...policy,
  subject: { namespaces: labelSelector([{ key: "team", operator: "In", values: [team] }]), pods: undefined },
});
const partner = rule("allow", block("203.0.113.0/24"));
const denyRest = rule("deny", everything);
const network = [cidr("10.128.0.0/14")];

test.each<[string, readonly EgressPolicy[], readonly Cidr[], readonly string[]]>([
  ["two priorities", [admin("a", 1, partner), admin("b", 2, partner)], [], []],
  ["one priority", [admin("a", 1, partner), admin("b", 1, partner)], [], ["tier_same_priority"]],
  [
    "one priority for pods that cannot meet",
    [forTeam(admin("a", 1, partner), "x"), forTeam(admin("b", 1, partner), "y")],
    [],
    [],
  ],
  [
    "one priority in two tiers",
    [
      admin("a", 0, partner),
      policyForTest("BaselineAdminNetworkPolicy", "default", [partner], { ...baselineTier, order: 0 }),
    ],
    [],
    [],
  ],
  ["everything is denied, pods too", [admin("a", 1, partner, denyRest)], [], ["inside_cluster_denied"]],
  ["pods are passed first", [admin("a", 1, rule("pass", pods), denyRest)], [], []],
  ["pods are passed too late", [admin("a", 1, denyRest, rule("pass", pods))], [], ["inside_cluster_denied"]],
  ["the pod network is allowed first", [admin("a", 1, rule("allow", block("10.0.0.0/8")), denyRest)], network, []],
  ["a deny beside the pod network", [admin("a", 1, rule("deny", block("10.0.0.0/9")))], network, []],
  [
    "a deny in the pod network",
    [admin("a", 1, rule("deny", block("10.128.0.0/9")))],
    network,
    ["inside_cluster_denied"],
  ],
])("%s", (_, policies, clusterNetworks, codes) => {
  expect(inspectTiers(policies, clusterNetworks).map(({ code }) => code)).toEqual(codes);
});
