import type { DraftKind } from "../../../core/policy/draft.ts";

/** Kinds as they are typed on the command line and named as files. */
export const kindWords = ["egressfirewall", "egressnetworkpolicy", "networkpolicy"] as const;

export type KindWord = (typeof kindWords)[number];

export const kindOfWord: Readonly<Record<KindWord, DraftKind>> = {
  egressfirewall: "EgressFirewall",
  egressnetworkpolicy: "EgressNetworkPolicy",
  networkpolicy: "NetworkPolicy",
};
