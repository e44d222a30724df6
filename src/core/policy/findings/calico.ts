import type { FindingKind } from "./finding-kind.ts";
import { refusedEffect } from "./object.ts";

/** Only the egress half of Calico's policies is judged. */
export const calicoFindings = {
  calico_selector: {
    severity: "error",
    consequence: "refused",
    title: "a selector is not in Calico's selector language",
    effect: refusedEffect,
    fix: "compare labels with `==`, `!=`, `in`, `not in`, `contains`, `starts with`, `ends with` or `has()`, texts in quotes",
  },
  calico_global: {
    severity: "error",
    consequence: "refused",
    title: "`global()` outside a `namespaceSelector` of a rule",
    effect: refusedEffect,
    fix: "move it to the rule's `namespaceSelector`",
  },
  calico_action: {
    severity: "error",
    consequence: "refused",
    title: "`action` is none of `Allow`, `Deny`, `Log`, `Pass`",
    effect: refusedEffect,
    fix: "write exactly `Allow`, `Deny`, `Log` or `Pass`",
  },
  calico_types: {
    severity: "error",
    consequence: "refused",
    title: "`types` holds something other than `Ingress` and `Egress`",
    effect: refusedEffect,
    fix: "write `Ingress`, `Egress` or both",
  },
  calico_egress_ignored: {
    severity: "error",
    consequence: "kept",
    title: "egress rules without `Egress` in `types`",
    effect: "the egress rules are ignored: the policy does not restrict egress",
    fix: "add `Egress` to `types`",
  },
  calico_not_for_pods: {
    severity: "note",
    consequence: "kept",
    title: "a policy before translation or without connection tracking",
    effect: "it is for the interfaces of nodes: connections from pods are not judged by it",
    fix: "leave it as it is, and do not expect it to restrict pods",
  },
  calico_service_accounts: {
    severity: "note",
    consequence: "kept",
    title: "pods are selected by service account",
    effect: "the cluster applies it; the service accounts of pods are not read: what depends on it is unknown here",
    fix: "select the pods by a label of theirs to have the policy judged",
  },
  calico_tier: {
    severity: "error",
    consequence: "refused",
    title: "a tier has an action or an order that it cannot have",
    effect: refusedEffect,
    fix: "give a tier of your own `Deny` or `Pass`, and leave the tiers that Calico makes as they are",
  },
  calico_tier_unknown: {
    severity: "warning",
    consequence: "kept",
    title: "the policy's tier is not among the manifests",
    effect: "its order and default action are taken for those of a tier right before `default` that denies the rest",
    fix: "give the `Tier` with the policies",
  },
  calico_protocol: {
    severity: "error",
    consequence: "refused",
    title: "`protocol` is neither a protocol's name nor 1 to 255",
    effect: refusedEffect,
    fix: "write `TCP`, `UDP`, `SCTP`, `ICMP`, `ICMPv6`, `UDPLite` or a number",
  },
  calico_ip_version: {
    severity: "error",
    consequence: "refused",
    title: "`ipVersion` is neither 4 nor 6",
    effect: refusedEffect,
    fix: "write 4 or 6, or leave it out to mean both",
  },
  calico_ports_without_protocol: {
    severity: "error",
    consequence: "refused",
    title: "ports without a protocol that has ports",
    effect: refusedEffect,
    fix: "set `protocol` to `TCP`, `UDP` or `SCTP`",
  },
  calico_port: {
    severity: "error",
    consequence: "refused",
    title: "a port is neither 1 to 65535, a range nor a port name",
    effect: refusedEffect,
    fix: 'use a number from 1 to 65535, or a range such as `"8000:8080"`',
  },
  calico_named_port: {
    severity: "warning",
    consequence: "kept",
    title: "a port by name",
    effect: "only pods that declare a port of this name are matched: nothing outside the cluster is",
    fix: "use the number for destinations outside the cluster",
  },
  calico_net: {
    severity: "error",
    consequence: "refused",
    title: "a block is neither an address nor a CIDR block",
    effect: refusedEffect,
    fix: "write `address/prefix-length`, such as `203.0.113.0/24`",
  },
  calico_net_host_bits: {
    severity: "warning",
    consequence: "kept",
    title: "a block has host bits set",
    effect: "the block is masked: more addresses are meant than it seems",
    fix: "write the block's first address",
  },
  calico_too_many: {
    severity: "error",
    consequence: "refused",
    title: "more rules, blocks or ports than a list holds",
    effect: refusedEffect,
    fix: "split the rule or the policy, or put the blocks into a `GlobalNetworkSet`",
  },
  calico_set_unknown: {
    severity: "warning",
    consequence: "kept",
    title: "a rule selects network sets, and none of those given fits",
    effect: "the addresses behind the rule are not known here: connections that it may decide are unknown",
    fix:
      "give the `GlobalNetworkSet` or `NetworkSet` with the policies, or correct the selector; write `namespaceSelector: all()` " +
      "beside one that is for pods alone",
  },
  calico_not_selector: {
    severity: "note",
    consequence: "kept",
    title: "`notSelector` is the rule's only selector, in a global policy",
    effect:
      "the rule matches every address but those of the network sets and pods it selects; here only sets are left out, and " +
      "without any set given the rule is unknown",
    fix: "name what the rule is for, where pods of the cluster matter",
  },
  calico_selector_with_nets: {
    severity: "note",
    consequence: "kept",
    title: "a selector for pods together with blocks",
    effect: "only pods with addresses in the blocks are matched; here all pods that the selector selects are",
    fix: "leave one of the two out, if it adds nothing",
  },
  calico_domains: {
    severity: "warning",
    consequence: "kept",
    title: "names as destinations",
    effect:
      "open-source Calico has no such field: it drops it silently, and a rule without other conditions then matches every " +
      "destination; here the names are taken as Calico Enterprise takes them",
    fix: "on open-source Calico write addresses, or a selector of a network set",
  },
  calico_domain: {
    severity: "error",
    consequence: "refused",
    title: "a name that a rule cannot have",
    effect: refusedEffect,
    fix: "use names in egress rules that allow, with `*` at most once, as a whole label and not as the last one",
  },
} as const satisfies Record<string, FindingKind>;
