import { equal } from "../net/interval-set.ts";
import { allAddresses, type Cidr, type IpSet, ipSetOfAll, isSubsetIp, overlapsIp, ranges } from "../net/ip-set.ts";
import type { Family } from "../net/ip.ts";
import { anyL4 } from "../net/l4.ts";
import { quoted } from "../quoted.ts";
import { findingCatalogue, type FindingCode } from "./findings/catalogue.ts";
import { isEverything } from "./label-selector.ts";
import type { EgressPolicy, Finding, Rule, SourceLocation } from "./model.ts";
import { formatPolicyName } from "./namespace-policies.ts";
import { areDisjoint, conditionsAnywhere } from "./pod-class.ts";
import { leavesOrderOpen, placeOf } from "./tiers.ts";

/**
 * Findings about AdminNetworkPolicies, their baseline and ClusterNetworkPolicies as wholes: priorities that meet, and
 * denies that reach into the cluster.
 * @param policies that a cluster applies
 * @param clusterNetworks pod networks; empty: not known
 */
export function inspectTiers(policies: readonly EgressPolicy[], clusterNetworks: readonly Cidr[]): readonly Finding[] {
  const own = policies.filter(({ kind, isolates }) => leavesOrderOpen(kind) && isolates);
  return [...samePriority(own), ...own.flatMap((policy) => insideDenied(policy, ipSetOfAll(clusterNetworks)))];
}

function found(code: FindingCode, at: SourceLocation, message: string): Finding {
  const { severity, effect, fix } = findingCatalogue[code];
  return { code, severity, at, message, effect, fix };
}

/** Each policy is told of the first other one that it may compete with. */
function samePriority(policies: readonly EgressPolicy[]): readonly Finding[] {
  const byPlace = Map.groupBy(policies, (policy) => {
    const { tier, order } = placeOf(policy);
    return `${tier} ${order}`;
  });
  return [...byPlace.values()].flatMap((group) =>
    group.flatMap((policy, i) => {
      const other = group.slice(0, i).find((each) => mayMeet(each, policy));
      if (other === undefined) return [];
      const { tier, order } = placeOf(policy);
      const message = `${quoted(formatPolicyName(other))} has the priority ${order} of the ${tier} tier too`;
      return [found("tier_same_priority", policy.at, message)];
    }),
  );
}

function mayMeet(a: EgressPolicy, b: EgressPolicy): boolean {
  const [one, two] = [conditionsAnywhere(a), conditionsAnywhere(b)];
  const isSame = a.kind === b.kind && a.name === b.name;
  return !isSame && one !== undefined && two !== undefined && !areDisjoint(one, two);
}

/** The first deny that covers pods of the cluster, where nothing before it lets them pass. */
function insideDenied({ rules, ruleLocations, at }: EgressPolicy, pods: IpSet): readonly Finding[] {
  for (const rule of rules) {
    if (rule.action !== "deny" && sparesPods(rule, pods)) return [];
    if (rule.action !== "deny" || rule.to.kind !== "addresses" || !reachesPods(rule.to.addresses, pods)) continue;
    const message = `${quoted(rule.text)} also denies pods of the cluster: no rule before it passes or allows them`;
    return [found("inside_cluster_denied", ruleLocations[rule.written] ?? at, message)];
  }
  return [];
}

function sparesPods({ to, l4 }: Rule, pods: IpSet): boolean {
  if (!equal(l4, anyL4)) return false;
  if (to.kind === "addresses") return pods.v4.length + pods.v6.length > 0 && isSubsetIp(pods, to.addresses);
  return (
    to.kind === "pods" &&
    (to.namespaces === undefined || isEverything(to.namespaces)) &&
    (to.pods === undefined || isEverything(to.pods))
  );
}

function reachesPods(addresses: IpSet, pods: IpSet): boolean {
  if (pods.v4.length + pods.v6.length > 0) return overlapsIp(addresses, pods);
  const isWhole = (family: Family): boolean => equal(ranges(addresses, family), ranges(allAddresses, family));
  return isWhole(4) || isWhole(6);
}
