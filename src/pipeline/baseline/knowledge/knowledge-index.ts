import { type Cidr, lastOf } from "../../../core/net/ip-set.ts";
import type { Family, IpAddress } from "../../../core/net/ip.ts";
import type { Port } from "../port.ts";
import { BlockIndex } from "./block-index.ts";
import type {
  AddressOwner,
  CatalogueService,
  Knowledge,
  NamedRanges,
  Origin,
  RangeGroup,
  ThreatFeed,
} from "./knowledge.ts";
import { NameIndex } from "./name-index.ts";
import { mayBeOneOwners } from "./one-owner.ts";

/** Why a destination is on a threat feed. */
export interface FeedHit {
  readonly feed: ThreatFeed;
  readonly entry: ThreatFeed["entries"][number];
}

/** Answers about destinations, each O(log of what is known). */
export interface KnowledgeIndex {
  readonly knowledge: Knowledge;
  /** The smallest block of any feed that holds the address. */
  feedHit(address: IpAddress): FeedHit | undefined;
  /**
   * `name` in canonical form. Hosts of well-known services are no hits: feeds list pages that strangers put on them, and those
   * hosts are not what is malicious. Names that such a service gives to its customers (a bucket, a site) are hits as any other.
   */
  feedHitOfName(name: string): FeedHit | undefined;
  /** Published groups that hold the address, smallest first. */
  publishedHolding(address: IpAddress): readonly RangeGroup[];
  /** Published groups that hold every one of them, smallest first; empty for no addresses. */
  publishedHoldingAll(addresses: Iterable<IpAddress>): readonly RangeGroup[];
  /** Where a published group was read, and as of when. */
  originOf(group: RangeGroup): Origin | undefined;
  /** The organisation's own range with the smallest block around the address. */
  onPremisesOf(address: IpAddress): NamedRanges | undefined;
  ownerOf(address: IpAddress): AddressOwner | undefined;
  /** The most specific service that has the name, and the port where one is asked about and the service has a list of them. */
  serviceOfName(name: string, port?: Port): CatalogueService | undefined;
}

export function indexKnowledge(knowledge: Knowledge): KnowledgeIndex {
  const { published, feeds, onPremises, catalogue, owners } = knowledge;
  const groups = published.flatMap((list) => list.groups);
  const origins = new Map(published.flatMap((list) => list.groups.map((group) => [group, list] as const)));
  const ranks = ranksOf(groups);
  const groupsByBlock = new BlockIndex(groups.flatMap((value) => value.cidrs.map((cidr) => ({ cidr, value }))));
  const ordered = new WeakMap<readonly RangeGroup[], readonly RangeGroup[]>();
  const onPremisesByBlock = new BlockIndex(onPremises.flatMap((value) => value.cidrs.map((cidr) => ({ cidr, value }))));
  const hits = feeds.flatMap((feed) => feed.entries.map((entry) => ({ feed, entry })));
  const hitsByBlock = new BlockIndex(
    hits.flatMap((value) => (value.entry.to.kind === "block" ? [{ cidr: value.entry.to.cidr, value }] : [])),
  );
  const hitsByName = new NameIndex(
    hits.flatMap((value) => (value.entry.to.kind === "name" ? [{ pattern: value.entry.to.pattern, value }] : [])),
  );
  const services = new NameIndex(catalogue.flatMap((value) => value.patterns.map((pattern) => ({ pattern, value }))));

  const publishedHolding = (address: IpAddress): readonly RangeGroup[] => {
    const found = groupsByBlock.holding(address);
    const known = ordered.get(found);
    if (known !== undefined) return known;
    const sorted = [...new Set(found)].toSorted(
      (a, b) => ranks.get(a)![address.family] - ranks.get(b)![address.family],
    );
    ordered.set(found, sorted);
    return sorted;
  };
  const serviceOfName = (name: string, port?: Port): CatalogueService | undefined => {
    for (const service of services.matching(name)) if (port === undefined || usesPort(service, port)) return service;
    return undefined;
  };
  return {
    knowledge,
    publishedHolding,
    publishedHoldingAll: (addresses) => {
      let left: readonly RangeGroup[] | undefined;
      let family: Family = 6;
      for (const address of addresses) {
        if (address.family === 4) family = 4;
        const holding = publishedHolding(address);
        if (left === undefined) left = holding;
        else if (left !== holding) left = left.filter((group) => holding.includes(group));
        if (left.length === 0) return [];
      }
      return left?.toSorted((a, b) => ranks.get(a)![family] - ranks.get(b)![family]) ?? [];
    },
    originOf: (group) => origins.get(group),
    serviceOfName,
    feedHit: (address) => hitsByBlock.holding(address)[0],
    feedHitOfName: (name) => {
      const [hit] = hitsByName.matching(name);
      if (hit === undefined) return undefined;
      const service = serviceOfName(name);
      return service !== undefined && isHostOf(service, name) ? undefined : hit;
    },
    onPremisesOf: (address) => onPremisesByBlock.holding(address)[0],
    ownerOf: (address) => owners?.ownerOf(address),
  };
}

function usesPort({ ports }: CatalogueService, { protocol, port }: Port): boolean {
  return ports.length === 0 || ports.some((own) => own.port === port && own.protocol === protocol);
}

/** Whether the service itself answers at the name, and not one of its customers, whoever that may be. */
function isHostOf({ patterns, grouping = "tenants" }: CatalogueService, name: string): boolean {
  if (patterns.some((pattern) => pattern.kind === "exact" && pattern.name === name)) return true;
  return grouping !== "tenants" && mayBeOneOwners(name.slice(name.indexOf(".") + 1));
}

/** Place of each group in the order of size, per family; equal sizes in order of their text. */
function ranksOf(groups: readonly RangeGroup[]): ReadonlyMap<RangeGroup, { readonly 4: number; readonly 6: number }> {
  const sized = groups.map((group) => ({ group, 4: sizeOf(group, 4), 6: sizeOf(group, 6), text: textOf(group) }));
  const place = (family: 4 | 6): ReadonlyMap<RangeGroup, number> => {
    const sorted = sized.toSorted((a, b) => compare(a[family], b[family]) || compare(a.text, b.text));
    return new Map(sorted.map(({ group }, at) => [group, at]));
  };
  const [v4, v6] = [place(4), place(6)];
  return new Map(groups.map((group) => [group, { 4: v4.get(group)!, 6: v6.get(group)! }]));
}

function sizeOf({ cidrs }: RangeGroup, family: 4 | 6): bigint {
  const sizes = cidrs.filter((cidr) => cidr.family === family).map((cidr: Cidr) => lastOf(cidr) - cidr.first + 1n);
  return sizes.reduce((sum, size) => sum + size, 0n);
}

function textOf({ provider, service, region }: RangeGroup): string {
  return `${provider}\n${service}\n${region}`;
}

function compare<T extends bigint | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
