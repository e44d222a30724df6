import { equal, intersect } from "../../net/interval-set.ts";
import { allAddresses, toCidrs } from "../../net/ip-set.ts";
import { anyL4, hasPorts, l4Protocol, type L4Set, protocols, readL4Point } from "../../net/l4.ts";
import { quoted } from "../../quoted.ts";
import type { DraftPort, EgressFirewallDraft, EgressFirewallDraftRule } from "../draft.ts";
import { documentedRules } from "../kinds/egress-firewall/read.ts";
import type { EgressPolicy, Rule, SourceLocation } from "../model.ts";
import { actionOfRule } from "./action-of-rule.ts";
import { hasSeveral, legacyLosses } from "./legacy.ts";
import { type ConversionLoss, loss, nameOf, placeOfRule } from "./loss.ts";

export interface FirewallConversion {
  readonly drafts: readonly EgressFirewallDraft[];
  readonly losses: readonly ConversionLoss[];
}

const metadata = { kind: "EgressFirewall", name: "default", comment: [] } as const;

/** Rule by rule, as the cluster's own migration did; what that changes is said. */
export function firewallOfLegacy(policies: readonly EgressPolicy[]): FirewallConversion {
  const policy = policies.at(-1)!;
  const rules = hasSeveral(policies) ? denyRules([4]) : policy.rules.flatMap(copied);
  return { drafts: [{ ...metadata, namespace: policy.namespace, rules }], losses: legacyLosses(policies) };
}

function copied(rule: Rule): readonly EgressFirewallDraftRule[] {
  const { to } = rule;
  const action = actionOfRule(rule);
  if (to.kind === "pods" || to.kind === "api-server" || to.kind === "unknown") return [];
  if (to.kind !== "addresses") return [{ action, to, ports: [], comment: [] }];
  return toCidrs(to.addresses).map((cidr) => ({ action, to: { kind: "cidr", cidr }, ports: [], comment: [] }));
}

function denyRules(families: readonly (4 | 6)[]): readonly EgressFirewallDraftRule[] {
  return toCidrs(allAddresses)
    .filter(({ family }) => families.includes(family))
    .map((cidr) => ({ action: "deny", to: { kind: "cidr", cidr }, ports: [], comment: [] }));
}

/**
 * The allow rules of all NetworkPolicies of a namespace, then deny rules for the rest. Pods as destinations need no
 * rule: a firewall does not see them.
 */
export function firewallOfNetworkPolicies(policies: readonly EgressPolicy[]): FirewallConversion {
  const losses: ConversionLoss[] = [];
  const rules: EgressFirewallDraftRule[] = [];
  for (const policy of policies) {
    const name = nameOf(policy);
    if (policy.podSelector !== undefined) {
      losses.push(loss("pod_selector_dropped", policy.at, `${name} is for some of the pods only`));
    }
    losses.push(loss("inside_cluster_open", policy.at, `${name} also restricts connections to pods`));
    for (const rule of policy.rules) rules.push(...allowRules(policy, rule, losses));
  }
  const { namespace, at } = policies[0]!;
  const selections = new Set(policies.map(({ podSelector }) => JSON.stringify(podSelector ?? {})));
  if (selections.size > 1) {
    losses.push(loss("policies_merged", at, `${policies.length} NetworkPolicies of ${quoted(namespace)} become one`));
  }
  rules.push(...denyRules([4, 6]));
  if (rules.length > documentedRules) {
    losses.push(loss("too_many_rules", at, `the NetworkPolicies of ${quoted(namespace)} take ${rules.length} rules`));
    return { drafts: [], losses };
  }
  return { drafts: [{ ...metadata, namespace, rules }], losses };
}

function allowRules(policy: EgressPolicy, rule: Rule, losses: ConversionLoss[]): readonly EgressFirewallDraftRule[] {
  const { to, l4, text, written } = rule;
  if (to.kind !== "addresses" || l4.length === 0) return [];
  const ports = singlePorts(l4);
  if (ports === undefined) losses.push(portsDropped(placeOfRule(policy, written), text, l4));
  const comment = [`${policy.name}, egress ${written}`];
  return toCidrs(to.addresses).map((cidr, i) => ({
    action: "allow",
    to: { kind: "cidr", cidr },
    ports: ports ?? [],
    comment: i === 0 ? comment : [],
  }));
}

function portsDropped(at: SourceLocation, text: string, l4: L4Set): ConversionLoss {
  const count = l4.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const why = count > mostPorts ? "has more ports than can be listed one by one" : "names protocols without ports";
  return loss("allow_ports_dropped", at, `${quoted(text)} ${why}`);
}

/** Ports are listed one by one, which makes sense up to a point. */
const mostPorts = 256;

/**
 * The set as a list of single ports; empty where it is everything.
 * @returns undefined where it cannot be one: whole protocols, large ranges, ICMP alone
 */
export function singlePorts(l4: L4Set): readonly DraftPort[] | undefined {
  if (equal(l4, anyL4)) return [];
  const ports: DraftPort[] = [];
  for (const protocol of protocols) {
    for (const { first, last } of intersect(l4, [l4Protocol(protocol)])) {
      if (!hasPorts(protocol) || ports.length + last - first + 1 > mostPorts) return undefined;
      for (let point = first; point <= last; point += 1) ports.push({ protocol, port: readL4Point(point).port });
    }
  }
  return ports.some(({ port }) => port === 0) ? undefined : ports;
}
