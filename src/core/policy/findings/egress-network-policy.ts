import type { FindingKind } from "./finding-kind.ts";
import { refusedEffect } from "./object.ts";

/** The legacy kind of OpenShift SDN. */
export const egressNetworkPolicyFindings = {
  enp_kind_removed: {
    severity: "note",
    consequence: "kept",
    title: "EgressNetworkPolicy belongs to OpenShift SDN",
    effect: "only OpenShift SDN reads it, which left in 4.17; OVN-Kubernetes ignores it without a word",
    fix: "convert it: `postern convert FILE --to egressfirewall`",
  },
  enp_type: {
    severity: "error",
    consequence: "refused",
    title: "`type` is neither `Allow` nor `Deny`",
    effect: refusedEffect,
    fix: "write exactly `Allow` or `Deny`",
  },
  enp_unanchored_type: {
    severity: "error",
    consequence: "kept",
    title: "`type` only resembles `Allow` or `Deny`",
    effect:
      "the API server stores it, because its pattern only looks at the beginning or the end; OpenShift SDN compares " +
      "with `Allow` and drops the traffic for everything else",
    fix: "write exactly `Allow` or `Deny`",
  },
  enp_ports_dropped: {
    severity: "error",
    consequence: "kept",
    title: "a rule has `ports`, which this kind does not know",
    effect: "the field is dropped before the object is stored: the rule matches every port and protocol",
    fix: "remove `ports`, or use an EgressFirewall on OVN-Kubernetes",
  },
  enp_node_selector_dropped: {
    severity: "error",
    consequence: "kept",
    title: "a rule has `nodeSelector`, which this kind does not know",
    effect: "the field is dropped before the object is stored: the rule has no destination and matches nothing",
    fix: "list the node addresses, or use an EgressFirewall on OVN-Kubernetes",
  },
  enp_destination_none: {
    severity: "error",
    consequence: "kept",
    title: "a rule has no destination",
    effect: "the API server stores it and no flow is made for it: no traffic matches the rule; later rules decide",
    fix: "set `cidrSelector` or `dnsName`, or remove the rule",
  },
  enp_destination_both: {
    severity: "error",
    consequence: "kept",
    title: "a rule has two destinations",
    effect: "`cidrSelector` is used and `dnsName` is ignored",
    fix: "split it into two rules",
  },
  enp_cidr: {
    severity: "error",
    consequence: "refused",
    title: "`cidrSelector` is not an IPv4 CIDR block",
    effect: refusedEffect,
    fix: "write an IPv4 block, such as `203.0.113.0/24`; this kind knows no IPv6",
  },
  enp_cidr_host_bits: {
    severity: "warning",
    consequence: "kept",
    title: "`cidrSelector` has host bits set",
    effect: "Open vSwitch masks them: the rule covers the whole block",
    fix: "write the block's first address",
  },
  enp_cidr_zero_host: {
    severity: "warning",
    consequence: "kept",
    title: "`0.0.0.0/32` means everything here",
    effect: "OpenShift SDN reads `0.0.0.0/32` as `0.0.0.0/0`; OVN-Kubernetes does not",
    fix: "write `0.0.0.0/0`",
  },
  enp_dns_name_syntax: {
    severity: "error",
    consequence: "refused",
    title: "`dnsName` is not a name the API accepts",
    effect: refusedEffect,
    fix: "use letters, digits, `-` and dots; wildcards are not known here",
  },
  enp_dns_name_address: {
    severity: "error",
    consequence: "kept",
    title: "`dnsName` is an IP address",
    effect:
      "the node asks DNS for a host of that name and gets no answer: no traffic matches the rule; later rules decide",
    fix: "use `cidrSelector`",
  },
  enp_dns_name_deny: {
    severity: "warning",
    consequence: "kept",
    title: "a name is denied",
    effect: "only the addresses the node resolved are blocked, until the next answer",
    fix: "deny everything last and allow the names that are needed",
  },
  enp_rules_many: {
    severity: "warning",
    consequence: "kept",
    title: "more rules than the documented limit of 1,000",
    effect: "nothing refuses it, and nobody tested it",
    fix: "consolidate addresses",
  },
  enp_two_in_namespace: {
    severity: "error",
    consequence: "kept",
    title: "two EgressNetworkPolicies in one namespace",
    effect: "OpenShift SDN drops all external traffic of the namespace",
    fix: "keep one, or merge their rules",
  },
  enp_global_namespace: {
    severity: "error",
    consequence: "unapplied",
    title: "an EgressNetworkPolicy in the namespace `default`",
    effect: "`default` has the global network id 0: OpenShift SDN logs an error and ignores the policy",
    fix: "move the workloads to a namespace of their own",
  },
} as const satisfies Record<string, FindingKind>;
