import { compareIp, type IpAddress } from "../../core/net/ip.ts";
import { canonicalName } from "../../core/net/name-pattern.ts";
import { compareOwners, compareText } from "./edge-builder.ts";
import { earlier } from "./edge-sums.ts";
import type { NameEvidence } from "./harvest.ts";
import type { NameOrigin } from "./sealed-batch.ts";
import type { EdgeOwner } from "./source-resolver.ts";

/** Names of one edge beyond this are left to the evidence list. */
const maxNamesPerEdge = 32;
/**
 * What can be a host name; anything else is not believed, and must not reach a policy. An address is no name: no top-level
 * domain is a number.
 */
const hostName = /^(?=.{1,253}$)(?!(?:.*\.)?[0-9]+$)[a-z0-9_](?:[-a-z0-9_]{0,62})(?:\.[a-z0-9_][-a-z0-9_]{0,62})*$/;
const none: readonly string[] = [];

/** Whether a text in canonical form can be a host's name. */
export function isHostName(name: string): boolean {
  return hostName.test(name);
}

/** Under which numbers the evidence is kept, and whose it is. */
interface NamePlace {
  readonly ownerId: number;
  readonly owner: EdgeOwner;
  readonly addressId: number;
}

interface NameCounts {
  readonly count: number;
  /** These three one higher, 0 for unknown, as the tables keep them. */
  readonly first: number;
  readonly last: number;
  readonly ttl: number;
}

interface Counted {
  readonly name: string;
  readonly address: IpAddress;
  readonly owner: EdgeOwner;
  readonly from: NameOrigin;
  chain: readonly string[];
  /** When the chain was last given, one higher. */
  chainAt: number;
  count: number;
  first: number;
  last: number;
  ttl: number;
}

/** Name evidence of all workers, under final owners. */
export class NameLedger {
  private readonly evidence = new Map<string, Counted>();
  private readonly byEdge = new Map<string, Set<string>>();
  private readonly limit: number;
  /** Observations that found no room. */
  overflow = 0;

  constructor(limit: number) {
    this.limit = limit;
  }

  add(
    text: string,
    { ownerId, owner, addressId }: NamePlace,
    address: IpAddress,
    from: NameOrigin,
    aliases: readonly string[],
    sums: NameCounts,
  ): void {
    const name = canonicalName(text);
    if (!isHostName(name)) return;
    const chain = aliases.map(canonicalName).filter(isHostName);
    const edge = `${ownerId} ${address.family} ${addressId}`;
    const key = `${edge} ${from} ${name}`;
    const known = this.evidence.get(key);
    if (known === undefined && this.evidence.size >= this.limit) {
      this.overflow += sums.count;
    } else if (known === undefined) {
      this.evidence.set(key, { name, address, owner, from, chain, chainAt: sums.last, ...sums });
      const names = this.byEdge.get(edge) ?? new Set();
      names.add(name);
      this.byEdge.set(edge, names);
    } else {
      known.count += sums.count;
      known.first = earlier(known.first, sums.first);
      known.last = Math.max(known.last, sums.last);
      known.ttl = earlier(known.ttl, sums.ttl);
      // Whoever read which answer must not show: of two that came at once, the first by text.
      const isBefore = compareText(chain.join(" "), known.chain.join(" ")) < 0;
      if (sums.last > known.chainAt || (sums.last === known.chainAt && isBefore)) {
        known.chain = chain;
        known.chainAt = sums.last;
      }
    }
  }

  readonly namesOf = (owner: number, address: number, family: number): readonly string[] => {
    if (this.byEdge.size === 0) return none;
    const names = this.byEdge.get(`${owner} ${family} ${address}`);
    return names === undefined ? none : [...names].sort(compareText).slice(0, maxNamesPerEdge);
  };

  list(): NameEvidence[] {
    return [...this.evidence.values()]
      .sort(
        (a, b) =>
          compareText(a.name, b.name) ||
          compareIp(a.address, b.address) ||
          compareOwners(a.owner, b.owner) ||
          compareText(a.from, b.from),
      )
      .map(({ name, address, owner, from, chain, count, first, last, ttl }) => ({
        name,
        address,
        cluster: owner.cluster,
        namespace: owner.namespace,
        workload: owner.workload,
        from,
        chain,
        ttlSeconds: ttl === 0 ? undefined : ttl - 1,
        count,
        firstSeenMs: first === 0 ? undefined : first - 1,
        lastSeenMs: last === 0 ? undefined : last - 1,
      }));
  }
}
