import type { ConvertibleKind } from "../../../core/policy/convert/convert.ts";
import type { DraftKind } from "../../../core/policy/draft.ts";

/** Kinds as they are typed on the command line and named as files. */
export const kindWords = [
  "egressfirewall",
  "egressnetworkpolicy",
  "networkpolicy",
  "adminnetworkpolicy",
  "baselineadminnetworkpolicy",
  "clusternetworkpolicy",
  "ciliumnetworkpolicy",
  "ciliumclusterwidenetworkpolicy",
  "caliconetworkpolicy",
  "calicoglobalnetworkpolicy",
] as const;

export type KindWord = (typeof kindWords)[number];

export const kindOfWord: Readonly<Record<KindWord, DraftKind>> = {
  egressfirewall: "EgressFirewall",
  egressnetworkpolicy: "EgressNetworkPolicy",
  networkpolicy: "NetworkPolicy",
  caliconetworkpolicy: "CalicoNetworkPolicy",
  calicoglobalnetworkpolicy: "CalicoGlobalNetworkPolicy",
  adminnetworkpolicy: "AdminNetworkPolicy",
  baselineadminnetworkpolicy: "BaselineAdminNetworkPolicy",
  clusternetworkpolicy: "ClusterNetworkPolicy",
  ciliumnetworkpolicy: "CiliumNetworkPolicy",
  ciliumclusterwidenetworkpolicy: "CiliumClusterwideNetworkPolicy",
};

/** Kinds that one can be turned into another of. */
export const convertibleKindWords = ["egressfirewall", "egressnetworkpolicy", "networkpolicy"] as const;

export type ConvertibleKindWord = (typeof convertibleKindWords)[number];

export const convertibleKindOfWord: Readonly<Record<ConvertibleKindWord, ConvertibleKind>> = {
  egressfirewall: "EgressFirewall",
  egressnetworkpolicy: "EgressNetworkPolicy",
  networkpolicy: "NetworkPolicy",
};
