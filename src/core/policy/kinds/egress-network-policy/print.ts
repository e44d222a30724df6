import { formatCidr } from "../../../net/ip-set.ts";
import { formatNamePattern } from "../../../net/name-pattern.ts";
import type { EgressNetworkPolicyDraft, EgressNetworkPolicyDraftRule } from "../../draft.ts";
import type { PrintedManifest, PrintedValue } from "../../printed-manifest.ts";
import { printAction, printHeader } from "../print-parts.ts";

export function printEgressNetworkPolicy(draft: EgressNetworkPolicyDraft): PrintedManifest {
  return {
    value: { ...printHeader(draft), spec: { egress: draft.rules.map(printRule) } },
    header: draft.comment,
    ruleComments: draft.rules.map(({ comment }) => comment),
  };
}

function printRule({ action, to }: EgressNetworkPolicyDraftRule): PrintedValue {
  return { type: printAction(action), to: printDestination(to) };
}

/** What the kind cannot say must have been dealt with before: printing it would change its meaning. */
function printDestination(to: EgressNetworkPolicyDraftRule["to"]): PrintedValue {
  if (to.kind === "name") {
    if (to.pattern.kind !== "exact") throw new Error("an EgressNetworkPolicy has no wildcard names");
    return { dnsName: formatNamePattern(to.pattern) };
  }
  if (to.cidr.family === 6) throw new Error("an EgressNetworkPolicy has no IPv6 blocks");
  if (to.cidr.first === 0n && to.cidr.prefixLength === 32) throw new Error("0.0.0.0/32 would mean 0.0.0.0/0");
  return { cidrSelector: formatCidr(to.cidr) };
}
