import type { Cidr } from "../../../net/ip-set.ts";
import type { PortProtocol } from "../../../net/l4.ts";
import type { DraftMetadata } from "../../draft.ts";
import type { Action, LabelSelector } from "../../model.ts";

/** A policy of Calico about to be written, and the network sets it points to, which are written with it. */
export type CalicoDraft = CalicoNetworkPolicyDraft | CalicoGlobalNetworkPolicyDraft;

interface CalicoDraftParts extends DraftMetadata {
  /** Of the default tier; lower is asked first. */
  readonly order: number;
  readonly pods: LabelSelector;
  readonly rules: readonly CalicoDraftRule[];
  readonly sets: readonly CalicoNetworkSetDraft[];
}

export interface CalicoNetworkPolicyDraft extends CalicoDraftParts {
  readonly kind: "CalicoNetworkPolicy";
}

export interface CalicoGlobalNetworkPolicyDraft extends CalicoDraftParts {
  readonly kind: "CalicoGlobalNetworkPolicy";
  readonly namespace: "";
  readonly namespaces: LabelSelector;
}

export interface CalicoDraftRule {
  readonly action: Action;
  /** Undefined: every protocol. */
  readonly protocol: PortProtocol | "icmp" | "icmpv6" | undefined;
  /** At most {@link mostPorts}; empty: every port. Only with a protocol that has ports. */
  readonly ports: readonly number[];
  readonly to: CalicoDraftDestination;
  readonly comment: readonly string[];
}

export type CalicoDraftDestination =
  | { readonly kind: "everything" }
  /** Every pod of the cluster, and no network set. */
  | { readonly kind: "pods" }
  /** 1 to {@link mostNets} blocks. */
  | { readonly kind: "blocks"; readonly cidrs: readonly Cidr[] }
  /** Global network sets with the label. */
  | { readonly kind: "sets"; readonly label: string; readonly value: string };

/** A GlobalNetworkSet. */
export interface CalicoNetworkSetDraft {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly cidrs: readonly Cidr[];
  readonly comment: readonly string[];
}

/** What one list of a rule holds (the CRD's maxItems). */
export const mostNets = 256;
export const mostPorts = 50;
/** What one policy holds. */
export const mostRules = 1024;
