import { type Cidr, cidrAround, formatCidr } from "../../../core/net/ip-set.ts";
import { familyBits, formatIp, type IpAddress } from "../../../core/net/ip.ts";
import type { Edge } from "../../flows/edge.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import type { RangeGroup } from "../knowledge/knowledge.ts";
import { isTenantSpace } from "../knowledge/tenant-space.ts";
import { type AddressKey, addressKey } from "./address-key.ts";
import { neighbourhoods } from "./neighbourhoods.ts";
import { formatPorts, portsOf } from "./port-list.ts";
import type { Service } from "./service-use.ts";

/** A service and its edges, in harvest order. */
export interface Grouped {
  readonly service: Omit<Service, "owner">;
  readonly names: readonly string[];
  readonly edges: readonly Edge[];
}

/** An address with more ports than this is alone: whatever it is, it is not one of a pool. */
const mostPorts = 8;

/** One address, or a block that the record named. */
interface Target {
  readonly address: IpAddress;
  readonly block: Cidr;
  readonly edges: Edge[];
}

/**
 * Nameless edges by what their addresses have in common, the first that applies:
 *
 * 1. the organisation's own range, and the same ports: a range holds many services;
 * 2. the smallest published group, unless it is room that the provider rents out;
 * 3. the same ports and neighbourhood ({@link neighbourhoods}). Blocks that the record named stay as they are.
 */
export function groupAddresses(edges: readonly Edge[], knowledge: KnowledgeIndex): readonly Grouped[] {
  const groups = new Map<string, { service: Grouped["service"]; edges: Edge[] }>();
  const put = (service: Grouped["service"], own: readonly Edge[]): void => {
    const known = groups.get(service.id);
    if (known === undefined) groups.set(service.id, { service, edges: [...own] });
    else for (const edge of own) known.edges.push(edge);
  };
  const loose = new Map<string, Target[]>();
  for (const target of targetsOf(edges)) {
    const { address, block, edges: own } = target;
    const ports = formatPorts(portsOf(own));
    const isBlock = block.prefixLength !== familyBits[block.family];
    const range = isBlock ? undefined : knowledge.onPremisesOf(address);
    const group = isBlock ? undefined : ownGroup(address, knowledge);
    if (range !== undefined) {
      const id = `on-premises:${range.title} ${ports}`;
      put({ id, title: `${range.title}, ${ports}`, by: "on-premises", catalogue: undefined }, own);
    } else if (group !== undefined) {
      put({ id: publishedId(group), title: publishedTitle(group), by: "published", catalogue: undefined }, own);
    } else if (isBlock || portsOf(own).length > mostPorts) {
      put(addressService(block, [target], isBlock ? ports : "many ports"), own);
    } else {
      const alike = loose.get(ports);
      if (alike === undefined) loose.set(ports, [target]);
      else alike.push(target);
    }
  }
  for (const [ports, targets] of loose) {
    for (const { block, members } of neighbourhoods(targets)) {
      put(
        addressService(block, members, ports),
        members.flatMap((target) => target.edges),
      );
    }
  }
  const place = new Map(edges.map((edge, at) => [edge, at]));
  return [...groups.values()].map(({ service, edges: own }) => ({
    service,
    names: [],
    edges: own.toSorted((a, b) => place.get(a)! - place.get(b)!),
  }));
}

function targetsOf(edges: readonly Edge[]): Iterable<Target> {
  const targets = new Map<AddressKey, Target>();
  for (const edge of edges) {
    const { address, prefixLength } = edge;
    const key = prefixLength === undefined ? addressKey(address) : `${addressKey(address)}/${prefixLength}`;
    const known = targets.get(key);
    if (known !== undefined) known.edges.push(edge);
    else {
      const block = cidrAround(address, prefixLength ?? familyBits[address.family]);
      targets.set(key, { address, block, edges: [edge] });
    }
  }
  return targets.values();
}

function ownGroup(address: IpAddress, knowledge: KnowledgeIndex): RangeGroup | undefined {
  const [smallest] = knowledge.publishedHolding(address);
  return smallest === undefined || isTenantSpace(smallest) ? undefined : smallest;
}

function publishedId({ provider, service, region }: RangeGroup): string {
  const parts = [provider, service, region].filter((part) => part !== "");
  return `published:${parts.map((part) => part.toLowerCase().replaceAll(" ", "-")).join("/")}`;
}

function publishedTitle({ provider, service, region }: RangeGroup): string {
  const what = service === "" ? provider : `${provider} ${service}`;
  return region === "" ? what : `${what} in ${region}`;
}

function addressService(block: Cidr, targets: readonly Target[], ports: string): Grouped["service"] {
  const [first] = targets;
  const isSingle = targets.length === 1 && first !== undefined;
  const single = isSingle && first.block.prefixLength === familyBits[first.block.family];
  const title = single
    ? formatIp(first.address)
    : isSingle
      ? formatCidr(first.block)
      : `${targets.length} addresses in ${formatCidr(block)}`;
  return { id: `block:${formatCidr(block)} ${ports}`, title, by: "address", catalogue: undefined };
}
