import { calicoFindings } from "./calico.ts";
import { ciliumFindings } from "./cilium.ts";
import { egressFirewallFindings } from "./egress-firewall.ts";
import { egressNetworkPolicyFindings } from "./egress-network-policy.ts";
import type { FindingKind } from "./finding-kind.ts";
import { networkPolicyApiFindings } from "./network-policy-api.ts";
import { networkPolicyFindings } from "./network-policy.ts";
import { objectFindings } from "./object.ts";
import { orderFindings } from "./order.ts";
import { policySetFindings } from "./policy-set.ts";
import { useFindings } from "./use.ts";

/** Every finding that reading or analysing a policy or a set of policies can report: the one list, printed in docs/reference. */
export const findingCatalogue = {
  ...objectFindings,
  ...egressFirewallFindings,
  ...egressNetworkPolicyFindings,
  ...networkPolicyFindings,
  ...networkPolicyApiFindings,
  ...calicoFindings,
  ...ciliumFindings,
  ...policySetFindings,
  ...orderFindings,
  ...useFindings,
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingCatalogue;
