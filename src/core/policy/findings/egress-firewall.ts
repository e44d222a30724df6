import type { FindingKind } from "./finding-kind.ts";
import { refusedEffect } from "./object.ts";

/** All or nothing: one bad rule and no rule of the object is applied. */
export const unappliedEffect =
  "the object is stored but none of its rules is applied: up to OpenShift 4.20 the namespace is left with no egress " +
  "firewall at all, from 4.21 on the previous rules stay";

const stillMasked = "OVN masks them: the rule covers the whole block";

export const egressFirewallFindings = {
  ef_name: {
    severity: "error",
    consequence: "refused",
    title: "the EgressFirewall is not named `default`",
    effect: refusedEffect,
    fix: "name it `default`: there is one per namespace",
  },
  ef_type: {
    severity: "error",
    consequence: "refused",
    title: "`type` is neither `Allow` nor `Deny`",
    effect: refusedEffect,
    fix: "write exactly `Allow` or `Deny`",
  },
  ef_unanchored_type: {
    severity: "error",
    consequence: "kept",
    title: "`type` only resembles `Allow` or `Deny`",
    effect:
      "the API server stores it, because its pattern only looks at the beginning or the end; the controller compares " +
      "with `Allow` and drops the traffic for everything else",
    fix: "write exactly `Allow` or `Deny`",
  },
  ef_protocol: {
    severity: "error",
    consequence: "refused",
    title: "`protocol` is none of `TCP`, `UDP`, `SCTP`",
    effect: refusedEffect,
    fix: "write exactly `TCP`, `UDP` or `SCTP`; for ICMP leave `ports` out, which matches every protocol",
  },
  ef_unanchored_protocol: {
    severity: "error",
    consequence: "kept",
    title: "`protocol` only resembles `TCP`, `UDP` or `SCTP`",
    effect: "the API server stores it, because its pattern is not anchored; the controller skips this port",
    fix: "write exactly `TCP`, `UDP` or `SCTP`",
  },
  ef_rule_without_effect: {
    severity: "error",
    consequence: "kept",
    title: "the rule can never match",
    effect: "no traffic matches the rule; later rules decide",
    fix: "correct the rule or remove it",
  },
  ef_port_range: {
    severity: "error",
    consequence: "refused",
    title: "a port is not between 1 and 65535",
    effect: refusedEffect,
    fix: "use 1 to 65535; to match every port leave `ports` out",
  },
  ef_ports_empty: {
    severity: "warning",
    consequence: "kept",
    title: "`ports` is an empty list",
    effect: "the rule matches every port of every protocol, ICMP included, as if `ports` were absent",
    fix: "list the ports, or leave `ports` out to say that all are meant",
  },
  ef_destination_count: {
    severity: "error",
    consequence: "refused",
    title: "a rule does not have exactly one destination",
    effect: refusedEffect,
    fix: "set exactly one of `cidrSelector`, `dnsName`, `nodeSelector`; split the rule for several",
  },
  ef_cidr_bare_address: {
    severity: "error",
    consequence: "unapplied",
    title: "`cidrSelector` is an address without a prefix length",
    effect: unappliedEffect,
    fix: "add the prefix length: `/32` for one IPv4 address, `/128` for one IPv6 address",
  },
  ef_cidr_syntax: {
    severity: "error",
    consequence: "unapplied",
    title: "`cidrSelector` is not a CIDR block",
    effect: unappliedEffect,
    fix: "write `address/prefix-length`, such as `203.0.113.0/24`",
  },
  ef_cidr_host_bits: {
    severity: "warning",
    consequence: "kept",
    title: "`cidrSelector` has host bits set",
    effect: stillMasked,
    fix: "write the block's first address",
  },
  ef_cidr_not_for_ovn: {
    severity: "error",
    consequence: "kept",
    title: "`cidrSelector` is a block that OVN cannot read",
    effect: "the controller accepts it and OVN rejects the match: no traffic matches the rule; later rules decide",
    fix: "write the block in its usual form",
  },
  ef_dns_name_syntax: {
    severity: "error",
    consequence: "refused",
    title: "`dnsName` is not a name the API accepts",
    effect: refusedEffect,
    fix: "use letters, digits, `-` and dots, with at most one `*.` in front; no scheme, port, path or underscore",
  },
  ef_dns_name_wildcard: {
    severity: "error",
    consequence: "unapplied",
    title: "a wildcard `dnsName` without the DNSNameResolver feature",
    effect: unappliedEffect,
    fix: "list the names one by one, or enable the DNSNameResolver feature gate (Technology Preview)",
  },
  ef_dns_name_address: {
    severity: "error",
    consequence: "kept",
    title: "`dnsName` is an IP address",
    effect:
      "the nodes ask DNS for a host of that name and get no answer: no traffic matches the rule; later rules decide",
    fix: "use `cidrSelector`",
  },
  ef_dns_name_labels: {
    severity: "error",
    consequence: "unapplied",
    title: "`dnsName` is not valid with the DNSNameResolver feature",
    effect: unappliedEffect,
    fix: "use at least two labels of 1 to 63 characters that do not start or end with `-`",
  },
  ef_dns_name_fragile: {
    severity: "warning",
    consequence: "kept",
    title: "`dnsName` is valid only without the DNSNameResolver feature",
    effect:
      "the name is resolved today; once the feature gate is enabled the whole object is no longer applied, and public " +
      "DNS never answers such a name",
    fix: "use a full name: at least two labels of 1 to 63 characters that do not start or end with `-`",
  },
  ef_dns_name_form: {
    severity: "note",
    consequence: "kept",
    title: "`dnsName` is not in its plain form",
    effect: "it works, but the same name written two ways is resolved and tracked twice",
    fix: "write it in lower case without a trailing dot",
  },
  ef_dns_name_deny: {
    severity: "warning",
    consequence: "kept",
    title: "a name is denied",
    effect:
      "only the addresses the nodes resolved are blocked, until the next answer: pods reach the service through any " +
      "other address, and other names on the same address are blocked too",
    fix: "deny everything last and allow the names that are needed",
  },
  ef_node_selector: {
    severity: "error",
    consequence: "unapplied",
    title: "`nodeSelector` is not a valid label selector",
    effect: unappliedEffect,
    fix: "correct the operator, key or values",
  },
  ef_node_selector_every: {
    severity: "note",
    consequence: "kept",
    title: "`nodeSelector` selects every node",
    effect: "the rule covers all addresses of all nodes, whatever listens there",
    fix: "name the nodes' role, such as `node-role.kubernetes.io/control-plane`, when only those are meant",
  },
  ef_node_selector_no_match: {
    severity: "warning",
    consequence: "kept",
    title: "`nodeSelector` matches no node of this cluster",
    effect: "the rule has no addresses and is skipped; later rules decide",
    fix: "correct the labels, or remove the rule",
  },
  ef_rules_many: {
    severity: "warning",
    consequence: "kept",
    title: "more rules than the documented limit of 8,000",
    effect: "8,001 rules are still applied today; one more and none is",
    fix: "consolidate addresses; leave room below 8,000",
  },
  ef_rules_too_many: {
    severity: "error",
    consequence: "unapplied",
    title: "more rules than the controller accepts (8,001)",
    effect: unappliedEffect,
    fix: "consolidate addresses to at most 8,000 rules",
  },
} as const satisfies Record<string, FindingKind>;
