import { contextKindOf } from "./kinds/calico/context.ts";
import { readCalicoGlobalNetworkPolicy, readCalicoNetworkPolicy } from "./kinds/calico/read.ts";
import { readCiliumClusterwideNetworkPolicy, readCiliumNetworkPolicy } from "./kinds/cilium/read.ts";
import { readEgressFirewall } from "./kinds/egress-firewall/read.ts";
import { readEgressNetworkPolicy } from "./kinds/egress-network-policy/read.ts";
import type { ReadOptions } from "./kinds/header.ts";
import {
  readAdminNetworkPolicy,
  readBaselineAdminNetworkPolicy,
  readClusterNetworkPolicy,
} from "./kinds/network-policy-api/read.ts";
import { readNetworkPolicy } from "./kinds/network-policy/read.ts";
import { type Manifest, ownField } from "./manifest.ts";
import type { EgressPolicy, Finding, PolicyKind } from "./model.ts";

export interface ReadPolicy {
  /** Undefined when nothing of the object can be understood. */
  readonly policy?: EgressPolicy;
  /** Where one object holds several: the further ones. */
  readonly others?: readonly EgressPolicy[];
  readonly findings: readonly Finding[];
}

const readers = {
  EgressFirewall: readEgressFirewall,
  EgressNetworkPolicy: readEgressNetworkPolicy,
  NetworkPolicy: readNetworkPolicy,
  AdminNetworkPolicy: readAdminNetworkPolicy,
  BaselineAdminNetworkPolicy: readBaselineAdminNetworkPolicy,
  ClusterNetworkPolicy: readClusterNetworkPolicy,
  CalicoNetworkPolicy: readCalicoNetworkPolicy,
  CalicoGlobalNetworkPolicy: readCalicoGlobalNetworkPolicy,
  CiliumNetworkPolicy: readCiliumNetworkPolicy,
  CiliumClusterwideNetworkPolicy: readCiliumClusterwideNetworkPolicy,
} as const satisfies Partial<Record<PolicyKind, (manifest: Manifest, options: ReadOptions) => ReadPolicy>>;

/**
 * Which of the kinds an object is meant to be. Some of the kinds have a name that nobody else uses, so a wrong group or
 * different case still means them (and is then reported); `NetworkPolicy` also exists in other groups, and is
 * read in Kubernetes' own and Calico's.
 */
export function policyKindOf(value: unknown): keyof typeof readers | undefined {
  const kind = ownField(value, "kind");
  if (typeof kind !== "string") return undefined;
  const lower = kind.toLowerCase();
  if (lower === "egressfirewall") return "EgressFirewall";
  if (lower === "egressnetworkpolicy") return "EgressNetworkPolicy";
  if (lower === "adminnetworkpolicy") return "AdminNetworkPolicy";
  if (lower === "baselineadminnetworkpolicy") return "BaselineAdminNetworkPolicy";
  if (lower === "clusternetworkpolicy") return "ClusterNetworkPolicy";
  if (lower === "globalnetworkpolicy") return "CalicoGlobalNetworkPolicy";
  if (lower === "ciliumnetworkpolicy") return "CiliumNetworkPolicy";
  if (lower === "ciliumclusterwidenetworkpolicy") return "CiliumClusterwideNetworkPolicy";
  if (lower !== "networkpolicy") return undefined;
  const apiVersion = ownField(value, "apiVersion");
  if (typeof apiVersion === "string" && /^(crd\.)?projectcalico\.org(\/|$)/.test(apiVersion))
    return "CalicoNetworkPolicy";
  if (typeof apiVersion !== "string") return "NetworkPolicy";
  return /^(networking\.k8s\.io|extensions)(\/|$)/.test(apiVersion) ? "NetworkPolicy" : undefined;
}

/** Whether an object is a policy, or one that policies point to. */
export function isPolicyManifest(value: unknown): boolean {
  return policyKindOf(value) !== undefined || contextKindOf(value) !== undefined;
}

/** Reads any of the kinds; undefined for every other object. */
export function readPolicy(manifest: Manifest, options: ReadOptions = {}): ReadPolicy | undefined {
  const kind = policyKindOf(manifest.value);
  return kind === undefined ? undefined : readers[kind](manifest, options);
}
