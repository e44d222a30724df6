import type { PolicyKind } from "../../../core/policy/model.ts";

/** Kinds that a law may speak of. */
export const policyKinds = [
  "EgressFirewall",
  "EgressNetworkPolicy",
  "NetworkPolicy",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
  "CiliumNetworkPolicy",
  "CiliumClusterwideNetworkPolicy",
  "CalicoNetworkPolicy",
  "CalicoGlobalNetworkPolicy",
] as const satisfies readonly PolicyKind[];

/** Kinds that leave to others what they say nothing of, so that nothing can be asked of what is missing in them. */
export function leavesTheRest(kind: PolicyKind): boolean {
  return ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"].includes(kind);
}

/** OpenShift SDN, which the legacy kind belongs to, has no IPv6. */
export function familiesOf(kind: PolicyKind): readonly (4 | 6)[] {
  return kind === "EgressNetworkPolicy" ? [4] : [4, 6];
}

/** Kinds of which one object alone decides for a namespace: what it must allow can be asked of it. */
export function decidesAlone(kind: PolicyKind): boolean {
  return kind === "EgressFirewall" || kind === "EgressNetworkPolicy";
}
