import type { RuleAction } from "../../model.ts";

/** What tells the three kinds apart, for reading and writing. */
export interface Dialect {
  readonly kind: "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy";
  readonly actions: Readonly<Record<string, RuleAction>>;
  readonly specFields: readonly string[];
  /** Egress rules of an object; peers of a rule; entries of its ports or protocols. */
  readonly maxRules: number;
  readonly maxPeers: number;
  readonly maxPorts: number;
  readonly portsField: "ports" | "protocols";
}

/** Blocks of a `networks` peer, names of a `domainNames` peer. */
export const maxPeerValues = 25;

/** OVN-Kubernetes has ACL priorities for 100 of the 1,001 priorities of an AdminNetworkPolicy (policy-semantics §3.2). */
export const maxOvnPriority = 99;

export const adminDialect: Dialect = {
  kind: "AdminNetworkPolicy",
  actions: { Allow: "allow", Deny: "deny", Pass: "pass" },
  specFields: ["priority", "subject", "ingress", "egress"],
  maxRules: 100,
  maxPeers: 100,
  maxPorts: 100,
  portsField: "ports",
};

export const baselineDialect: Dialect = {
  ...adminDialect,
  kind: "BaselineAdminNetworkPolicy",
  actions: { Allow: "allow", Deny: "deny" },
  specFields: ["subject", "ingress", "egress"],
};

export const clusterDialect: Dialect = {
  kind: "ClusterNetworkPolicy",
  actions: { Accept: "allow", Deny: "deny", Pass: "pass" },
  specFields: ["tier", "priority", "subject", "ingress", "egress"],
  maxRules: 25,
  maxPeers: 25,
  maxPorts: 25,
  portsField: "protocols",
};
