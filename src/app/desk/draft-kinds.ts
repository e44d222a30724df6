import type { DraftKind } from "../../core/policy/draft.ts";

const draftKinds: Readonly<Record<DraftKind, true>> = {
  EgressFirewall: true,
  EgressNetworkPolicy: true,
  NetworkPolicy: true,
  AdminNetworkPolicy: true,
  BaselineAdminNetworkPolicy: true,
  ClusterNetworkPolicy: true,
  CiliumNetworkPolicy: true,
  CiliumClusterwideNetworkPolicy: true,
  CalicoNetworkPolicy: true,
  CalicoGlobalNetworkPolicy: true,
};

/** Kinds that a proposal can be about. */
export const draftKindNames = Object.keys(draftKinds) as readonly DraftKind[];

export function draftKindOf(text: string): DraftKind | undefined {
  return draftKindNames.find((kind) => kind === text);
}
