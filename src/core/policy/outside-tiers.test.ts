import { describe, expect, test } from "vitest";
import { policyForTest } from "../../../test/arbitraries/tiered-policies.ts";
import { type IpSet, ipSetOf, noAddresses, parseCidr } from "../net/ip-set.ts";
import { parseIp } from "../net/ip.ts";
import { anyL4, l4Point } from "../net/l4.ts";
import { compare } from "./compare.ts";
import type { SymbolicDestination } from "./compile.ts";
import { effectivePolicy, evaluateEffective } from "./effective.ts";
import type { EgressPolicy, Rule, RuleAction } from "./model.ts";
import { adminTier, baselineTier } from "./tiers.ts";

function setOf(cidr: string): IpSet {
  const parsed = parseCidr(cidr);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return ipSetOf(parsed.value);
}

const rule = (action: RuleAction, cidr: string, isOutside: boolean): Rule => ({
  action,
  to: { kind: "addresses", addresses: setOf(cidr) },
  l4: anyL4,
  ...(isOutside ? { outsideOnly: true } : {}),
  text: `${action} ${cidr}`,
  written: 0,
});
const cilium = (...rules: readonly Rule[]): EgressPolicy =>
  policyForTest("CiliumNetworkPolicy", "cnp", rules, undefined);
const admin = (...rules: readonly Rule[]): EgressPolicy =>
  policyForTest("AdminNetworkPolicy", "anp", rules, { ...adminTier, order: 0 });
const baseline = (...rules: readonly Rule[]): EgressPolicy =>
  policyForTest("BaselineAdminNetworkPolicy", "default", rules, { ...baselineTier, order: 0 });
const everywhere = ["0.0.0.0/0", "::/0"] as const;

/** Pods are at 10.128.0.0/14, nodes at 192.0.2.0/28. */
function resolve(to: SymbolicDestination): IpSet {
  if (to.kind === "pods") return setOf("10.128.0.0/14");
  return to.kind === "nodes" ? setOf("192.0.2.0/28") : noAddresses;
}

function verdict(policies: readonly EgressPolicy[], address: string): string {
  const parsed = parseIp(address);
  if (!parsed.ok) throw new TypeError(address);
  const effective = effectivePolicy(policies, { resolve });
  const { kind, decidedBy } = evaluateEffective(effective, { address: parsed.value, l4: l4Point("tcp", 443) });
  return `${kind} by ${decidedBy.policy?.kind}`;
}

describe("rules about the outside beside tiers", () => {
  const allowOutside = cilium(...everywhere.map((cidr) => rule("allow", cidr, true)));
  const passAll = admin(...everywhere.map((cidr) => rule("pass", cidr, false)));
  const denyAll = everywhere.map((cidr) => rule("deny", cidr, false));

  test.each<[string, readonly EgressPolicy[], string, string]>([
    [
      "the outside is allowed",
      [passAll, allowOutside, baseline(...denyAll)],
      "198.51.100.7",
      "allow by CiliumNetworkPolicy",
    ],
    ["a pod is not", [passAll, allowOutside, baseline(...denyAll)], "10.128.0.9", "deny by CiliumNetworkPolicy"],
    ["nor is a node", [passAll, allowOutside, baseline(...denyAll)], "192.0.2.3", "deny by CiliumNetworkPolicy"],
    ["the admin tier decides before", [admin(...denyAll), allowOutside], "198.51.100.7", "deny by AdminNetworkPolicy"],
    [
      "an admin allow opens pods too",
      [admin(rule("allow", "10.0.0.0/8", false)), allowOutside],
      "10.128.0.9",
      "allow by AdminNetworkPolicy",
    ],
  ])("%s", (_, policies, address, expected) => {
    expect(verdict(policies, address)).toBe(expected);
  });

  test("allowing the inside as well is a difference, and one of pods and nodes alone", () => {
    const listOf = (policies: readonly EgressPolicy[]) => effectivePolicy(policies).networkPolicy!.list;
    const allowAll = cilium(...everywhere.map((cidr) => rule("allow", cidr, false)));
    expect(compare(listOf([passAll, allowOutside]), listOf([passAll, allowOutside]))).toEqual([]);
    const found = compare(listOf([passAll, allowOutside]), listOf([passAll, allowAll]));
    expect(found.map(({ change, to }) => `${change} ${to}`)).toEqual(["newly allowed named", "newly allowed named"]);
  });
});
