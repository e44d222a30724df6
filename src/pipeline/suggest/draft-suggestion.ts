import type { DraftKind } from "../../core/policy/draft.ts";
import { draftCalico } from "./draft-calico.ts";
import { draftCiliumPolicy } from "./draft-cilium.ts";
import { draftClusterPolicy } from "./draft-cluster-policy.ts";
import { draftEgressFirewall } from "./draft-egress-firewall.ts";
import { draftEgressNetworkPolicy } from "./draft-egress-network-policy.ts";
import type { DraftInput, DraftSuggestion } from "./draft-input.ts";
import { draftNetworkPolicy } from "./draft-network-policy.ts";

/** The minimal default-deny policy of a kind for one namespace. The same input gives the same draft. */
export function draftSuggestion(kind: DraftKind, input: DraftInput): DraftSuggestion {
  switch (kind) {
    case "EgressFirewall":
      return draftEgressFirewall(input);
    case "EgressNetworkPolicy":
      return draftEgressNetworkPolicy(input);
    case "NetworkPolicy":
      return draftNetworkPolicy(input);
    case "AdminNetworkPolicy":
    case "BaselineAdminNetworkPolicy":
    case "ClusterNetworkPolicy":
      return draftClusterPolicy(kind, input);
    case "CalicoNetworkPolicy":
    case "CalicoGlobalNetworkPolicy":
      return draftCalico(kind, input);
    case "CiliumNetworkPolicy":
    case "CiliumClusterwideNetworkPolicy":
      return draftCiliumPolicy(kind, input);
    default:
      return kind satisfies never;
  }
}
