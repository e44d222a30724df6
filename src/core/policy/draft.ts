import type { Cidr } from "../net/ip-set.ts";
import type { PortProtocol } from "../net/l4.ts";
import type { NamePattern } from "../net/name-pattern.ts";
import type { CiliumPolicyDraft } from "./draft-cilium.ts";
import type { CalicoDraft } from "./kinds/calico/draft.ts";
import type { Action, LabelSelector, PolicyKind, PolicySubject, RuleAction } from "./model.ts";

/**
 * A policy about to be written: what a printer turns into a manifest. Unlike {@link EgressPolicy} it has exactly the
 * shape of its kind, so a draft that the kind cannot express does not type-check. Comments are plain lines without
 * `#`; they may hold untrusted text (the printer makes them harmless).
 */
export type DraftPolicy =
  | EgressFirewallDraft
  | EgressNetworkPolicyDraft
  | NetworkPolicyDraft
  | ClusterPolicyDraft
  | CiliumPolicyDraft
  | CalicoDraft;

/** Kinds that can be written. */
export type DraftKind = DraftPolicy["kind"];

export interface DraftMetadata {
  readonly kind: PolicyKind;
  readonly namespace: string;
  /** Always `default` for an EgressFirewall. */
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Lines above the manifest. */
  readonly comment: readonly string[];
}

/** One port; only NetworkPolicy has ranges. */
export interface DraftPort {
  readonly protocol: PortProtocol;
  /** 1–65535. */
  readonly port: number;
}

export interface DraftCidr {
  readonly kind: "cidr";
  readonly cidr: Cidr;
}

export interface DraftName {
  readonly kind: "name";
  readonly pattern: NamePattern;
}

export interface DraftNodes {
  readonly kind: "nodes";
  readonly selector: LabelSelector;
}

export interface EgressFirewallDraftRule {
  readonly action: Action;
  readonly to: DraftCidr | DraftName | DraftNodes;
  /** Empty: every protocol, ICMP included. */
  readonly ports: readonly DraftPort[];
  readonly comment: readonly string[];
}

export interface EgressFirewallDraft extends DraftMetadata {
  readonly kind: "EgressFirewall";
  readonly name: "default";
  readonly rules: readonly EgressFirewallDraftRule[];
}

export interface EgressNetworkPolicyDraftRule {
  readonly action: Action;
  /** IPv4 only. */
  readonly to: DraftCidr | DraftName;
  readonly comment: readonly string[];
}

export interface EgressNetworkPolicyDraft extends DraftMetadata {
  readonly kind: "EgressNetworkPolicy";
  readonly rules: readonly EgressNetworkPolicyDraftRule[];
}

export interface NetworkPolicyDraftPort {
  readonly protocol: PortProtocol;
  /** Undefined: every port of the protocol. */
  readonly port?: number;
  /** Last port of a range, inclusive, at least `port`. */
  readonly endPort?: number;
}

export type NetworkPolicyDraftPeer =
  | { readonly kind: "cidr"; readonly cidr: Cidr; readonly except: readonly Cidr[] }
  /** Undefined `namespaces`: the policy's own namespace. At least one of the two is there. */
  | { readonly kind: "pods"; readonly namespaces?: LabelSelector; readonly pods?: LabelSelector };

/** Allowed: any of the peers on any of the ports. An empty list means any. */
export interface NetworkPolicyDraftRule {
  readonly to: readonly NetworkPolicyDraftPeer[];
  readonly ports: readonly NetworkPolicyDraftPort[];
  readonly comment: readonly string[];
}

/** Always written with `policyTypes: [Egress]`: it isolates egress and says nothing about ingress. */
export interface NetworkPolicyDraft extends DraftMetadata {
  readonly kind: "NetworkPolicy";
  /** No requirements: every pod of the namespace. */
  readonly podSelector: LabelSelector;
  readonly rules: readonly NetworkPolicyDraftRule[];
}

/** A port, or the range from it to `endPort`, inclusive. */
export interface DraftPortRange extends DraftPort {
  readonly endPort?: number;
}

export type ClusterPolicyDraftPeer =
  /** 1 to 25 distinct blocks. */
  | { readonly kind: "networks"; readonly cidrs: readonly Cidr[] }
  /** 1 to 25 distinct names, only in rules that allow; not every cluster has them. */
  | { readonly kind: "names"; readonly patterns: readonly NamePattern[] }
  | DraftNodes
  /** Undefined `pods`: all pods of the namespaces. */
  | { readonly kind: "pods"; readonly namespaces: LabelSelector; readonly pods?: LabelSelector };

/** Any of the peers on any of the ports; an empty list of ports means every protocol, ICMP included. */
export interface ClusterPolicyDraftRule {
  /** At most 100 characters. */
  readonly name?: string;
  readonly action: RuleAction;
  readonly to: readonly ClusterPolicyDraftPeer[];
  readonly ports: readonly DraftPortRange[];
  readonly comment: readonly string[];
}

interface ClusterPolicyDraftParts extends DraftMetadata {
  /** Always empty. */
  readonly namespace: "";
  readonly subject: PolicySubject;
  readonly rules: readonly ClusterPolicyDraftRule[];
}

export interface AdminNetworkPolicyDraft extends ClusterPolicyDraftParts {
  readonly kind: "AdminNetworkPolicy";
  /** 0–99 on OVN-Kubernetes, lower is asked first. */
  readonly priority: number;
}

/** Its rules do not pass. */
export interface BaselineAdminNetworkPolicyDraft extends ClusterPolicyDraftParts {
  readonly kind: "BaselineAdminNetworkPolicy";
  readonly name: "default";
}

export interface ClusterNetworkPolicyDraft extends ClusterPolicyDraftParts {
  readonly kind: "ClusterNetworkPolicy";
  readonly tier: "Admin" | "Baseline";
  /** 0–1000, lower is asked first. */
  readonly priority: number;
}

export type ClusterPolicyDraft = AdminNetworkPolicyDraft | BaselineAdminNetworkPolicyDraft | ClusterNetworkPolicyDraft;
