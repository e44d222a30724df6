import { type Cidr, cidrAround, containsIp, formatCidr, ipSetOf, parseCidr } from "../../core/net/ip-set.ts";
import { type Family, familyBits, type IpAddress } from "../../core/net/ip.ts";
import type { PodBlocksSnapshot } from "./pod-blocks.ts";

export interface InferredNetworks {
  readonly pods: readonly Cidr[];
  readonly services: readonly Cidr[];
  /** One clause per network, saying what it was inferred from. */
  readonly reasons: readonly string[];
}

function block(text: string): Cidr {
  const cidr = parseCidr(text);
  if (!cidr.ok) throw new Error(cidr.error.message);
  return cidr.value;
}

/** What an OpenShift installation uses unless told otherwise. */
const openShift = {
  pods: { 4: block("10.128.0.0/14"), 6: block("fd01::/48") },
  services: { 4: block("172.30.0.0/16"), 6: block("fd02::/112") },
} as const;

/** A wider cover than this would swallow private networks that are really outside. */
const widestCover = { 4: 12, 6: 48 } as const;

/**
 * The networks of the cluster from the addresses that pods and services were seen with: OpenShift's defaults when all
 * of them fit, else the smallest block that covers them. Rather too small than too large: an inside address taken for
 * outside costs a useless rule, an outside address taken for inside would cost a connection. Pod networks or service
 * networks that are known already are not inferred, and the other ones are.
 */
export function inferNetworks(
  blocks: PodBlocksSnapshot,
  known: { readonly pods: readonly Cidr[]; readonly services: readonly Cidr[] } = { pods: [], services: [] },
): InferredNetworks {
  const reasons: string[] = [];
  const seen = {
    pods: { 4: v4Addresses(blocks.pods), 6: v6Addresses(blocks.pods6) },
    services: { 4: v4Addresses(blocks.services), 6: v6Addresses(blocks.services6) },
  };
  const found = { pods: [] as Cidr[], services: [] as Cidr[] };
  for (const family of [4, 6] as const) {
    for (const role of ["pods", "services"] as const) {
      const addresses = seen[role][family];
      const usual = openShift[role][family];
      if (known[role].length > 0) continue;
      const usualPods = openShift.pods[family];
      const hasUsualPods = [...known.pods, ...found.pods].some((cidr) => formatCidr(cidr) === formatCidr(usualPods));
      if (addresses.length === 0 && (role === "pods" || !hasUsualPods)) continue;
      if (addresses.every((address) => containsIp(ipSetOf(usual), address))) {
        found[role].push(usual);
        const because = addresses.length === 0 ? "OpenShift's default beside its pod network" : "OpenShift's default";
        reasons.push(`${role} in \`${formatCidr(usual)}\` (${because})`);
        continue;
      }
      for (const cidr of cover(family, addresses)) {
        found[role].push(cidr);
        reasons.push(`${role} in \`${formatCidr(cidr)}\` (addresses of ${role} in the flows)`);
      }
    }
  }
  return { ...found, reasons };
}

function v4Addresses(blocks: Iterable<number>): IpAddress[] {
  return [...blocks].map((upper) => ({ family: 4, value: BigInt(upper) << 8n }));
}

function v6Addresses(blocks: readonly string[]): IpAddress[] {
  return blocks.map((upper) => ({ family: 6, value: BigInt(`0x${upper}`) << 64n }));
}

/** One block around all when it is narrow enough, else one per widest block. */
function cover(family: Family, addresses: readonly IpAddress[]): readonly Cidr[] {
  const groups = Map.groupBy(addresses, (address) => formatCidr(cidrAround(address, widestCover[family])));
  return [...groups.values()].map((group) => {
    const finest = family === 4 ? 24 : 64;
    for (let length = finest; ; length -= 1) {
      const around = cidrAround(group[0]!, length);
      const hostBits = BigInt(familyBits[family] - length);
      if (group.every(({ value }) => value >> hostBits === around.first >> hostBits)) return around;
    }
  });
}
