import { readEgressFirewall } from "./kinds/egress-firewall/read.ts";
import { readEgressNetworkPolicy } from "./kinds/egress-network-policy/read.ts";
import type { ReadOptions } from "./kinds/header.ts";
import { readNetworkPolicy } from "./kinds/network-policy/read.ts";
import { type Manifest, ownField } from "./manifest.ts";
import type { EgressPolicy, Finding, PolicyKind } from "./model.ts";

export interface ReadPolicy {
  /** Undefined when nothing of the object can be understood. */
  readonly policy?: EgressPolicy;
  readonly findings: readonly Finding[];
}

const readers = {
  EgressFirewall: readEgressFirewall,
  EgressNetworkPolicy: readEgressNetworkPolicy,
  NetworkPolicy: readNetworkPolicy,
} as const satisfies Partial<Record<PolicyKind, (manifest: Manifest, options: ReadOptions) => ReadPolicy>>;

/**
 * Which of the kinds an object is meant to be. Two of the kinds have a name that nobody else uses, so a wrong group or
 * different case still means them (and is then reported); `NetworkPolicy` also exists in other groups, such as
 * Calico's, and is ours only in Kubernetes' own.
 */
export function policyKindOf(value: unknown): keyof typeof readers | undefined {
  const kind = ownField(value, "kind");
  if (typeof kind !== "string") return undefined;
  const lower = kind.toLowerCase();
  if (lower === "egressfirewall") return "EgressFirewall";
  if (lower === "egressnetworkpolicy") return "EgressNetworkPolicy";
  if (lower !== "networkpolicy") return undefined;
  const apiVersion = ownField(value, "apiVersion");
  if (typeof apiVersion !== "string") return "NetworkPolicy";
  return /^(networking\.k8s\.io|extensions)(\/|$)/.test(apiVersion) ? "NetworkPolicy" : undefined;
}

/** Reads any of the kinds; undefined for every other object. */
export function readPolicy(manifest: Manifest, options: ReadOptions = {}): ReadPolicy | undefined {
  const kind = policyKindOf(manifest.value);
  return kind === undefined ? undefined : readers[kind](manifest, options);
}
