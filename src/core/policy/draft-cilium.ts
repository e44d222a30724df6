import type { Cidr } from "../net/ip-set.ts";
import type { PortProtocol } from "../net/l4.ts";
import type { NamePattern } from "../net/name-pattern.ts";
import type { DraftMetadata } from "./draft.ts";
import type { Action, LabelSelector } from "./model.ts";

export type CiliumEntity = "world" | "all" | "cluster" | "host" | "remote-node" | "kube-apiserver";

/** The one kind of destination that a rule of Cilium has; lists are never empty. */
export type CiliumDraftDestination =
  | { readonly kind: "blocks"; readonly blocks: readonly CiliumDraftBlock[] }
  | { readonly kind: "names"; readonly patterns: readonly NamePattern[] }
  | { readonly kind: "entities"; readonly entities: readonly CiliumEntity[] }
  /** In Cilium's own keys, `k8s:io.kubernetes.pod.namespace`. */
  | { readonly kind: "endpoints"; readonly selectors: readonly LabelSelector[] };

export interface CiliumDraftBlock {
  readonly cidr: Cidr;
  readonly except: readonly Cidr[];
}

export interface CiliumDraftPort {
  /** `any`: TCP, UDP and SCTP. */
  readonly protocol: PortProtocol | "any";
  /** 1–65535. */
  readonly port: number;
  /** Last port of a range, inclusive, above `port`. */
  readonly endPort?: number;
}

interface CiliumDraftRuleParts {
  /** Undefined: every destination. */
  readonly to: CiliumDraftDestination | undefined;
  /** Empty: every protocol, ICMP included. */
  readonly ports: readonly CiliumDraftPort[];
  readonly comment: readonly string[];
}

export type CiliumDraftRule =
  | (CiliumDraftRuleParts & {
      readonly action: Extract<Action, "allow">;
      /** Names that pods may ask DNS for on these ports, and that Cilium learns from the answers; empty: not looked at. */
      readonly asked: readonly NamePattern[];
    })
  | (CiliumDraftRuleParts & {
      readonly action: Extract<Action, "deny">;
      readonly to: Exclude<CiliumDraftDestination, { kind: "names" }> | undefined;
      readonly asked: readonly [];
    });

/** Denies stand before allows: the order of the rules as they are read back. */
interface CiliumDraftParts extends DraftMetadata {
  /** In Cilium's own keys; no requirements: every pod of the namespace, or of the cluster. */
  readonly endpointSelector: LabelSelector;
  readonly rules: readonly CiliumDraftRule[];
}

export interface CiliumNetworkPolicyDraft extends CiliumDraftParts {
  readonly kind: "CiliumNetworkPolicy";
}

export interface CiliumClusterwideNetworkPolicyDraft extends CiliumDraftParts {
  readonly kind: "CiliumClusterwideNetworkPolicy";
  /** Always empty. */
  readonly namespace: "";
}

export type CiliumPolicyDraft = CiliumNetworkPolicyDraft | CiliumClusterwideNetworkPolicyDraft;
