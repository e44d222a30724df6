import type { FindingKind } from "./finding-kind.ts";

/** What shows only when a policy is seen as a whole, beside others, or against a cluster. */
export const policySetFindings = {
  object_twice: {
    severity: "error",
    consequence: "kept",
    title: "one object is written twice",
    effect: "both have the same kind, namespace and name: the one applied last replaces the other",
    fix: "keep one, or merge their rules",
  },
  ipv6_left_open: {
    severity: "warning",
    consequence: "kept",
    title: "all IPv4 is decided, IPv6 is left open",
    effect: "on a dual-stack or IPv6 cluster every IPv6 destination that no rule names stays reachable",
    fix: "add a last rule that denies `::/0`",
  },
  ipv4_left_open: {
    severity: "warning",
    consequence: "kept",
    title: "all IPv6 is decided, IPv4 is left open",
    effect: "every IPv4 destination that no rule names stays reachable",
    fix: "add a last rule that denies `0.0.0.0/0`",
  },
  deny_all_missing: {
    severity: "note",
    consequence: "kept",
    title: "no rule denies the rest",
    effect: "what no rule matches is allowed: Allow rules alone restrict nothing",
    fix: "end with rules that deny `0.0.0.0/0` and `::/0`",
  },
  api_server_cut_off: {
    severity: "warning",
    consequence: "kept",
    title: "pods may lose the API server",
    effect:
      "connections to the `kubernetes` service leave for a node address on 6443 after translation and are subject to " +
      "the firewall: operators, deployments and hooks that talk to the API hang",
    fix: "before the deny rule, allow the API server's endpoints or a `nodeSelector` for control-plane nodes on TCP 6443",
  },
  external_dns_cut_off: {
    severity: "warning",
    consequence: "kept",
    title: "a DNS server outside the pod network that pods were seen to ask is denied",
    effect: "names that the pods ask it for are no longer resolved, which looks like every connection hanging",
    fix: "before the deny rule, allow the server on UDP and TCP 53",
  },
  inside_cluster_network: {
    severity: "warning",
    consequence: "kept",
    title: "the rule's block lies inside the pod or service network",
    effect:
      "pod addresses are excluded from the rule and service addresses are translated before it: no traffic matches",
    fix: "use a NetworkPolicy for traffic inside the cluster and remove the rule",
  },
} as const satisfies Record<string, FindingKind>;
