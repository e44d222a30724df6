import { contains, union } from "../../core/net/interval-set.ts";
import { containsIp, countIp, type IpSet, ipSetKey, ipSetOfAll, unionIp } from "../../core/net/ip-set.ts";
import { countL4, l4Point, type L4Set } from "../../core/net/l4.ts";
import { log2 } from "../../core/policy/exposure.ts";
import type { OpenRegion, Opener } from "../../core/policy/open-regions.ts";
import type { Edge } from "../flows/edge.ts";
import { blockOf } from "../suggest/needs.ts";

/** What one rule allows beyond what was recorded: the same addresses on all of the ports. */
export interface Beyond {
  readonly by: Opener;
  readonly addresses: IpSet;
  readonly l4: L4Set;
  readonly addressCount: bigint;
  /** Addresses of it that recorded traffic used. */
  readonly seenCount: bigint;
  /** log2 of the address and port pairs that nobody was seen to use. */
  readonly unusedPairs: number;
}

/**
 * What policies allow and nobody was seen to use, largest first. Told by the rule of the firewall where there is one, else
 * by that of the network policies; parts of one rule that lie side by side are told together.
 */
export function beyondRecorded(regions: readonly OpenRegion[], edges: readonly Edge[]): readonly Beyond[] {
  return joined(regions)
    .flatMap((region): readonly Beyond[] => {
      const { by, addresses, l4 } = region;
      const inside = edges.filter(
        (edge) => containsIp(addresses, edge.address) && contains(l4, l4Point(edge.protocol, edge.port)),
      );
      const seen = ipSetOfAll(inside.map(blockOf));
      const pairs = new Map(inside.map((edge) => [pairKey(edge), countIp(ipSetOfAll([blockOf(edge)]))]));
      const used = [...pairs.values()].reduce((sum, own) => sum + own, 0n);
      const addressCount = countIp(addresses);
      const unusedPairs = log2(addressCount * BigInt(countL4(l4)) - used);
      if (unusedPairs === undefined) return [];
      return [{ by, addresses, l4, addressCount, seenCount: countIp(seen), unusedPairs }];
    })
    .toSorted((a, b) => b.unusedPairs - a.unusedPairs);
}

function pairKey({ address, prefixLength, protocol, port }: Edge): string {
  return `${address.family} ${address.value} ${prefixLength ?? ""} ${protocol} ${port}`;
}

type Joined = Pick<Beyond, "by" | "addresses" | "l4">;

/** Regions of one opener with the same ports are one, and then those with the same addresses. */
function joined(regions: readonly OpenRegion[]): readonly Joined[] {
  const byPorts = new Map<string, Joined>();
  for (const { addresses, l4, firewall, networkPolicy } of regions) {
    const by = firewall ?? networkPolicy ?? wideOpen;
    const key = `${openerKey(by)} ${l4.map(({ first, last }) => `${first}-${last}`).join()}`;
    const known = byPorts.get(key);
    byPorts.set(key, { by, l4, addresses: known === undefined ? addresses : unionIp(known.addresses, addresses) });
  }
  const byAddresses = new Map<string, Joined>();
  for (const region of byPorts.values()) {
    const key = `${openerKey(region.by)} ${ipSetKey(region.addresses)}`;
    const known = byAddresses.get(key);
    byAddresses.set(key, known === undefined ? region : { ...region, l4: union(known.l4, region.l4) });
  }
  return [...byAddresses.values()];
}

export const wideOpen: Opener = { policy: undefined, rule: "otherwise", text: "no policy applies", to: undefined };

function openerKey({ policy, rule }: Opener): string {
  return `${policy?.kind ?? ""} ${policy?.namespace ?? ""} ${policy?.name ?? ""} ${rule}`;
}
