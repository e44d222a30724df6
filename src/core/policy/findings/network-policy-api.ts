import type { FindingKind } from "./finding-kind.ts";

const refused = "the API server refuses the object: an update leaves the old one in force, a new one changes nothing";
const unapplied = "the object is stored, but the network plugin does not apply any of its rules";

/** AdminNetworkPolicy, BaselineAdminNetworkPolicy (`anp_`, `banp_`) and ClusterNetworkPolicy (`cnp_`). */
export const networkPolicyApiFindings = {
  anp_priority: {
    severity: "error",
    consequence: "refused",
    title: "`priority` is not between 0 and 1000",
    effect: refused,
    fix: "use a number from 0 to 1000; on OVN-Kubernetes from 0 to 99",
  },
  anp_priority_unsupported: {
    severity: "error",
    consequence: "unapplied",
    title: "`priority` of an AdminNetworkPolicy is above 99",
    effect: "OVN-Kubernetes only has room for priorities 0 to 99: it reports an event and applies none of the rules",
    fix: "use a priority from 0 to 99",
  },
  anp_subject: {
    severity: "error",
    consequence: "refused",
    title: "`subject` does not hold exactly one of `namespaces` and `pods`",
    effect: refused,
    fix: "set `namespaces`, or `pods` with its selectors",
  },
  anp_selector: {
    severity: "error",
    consequence: "unapplied",
    title: "a label selector is not valid",
    effect: unapplied,
    fix: "correct the operator, key or values",
  },
  anp_action: {
    severity: "error",
    consequence: "refused",
    title: "`action` is not one of the kind's words",
    effect: refused,
    fix: "write `Allow`, `Deny` or `Pass`; in a ClusterNetworkPolicy `Accept`, `Deny` or `Pass`; a baseline has no `Pass`",
  },
  anp_rule_name: {
    severity: "error",
    consequence: "refused",
    title: "the name of a rule is longer than 100 characters",
    effect: refused,
    fix: "shorten it",
  },
  anp_count: {
    severity: "error",
    consequence: "refused",
    title: "a list is empty or too long",
    effect: refused,
    fix:
      "put 1 to 25 entries into `networks` and `domainNames`; an AdminNetworkPolicy takes 100 rules, 100 destinations and " +
      "100 ports each, a ClusterNetworkPolicy 25",
  },
  anp_listed_twice: {
    severity: "error",
    consequence: "refused",
    title: "an entry of `networks` or `domainNames` is listed twice",
    effect: refused,
    fix: "remove one of the two",
  },
  anp_peer_count: {
    severity: "error",
    consequence: "refused",
    title: "a destination does not hold exactly one kind of destination",
    effect: refused,
    fix: "set one of `namespaces`, `pods`, `networks`, `nodes`; further ones are entries of their own",
  },
  anp_peer_unknown: {
    severity: "error",
    consequence: "kept",
    title: "a destination of a kind that the API does not have",
    effect:
      "the API server drops it and then refuses the empty destination; a plugin that meets one it does not know must fail " +
      "closed: an Allow rule matches nothing, any other denies everything",
    fix: "use `namespaces`, `pods`, `networks` or `nodes`",
  },
  anp_cidr: {
    severity: "error",
    consequence: "refused",
    title: "an entry of `networks` is not a CIDR block",
    effect: refused,
    fix: "write `address/prefix-length`, such as `203.0.113.0/24`",
  },
  anp_cidr_host_bits: {
    severity: "warning",
    consequence: "kept",
    title: "a block of `networks` has host bits set",
    effect: "they are masked: the rule covers the whole block",
    fix: "write the block's first address",
  },
  anp_domain_names: {
    severity: "warning",
    consequence: "kept",
    title: "`domainNames` is used, which few clusters have",
    effect:
      "the AdminNetworkPolicy API that OpenShift ships has none and refuses the object; elsewhere it takes the experimental " +
      "channel of the API, from v0.1.7 on, and a plugin that implements it",
    fix: "use an EgressFirewall with `dnsName`, or `networks`",
  },
  anp_domain_action: {
    severity: "error",
    consequence: "unapplied",
    title: "`domainNames` in a rule that does not allow",
    effect: unapplied,
    fix: "names can only be allowed: deny `networks` instead",
  },
  anp_domain_name: {
    severity: "error",
    consequence: "refused",
    title: "an entry of `domainNames` is not a domain name",
    effect: refused,
    fix: "write a name of at least two labels, such as `api.example.com` or `*.example.com`",
  },
  anp_named_port: {
    severity: "note",
    consequence: "kept",
    title: "a port by name",
    effect: "it is the port that each destination pod gives the name; which number that is, the policy does not tell",
    fix: "use the number to be sure",
  },
  anp_named_port_mixed: {
    severity: "error",
    consequence: "refused",
    title: "a port name beside `networks`, `nodes` or `domainNames`",
    effect: refused,
    fix: "use numbers, or split the rule: only pods have names for ports",
  },
  anp_port: {
    severity: "error",
    consequence: "refused",
    title: "a port is not between 1 and 65535",
    effect: refused,
    fix: "use a number from 1 to 65535",
  },
  anp_port_count: {
    severity: "error",
    consequence: "refused",
    title: "an entry of `ports` or `protocols` does not hold exactly one thing",
    effect: refused,
    fix: "make further ones entries of their own",
  },
  anp_port_range: {
    severity: "error",
    consequence: "kept",
    title: "a range of ports ends before it starts",
    effect: "it matches no port",
    fix: "swap `start` and `end`",
  },
  anp_protocol: {
    severity: "error",
    consequence: "unapplied",
    title: "`protocol` is none of `TCP`, `UDP`, `SCTP`",
    effect: unapplied,
    fix: "write exactly `TCP`, `UDP` or `SCTP`; for ICMP leave `ports` out, which matches every protocol",
  },
  banp_name: {
    severity: "error",
    consequence: "refused",
    title: "the BaselineAdminNetworkPolicy is not named `default`",
    effect: refused,
    fix: "name it `default`: there is one in the cluster",
  },
  cnp_not_on_ovn: {
    severity: "warning",
    consequence: "kept",
    title: "a ClusterNetworkPolicy, which OpenShift does not have",
    effect:
      "OVN-Kubernetes does not implement the kind: nothing enforces the object there; plugins that do work as described",
    fix: "on OpenShift use an AdminNetworkPolicy or a BaselineAdminNetworkPolicy",
  },
  cnp_tier: {
    severity: "error",
    consequence: "refused",
    title: "`tier` is neither `Admin` nor `Baseline`",
    effect: refused,
    fix: "write `Admin` or `Baseline`",
  },
  cnp_port_range: {
    severity: "error",
    consequence: "refused",
    title: "a range of ports does not start before it ends",
    effect: refused,
    fix: "swap `start` and `end`, or use `number` for one port",
  },
  tier_same_priority: {
    severity: "warning",
    consequence: "kept",
    title: "two policies of one tier have the same priority and may select the same pods",
    effect: "nothing says which is asked first: where both match and act differently, either may decide",
    fix: "give them different priorities",
  },
  inside_cluster_denied: {
    severity: "warning",
    consequence: "kept",
    title: "a deny of addresses that also covers the pods of the cluster",
    effect: "`networks` matches pods and services of the cluster too: pods lose each other and DNS",
    fix: "before it, pass or allow `namespaces: {}`",
  },
} as const satisfies Record<string, FindingKind>;
