import { countIp, type IpSet } from "../../core/net/ip-set.ts";
import type { Family } from "../../core/net/ip.ts";
import type { Opener } from "../../core/policy/open-regions.ts";
import type { Coverage } from "../state/namespaces.ts";
import type { OpenGroup } from "./exposure-of-set.ts";
import type { LiveReading } from "./live-policies.ts";
import type { NamespaceEvidence } from "./namespace-evidence.ts";

/** Whether all that no rule names is denied, to every pod that was seen, by objects that the cluster says it applies. */
export function coverageOf(live: LiveReading, groups: readonly OpenGroup[], evidence: NamespaceEvidence): Coverage {
  if (!live.isKnown) return "unknown";
  if (!live.policies.some(({ isolates }) => isolates)) return "none";
  const families = familiesOf(evidence);
  const isClosed = groups.every(({ regions }) =>
    regions.every(
      ({ addresses, firewall, networkPolicy }) =>
        families.every((family) => countIp(addresses, [family]) === 0n) ||
        decides(firewall, families) ||
        decides(networkPolicy, families),
    ),
  );
  const isInForce = live.objects.every(
    ({ live: own, policies }) =>
      own.isApplied !== false && policies.every(({ notApplied }) => notApplied === undefined),
  );
  return isClosed && isInForce ? "enforced" : "partial";
}

/** Pods have the families that the pod networks have; where these are not told, those that they were seen to use. */
function familiesOf({ recorded, edges }: NamespaceEvidence): readonly Family[] {
  const told = ([4, 6] as const).filter((family) => countIp(recorded.clusterNetworks, [family]) > 0n);
  if (told.length > 0) return told;
  return edges.some(({ address }) => address.family === 6) ? [4, 6] : [4];
}

/** A rule for something in particular: one that lets everything through restricts nothing. */
function decides(opener: Opener | undefined, families: readonly Family[]): boolean {
  if (opener === undefined || opener.rule === "otherwise") return false;
  const { to } = opener;
  return to?.kind !== "addresses" || !families.some((family) => isWhole(to.addresses, family));
}

function isWhole(addresses: IpSet, family: Family): boolean {
  return countIp(addresses, [family]) === (family === 4 ? 1n << 32n : 1n << 128n);
}
