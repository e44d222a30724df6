import type { Severity } from "../model.ts";
import { egressFirewallFindings } from "./egress-firewall.ts";
import { egressNetworkPolicyFindings } from "./egress-network-policy.ts";
import { networkPolicyFindings } from "./network-policy.ts";
import { objectFindings } from "./object.ts";
import { orderFindings } from "./order.ts";
import { policySetFindings } from "./policy-set.ts";

/**
 * What becomes of the object because of this: `refused` by the API server and never stored, stored but `unapplied` by
 * the controller as a whole, or `kept`: applied, though maybe not as meant.
 */
export type Consequence = "refused" | "unapplied" | "kept";

export interface FindingKind {
  readonly severity: Severity;
  readonly consequence: Consequence;
  /** What is found, for the reference page; the finding's own message names the value. */
  readonly title: string;
  /** What a real cluster does with it. */
  readonly effect: string;
  /** What to do about it; a finding may say it more precisely. */
  readonly fix: string;
}

/** Every finding that reading or analysing a policy or a set of policies can report: the one list, printed in docs/reference. */
export const findingCatalogue = {
  ...objectFindings,
  ...egressFirewallFindings,
  ...egressNetworkPolicyFindings,
  ...networkPolicyFindings,
  ...policySetFindings,
  ...orderFindings,
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof findingCatalogue;
