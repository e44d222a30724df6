import type { DraftPolicy } from "./draft.ts";
import { printCalicoPolicy } from "./kinds/calico/print.ts";
import { printCiliumPolicy } from "./kinds/cilium/print.ts";
import { printEgressFirewall } from "./kinds/egress-firewall/print.ts";
import { printEgressNetworkPolicy } from "./kinds/egress-network-policy/print.ts";
import { printClusterPolicy } from "./kinds/network-policy-api/print.ts";
import { printNetworkPolicy } from "./kinds/network-policy/print.ts";
import type { PrintedManifest } from "./printed-manifest.ts";

/** The manifest of a draft: the same draft always gives the same object with the same order of keys. */
export function printPolicy(draft: DraftPolicy): PrintedManifest {
  switch (draft.kind) {
    case "EgressFirewall":
      return printEgressFirewall(draft);
    case "EgressNetworkPolicy":
      return printEgressNetworkPolicy(draft);
    case "NetworkPolicy":
      return printNetworkPolicy(draft);
    case "AdminNetworkPolicy":
    case "BaselineAdminNetworkPolicy":
    case "ClusterNetworkPolicy":
      return printClusterPolicy(draft);
    case "CiliumNetworkPolicy":
    case "CiliumClusterwideNetworkPolicy":
      return printCiliumPolicy(draft);
    case "CalicoNetworkPolicy":
    case "CalicoGlobalNetworkPolicy":
      return printCalicoPolicy(draft);
    default:
      return draft satisfies never;
  }
}
