import { inspectSet } from "../inspect-set.ts";
import type { EgressPolicy } from "../model.ts";
import { type ConversionLoss, loss, nameOf } from "./loss.ts";

/** What OpenShift SDN did and OVN-Kubernetes does not, although the rules are the same. */
export function legacyLosses(policies: readonly EgressPolicy[]): readonly ConversionLoss[] {
  const legacy = policies.filter(({ kind }) => kind === "EgressNetworkPolicy");
  const [first] = legacy;
  if (first === undefined) return [];
  const last = legacy.at(-1)!;
  const name = nameOf(last);
  const losses: ConversionLoss[] = [];
  if (hasSeveral(legacy)) {
    losses.push(loss("legacy_two_policies", last.at, `the namespace has ${legacy.length} EgressNetworkPolicies`));
  }
  losses.push(
    loss("legacy_services", last.at, `${name} looked at services differently`),
    loss("legacy_node_dns", last.at, `${name} never applied to DNS on the pod's node`),
    loss("legacy_ipv6", last.at, `${name} applied to IPv4 alone`),
  );
  const asFirewall = { ...last, kind: "EgressFirewall" as const };
  for (const { code, at, message } of inspectSet([asFirewall])) {
    if (code === "api_server_cut_off") losses.push(loss("legacy_api_server", at, message));
  }
  return losses;
}

/** Two policies of one namespace, which OpenShift SDN takes as "drop everything"; one written twice is one. */
export function hasSeveral(legacy: readonly EgressPolicy[]): boolean {
  return new Set(legacy.map(({ name }) => name)).size > 1;
}
