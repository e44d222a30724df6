import { formatIp } from "../../../src/core/net/ip.ts";
import { formatL4Point, l4Point } from "../../../src/core/net/l4.ts";
import type { Connection } from "../../oracle/evaluate.ts";
import type { Opinion } from "./engine.ts";
import type { JudgedNamespace, Judgement } from "./judge.ts";
import { aclName } from "./names.ts";

/** `tcp/443 → 192.0.2.1` */
export function formatConnection({ address, protocol, port }: Connection): string {
  return `${formatL4Point(l4Point(protocol, port))} → ${formatIp(address)}`;
}

export function formatOpinion({ verdict, policies, firewallRule }: Opinion): string {
  return `${verdict} (network policies ${policies}, firewall rule ${firewallRule ?? "none"})`;
}

/**
 * Whether an opinion is OVN's judgement: the verdict, which half denied, and which rule of the firewall decided. Which
 * of several matching rules of network policies allowed is not compared: they share one priority.
 */
export function agrees(namespace: string, judgement: Judgement, opinion: Opinion): boolean {
  if (judgement.verdict !== opinion.verdict) return false;
  const isDeniedByPolicies = judgement.policyAcl === aclName("NP", namespace, "Egress");
  if (isDeniedByPolicies !== (opinion.policies === "deny")) return false;
  // The stage of firewalls comes second and is then not reached.
  if (isDeniedByPolicies) return true;
  const acl = opinion.firewallRule === undefined ? undefined : aclName("EF", namespace, opinion.firewallRule);
  return judgement.firewallAcl === acl;
}

/** Everything needed to see a disagreement with one's own eyes. */
export function formatDisagreement(
  namespace: JudgedNamespace,
  connection: Connection,
  judgement: Judgement,
  opinions: Readonly<Record<string, Opinion>>,
): string {
  return [
    `${formatConnection(connection)} from ${JSON.stringify(namespace)}`,
    `OVN: ${judgement.verdict} (network policies ${judgement.policyAcl ?? "none"}, firewall ${judgement.firewallAcl ?? "none"})`,
    ...Object.entries(opinions).map(([who, opinion]) => `${who}: ${formatOpinion(opinion)}`),
    judgement.trace,
  ].join("\n");
}
