import type { FindingKind } from "./finding-kind.ts";
import { refusedEffect } from "./object.ts";

/** What agents do with an object that the API server let pass and their own checks do not. */
export const agentsRefuse =
  "the object is stored, and every Cilium agent refuses it as a whole: none of its rules is in force, and pods that " +
  "nothing else selects stay open";

/** CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy: only the egress half is judged. */
export const ciliumFindings = {
  cilium_selector_count: {
    severity: "error",
    consequence: "refused",
    title: "a rule does not have exactly one of `endpointSelector` and `nodeSelector`",
    effect: refusedEffect,
    fix: "write `endpointSelector: {}` for all pods of the namespace",
  },
  cilium_node_selector: {
    severity: "error",
    consequence: "unapplied",
    title: "`nodeSelector` in a policy of a namespace",
    effect: agentsRefuse,
    fix: "use a CiliumClusterwideNetworkPolicy for policies about nodes",
  },
  cilium_host_policy: {
    severity: "note",
    consequence: "kept",
    title: "the policy is for nodes, not for pods",
    effect: "pods on their own network are not subject to it",
    fix: "use `endpointSelector` to restrict pods",
  },
  cilium_section_missing: {
    severity: "error",
    consequence: "refused",
    title: "a rule has none of `ingress`, `ingressDeny`, `egress`, `egressDeny`",
    effect: refusedEffect,
    fix: "add the section that is meant; `egress: [{}]` denies all egress",
  },
  cilium_egress_empty: {
    severity: "warning",
    consequence: "kept",
    title: "an empty `egress` list",
    effect: "it counts as no egress section: egress of the selected pods stays open",
    fix: "write `egress: [{}]`, a rule that matches nothing, to deny all egress",
  },
  cilium_deny_only: {
    severity: "warning",
    consequence: "kept",
    title: "`egressDeny` without any `egress`",
    effect: "the selected pods are isolated by it: everything that no policy allows is denied, not only what is listed",
    fix: "set `enableDefaultDeny: {egress: false}` to deny only what is listed, or add the rules that allow",
  },
  cilium_selector: {
    severity: "error",
    consequence: "unapplied",
    title: "a selector is not valid",
    effect:
      "the API server refuses a wrong operator or value; a wrong key is stored, and every Cilium agent refuses the object " +
      "as a whole: none of its rules is in force",
    fix: "correct the operator, key or values",
  },
  cilium_namespace_ignored: {
    severity: "warning",
    consequence: "kept",
    title: "`endpointSelector` names another namespace",
    effect: "a CiliumNetworkPolicy selects pods of its own namespace only: the agents replace the namespace by it",
    fix: "remove the namespace label, or use a CiliumClusterwideNetworkPolicy",
  },
  cilium_label_not_recorded: {
    severity: "note",
    consequence: "kept",
    title: "a selector asks for a label that records do not tell",
    effect: "a cluster honours it; whom it selects is not known here, so verdicts that depend on it are a guess",
    fix: "nothing, or select by labels of the pods and their namespaces",
  },
  cilium_destinations_mixed: {
    severity: "error",
    consequence: "unapplied",
    title: "a rule mixes several kinds of destination",
    effect: agentsRefuse,
    fix: "split the rule: one for each kind of destination",
  },
  cilium_destination_none: {
    severity: "warning",
    consequence: "kept",
    title: "an empty list of destinations",
    effect: "the rule selects nothing and matches no traffic",
    fix: "list the destinations, or remove the field to mean every destination",
  },
  cilium_requires: {
    severity: "error",
    consequence: "unapplied",
    title: "`toRequires` is deprecated",
    effect:
      "older versions also demand these labels of every pod that any other rule allows; newer ones refuse the object: what " +
      "it does is unknown here",
    fix: "put the labels into the `toEndpoints` selectors they are meant for",
  },
  cilium_cidr: {
    severity: "error",
    consequence: "refused",
    title: "a block is not a CIDR block",
    effect: refusedEffect,
    fix: "write `address/prefix-length`, such as `203.0.113.0/24`; `/32` or `/128` for one address",
  },
  cilium_cidr_host_bits: {
    severity: "warning",
    consequence: "kept",
    title: "a block has host bits set",
    effect: "the agents mask them: the rule covers the whole block",
    fix: "write the block's first address",
  },
  cilium_cidr_source: {
    severity: "error",
    consequence: "refused",
    title: "an entry of `toCIDRSet` does not have exactly one of `cidr`, `cidrGroupRef`, `cidrGroupSelector`",
    effect: refusedEffect,
    fix: "keep one; write another entry for the other",
  },
  cilium_except_outside: {
    severity: "error",
    consequence: "unapplied",
    title: "an exception lies outside its block",
    effect: agentsRefuse,
    fix: "write a block inside `cidr`, or remove it",
  },
  cilium_cidr_inside_cluster: {
    severity: "warning",
    consequence: "kept",
    title: "a block stands for nodes of the cluster",
    effect:
      "pods and nodes are never matched by their addresses (unless the agents' `policy-cidr-match-mode` says so): the " +
      "rule does not apply to them",
    fix: "use `toEntities` with `remote-node` and `host`, or `kube-apiserver`; `toNodes`; or `toEndpoints` for pods",
  },
  cilium_entity: {
    severity: "error",
    consequence: "refused",
    title: "an entity that the API does not know",
    effect: refusedEffect,
    fix:
      "use `world`, `all`, `cluster`, `host`, `remote-node`, `kube-apiserver`, `ingress`, `init`, `health`, " +
      "`unmanaged` or `none`",
  },
  cilium_name_syntax: {
    severity: "error",
    consequence: "refused",
    title: "a name or pattern that the API does not accept",
    effect: refusedEffect,
    fix: "use letters, digits, `-`, `_` and dots, and `*` in `matchPattern` alone; no scheme, port or path",
  },
  cilium_name_count: {
    severity: "error",
    consequence: "refused",
    title: "a name does not have exactly one of `matchName` and `matchPattern`",
    effect: refusedEffect,
    fix: "keep one; write another entry for the other",
  },
  cilium_pattern_joins_labels: {
    severity: "warning",
    consequence: "kept",
    title: "a pattern that also matches names of other owners",
    effect: "a `*` that touches a label matches any label with that end: `*example.com` matches `badexample.com` too",
    fix: "write `*.` for one label or `**.` for several; list the name itself beside it",
  },
  cilium_dns_rule_missing: {
    severity: "warning",
    consequence: "kept",
    title: "`toFQDNs` without a DNS rule",
    effect:
      "names are learned from answers that pass Cilium's DNS proxy, and only a rule with `rules.dns` on port 53 sends " +
      "them there: unless another policy for the same pods has one, the rules match nothing",
    fix: 'allow the cluster\'s DNS pods on port 53 with `rules: {dns: [{matchPattern: "*"}]}`',
  },
  cilium_name_not_asked: {
    severity: "warning",
    consequence: "kept",
    title: "a name of `toFQDNs` that no DNS rule lets pods ask for",
    effect:
      "unless another policy for the same pods allows it, the query is refused, so that the name is never learned",
    fix: 'add the name to `rules.dns`, or write `matchPattern: "*"` there',
  },
  cilium_ports_many: {
    severity: "error",
    consequence: "refused",
    title: "more than 40 ports in one entry of `toPorts`",
    effect: refusedEffect,
    fix: "use several entries of `toPorts`, or a range with `endPort`",
  },
  cilium_ports_empty: {
    severity: "warning",
    consequence: "kept",
    title: "an entry of `toPorts` without `ports`",
    effect: "no port is named, so the entry matches nothing",
    fix: "list the ports, or leave `toPorts` out to mean every port",
  },
  cilium_port: {
    severity: "error",
    consequence: "refused",
    title: "a port is neither a number up to 65535 nor a name",
    effect: refusedEffect,
    fix: 'use 1 to 65535 in quotes; `"0"` means every port',
  },
  cilium_port_named: {
    severity: "warning",
    consequence: "kept",
    title: "a named port",
    effect: "it is looked up at the destination pods: outside the cluster it matches nothing",
    fix: "write the number",
  },
  cilium_end_port: {
    severity: "error",
    consequence: "kept",
    title: "`endPort` is not above `port`",
    effect: "the range is ignored: only `port` itself is matched",
    fix: "write the last port of the range, or remove `endPort`",
  },
  cilium_protocol: {
    severity: "error",
    consequence: "refused",
    title: "`protocol` is none of `TCP`, `UDP`, `SCTP`, `ANY`",
    effect: refusedEffect,
    fix: "use one of them; for ICMP use `icmps`",
  },
  cilium_icmps_with_ports: {
    severity: "error",
    consequence: "unapplied",
    title: "`icmps` together with `toPorts`",
    effect: agentsRefuse,
    fix: "write a rule of its own for `icmps`",
  },
  cilium_l7_rules: {
    severity: "note",
    consequence: "kept",
    title: "a rule that looks into the connection",
    effect:
      "connections open, and Cilium's proxy then refuses what its `http`, `kafka` or `l7` rules do not allow: verdicts " +
      "here are about the connection, the requests inside may still be refused; with `serverNames` they are unknown, since " +
      "the proxy ends connections that ask for another name",
    fix: "nothing, if it is meant",
  },
  cilium_l7_protocol: {
    severity: "error",
    consequence: "unapplied",
    title: "rules for requests on a port that cannot have them",
    effect: agentsRefuse,
    fix: "use `protocol: TCP` and a port; only `dns` rules also work with `UDP` and `ANY`, without a range",
  },
  cilium_l7_count: {
    severity: "error",
    consequence: "refused",
    title: "more than one kind of request rules in one entry of `toPorts`",
    effect: refusedEffect,
    fix: "write an entry for each",
  },
} as const satisfies Record<string, FindingKind>;
