import { quoted } from "../../quoted.ts";
import type { EgressPolicy, SourceLocation } from "../model.ts";

/**
 * `allows more` and `denies more` are differences of the rules themselves, seen by comparing the two; `works otherwise`
 * is a difference of what enforces them, or of what may happen to them later.
 */
export type MeaningChange = "allows more" | "denies more" | "works otherwise";

/** One change of meaning. */
export interface ConversionLoss {
  readonly code: LossCode;
  readonly change: MeaningChange;
  readonly at: SourceLocation;
  /** What changes: one sentence, lower case, no full stop, user input in backticks. */
  readonly message: string;
  /** What follows for traffic. */
  readonly effect: string;
}

interface LossKind {
  readonly change: MeaningChange;
  readonly effect: string;
}

export const lossCatalogue = {
  not_in_force: {
    change: "works otherwise",
    effect: "there is nothing in force to convert: mend the policy first, then convert it",
  },
  does_not_isolate: {
    change: "works otherwise",
    effect: "it allows and denies nothing by itself, and is left as it is",
  },
  kind_not_converted: {
    change: "works otherwise",
    effect:
      "it is left as it is: what it says of tiers, subjects or its own network has no counterpart in the other kind",
  },
  already_that_kind: { change: "works otherwise", effect: "it is left as it is" },
  left_beside: {
    change: "works otherwise",
    effect: "it stays as it is and keeps applying beside the converted policy: a connection must pass both",
  },
  policies_united: {
    change: "allows more",
    effect: "today a connection must pass both; as two NetworkPolicies either one is enough",
  },
  too_many_rules: {
    change: "works otherwise",
    effect: "an EgressFirewall holds 8,000 rules: nothing is written for this namespace",
  },
  allow_name_dropped: {
    change: "denies more",
    effect: "connections to the name are denied unless another rule allows its addresses",
  },
  deny_name_dropped: { change: "allows more", effect: "connections to the name may be allowed" },
  allow_nodes_dropped: {
    change: "denies more",
    effect: "connections to the nodes are denied: the API server, host-network services and NodePorts among them",
  },
  deny_nodes_dropped: { change: "allows more", effect: "connections to the nodes may be allowed" },
  nodes_frozen: {
    change: "works otherwise",
    effect: "nodes that join or change their address later are not covered: convert again then",
  },
  allow_ports_dropped: { change: "allows more", effect: "every port and protocol is allowed there" },
  deny_ports_dropped: { change: "denies more", effect: "every port and protocol is denied there" },
  other_protocols_dropped: {
    change: "denies more",
    effect: "ICMP (ping, unreachable messages) and other protocols are denied there: this kind names TCP, UDP and SCTP",
  },
  allow_ipv6_dropped: { change: "denies more", effect: "this kind has no IPv6" },
  deny_ipv6_dropped: { change: "allows more", effect: "this kind has no IPv6: it stays open where there is any" },
  allow_address_dropped: {
    change: "denies more",
    effect: "`0.0.0.0/32` would mean every address in this kind, so the rule is left out",
  },
  deny_address_dropped: {
    change: "allows more",
    effect: "`0.0.0.0/32` would mean every address in this kind, so the rule is left out",
  },
  pod_selector_dropped: {
    change: "denies more",
    effect: "the new policy is for every pod of the namespace: pods that were not selected are restricted now",
  },
  policies_merged: {
    change: "allows more",
    effect: "they select different pods: as one policy for all pods, every pod may do what any of them allows",
  },
  inside_cluster_open: {
    change: "allows more",
    effect:
      "an EgressFirewall does not see traffic to pods: connections inside the cluster are no longer restricted, keep a " +
      "NetworkPolicy for those",
  },
  policies_add_up: {
    change: "works otherwise",
    effect:
      "NetworkPolicies only add to each other: any other one that selects the pod can allow more, and whoever may edit " +
      "the namespace may write one; an EgressFirewall belongs to the cluster's administrators",
  },
  order_lost: {
    change: "works otherwise",
    effect: "deny rules are cut out of what is allowed, so a rule added later can open them again",
  },
  legacy_services: {
    change: "works otherwise",
    effect:
      "OVN-Kubernetes looks at the address behind a service: services with host-network or external endpoints are now " +
      "subject to the rules, as <endpoint address>:<target port>",
  },
  legacy_node_dns: {
    change: "works otherwise",
    effect:
      "OpenShift SDN always let DNS to the pod's own node through; OVN-Kubernetes does not, cluster DNS is not affected",
  },
  legacy_api_server: {
    change: "works otherwise",
    effect:
      "the API server may become unreachable: before the deny rule, allow its endpoints or control-plane nodes on TCP 6443",
  },
  legacy_ipv6: {
    change: "works otherwise",
    effect: "OpenShift SDN had no IPv6; on a dual-stack cluster IPv6 is open unless a last rule denies `::/0`",
  },
  legacy_two_policies: {
    change: "works otherwise",
    effect:
      "OpenShift SDN drops all external traffic of such a namespace, and the new policy does the same: if that was not " +
      "meant, merge the policies before converting",
  },
  kind_removed: {
    change: "works otherwise",
    effect: "only OpenShift SDN reads an EgressNetworkPolicy, and it left in OpenShift 4.17",
  },
} as const satisfies Record<string, LossKind>;

export type LossCode = keyof typeof lossCatalogue;

export function loss(code: LossCode, at: SourceLocation, message: string): ConversionLoss {
  const { change, effect } = lossCatalogue[code];
  return { code, change, at, message, effect };
}

/** Where a written rule stands. */
export function placeOfRule(policy: EgressPolicy, written: number): SourceLocation {
  return policy.ruleLocations[written] ?? policy.at;
}

export function nameOf({ kind, namespace, name }: EgressPolicy): string {
  return `${kind} ${quoted(namespace === "" ? name : `${namespace}/${name}`)}`;
}
