import type { FindingKind } from "./finding-kind.ts";
import { refusedEffect } from "./object.ts";

/** Only the egress half of a NetworkPolicy is judged. */
export const networkPolicyFindings = {
  np_egress_ignored: {
    severity: "error",
    consequence: "kept",
    title: "egress rules without `Egress` in `policyTypes`",
    effect: "the egress rules are ignored: the policy does not restrict egress",
    fix: "add `Egress` to `policyTypes`",
  },
  np_egress_not_isolated: {
    severity: "warning",
    consequence: "kept",
    title: "an empty `egress` list without `policyTypes`",
    effect:
      "`policyTypes` defaults to Ingress alone when there are no egress rules: egress stays open, ingress is denied",
    fix: "write `policyTypes: [Egress]` to deny egress",
  },
  np_ingress_isolated: {
    severity: "warning",
    consequence: "kept",
    title: "`policyTypes` is left out of a policy with egress rules alone",
    effect: "`policyTypes` defaults to Ingress and Egress: all connections to the selected pods are denied too",
    fix: "write `policyTypes: [Egress]`",
  },
  np_policy_types: {
    severity: "error",
    consequence: "refused",
    title: "`policyTypes` holds something other than `Ingress` and `Egress`",
    effect: refusedEffect,
    fix: "write `Ingress`, `Egress` or both",
  },
  np_pod_selector_missing: {
    severity: "note",
    consequence: "kept",
    title: "no `podSelector`",
    effect: "the policy selects every pod of the namespace",
    fix: "write `podSelector: {}` to say that all pods are meant",
  },
  np_selector: {
    severity: "error",
    consequence: "refused",
    title: "a label selector is not valid",
    effect: refusedEffect,
    fix: "correct the operator, key or values",
  },
  np_rule_open: {
    severity: "note",
    consequence: "kept",
    title: "a rule without destinations and ports",
    effect: "the selected pods may connect to anything",
    fix: "name destinations or ports, or leave the policy out",
  },
  np_peer_empty: {
    severity: "error",
    consequence: "refused",
    title: "a destination without `ipBlock`, `podSelector` or `namespaceSelector`",
    effect: refusedEffect,
    fix: "set one, or leave `to` out to mean every destination",
  },
  np_peer_mixed: {
    severity: "error",
    consequence: "refused",
    title: "`ipBlock` together with a selector in one destination",
    effect: refusedEffect,
    fix: "split it into two entries of `to`",
  },
  np_cidr: {
    severity: "error",
    consequence: "refused",
    title: "`cidr` is not a CIDR block",
    effect: refusedEffect,
    fix: "write `address/prefix-length`, such as `203.0.113.0/24`",
  },
  np_cidr_host_bits: {
    severity: "warning",
    consequence: "kept",
    title: "`cidr` has host bits set",
    effect: "the block is masked; newer API servers warn about new objects like this, or refuse them",
    fix: "write the block's first address",
  },
  np_cidr_old_form: {
    severity: "warning",
    consequence: "kept",
    title: "`cidr` is in a form that only older API servers accept",
    effect:
      "leading zeros are read as decimal by the API server and may be refused or read otherwise by what enforces it",
    fix: "write the block in its usual form",
  },
  np_except_outside: {
    severity: "error",
    consequence: "refused",
    title: "an `except` block is not strictly inside its `cidr`",
    effect: refusedEffect,
    fix: "except only blocks that are smaller than `cidr` and inside it",
  },
  np_protocol: {
    severity: "error",
    consequence: "refused",
    title: "`protocol` is none of `TCP`, `UDP`, `SCTP`",
    effect: refusedEffect,
    fix: "write exactly `TCP`, `UDP` or `SCTP`; ICMP cannot be named",
  },
  np_port: {
    severity: "error",
    consequence: "refused",
    title: "`port` is neither 1 to 65535 nor a port name",
    effect: refusedEffect,
    fix: "use a number from 1 to 65535",
  },
  np_end_port: {
    severity: "error",
    consequence: "refused",
    title: "`endPort` does not make a range with `port`",
    effect: refusedEffect,
    fix: "give a numeric `port` and an `endPort` from `port` to 65535",
  },
  np_named_port: {
    severity: "error",
    consequence: "kept",
    title: "a port by name",
    effect:
      "for destinations outside the cluster nothing has such a name, and OVN-Kubernetes reads a name as the whole " +
      "protocol: every port of it is allowed",
    fix: "use the number",
  },
} as const satisfies Record<string, FindingKind>;
