import { compareIp, type IpAddress } from "../../core/net/ip.ts";
import { canonicalName } from "../../core/net/name-pattern.ts";
import { compareOwners, compareText } from "./edge-builder.ts";
import { earlier } from "./edge-sums.ts";
import type { NameEvidence } from "./harvest.ts";
import type { EdgeOwner } from "./source-resolver.ts";

/** Names of one edge beyond this are left to the evidence list. */
const maxNamesPerEdge = 32;
/**
 * What can be a host name; anything else is not believed, and must not reach a policy. An address is no name: no top-level
 * domain is a number.
 */
const hostName = /^(?=.{1,253}$)(?!(?:.*\.)?[0-9]+$)[a-z0-9_](?:[-a-z0-9_]{0,62})(?:\.[a-z0-9_][-a-z0-9_]{0,62})*$/;
const none: readonly string[] = [];

interface Counted {
  readonly name: string;
  readonly address: IpAddress;
  readonly owner: EdgeOwner;
  readonly from: NameEvidence["from"];
  count: number;
  first: number;
  last: number;
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

  /** `first` and `last` one higher, 0 for unknown, as the tables keep them. */
  add(
    text: string,
    ownerId: number,
    owner: EdgeOwner,
    addressId: number,
    address: IpAddress,
    isAnswer: boolean,
    sums: { readonly count: number; readonly first: number; readonly last: number },
  ): void {
    const name = canonicalName(text);
    if (!hostName.test(name)) return;
    const edge = `${ownerId} ${address.family} ${addressId}`;
    const key = `${edge} ${isAnswer} ${name}`;
    const known = this.evidence.get(key);
    if (known === undefined && this.evidence.size >= this.limit) {
      this.overflow += sums.count;
    } else if (known === undefined) {
      this.evidence.set(key, { name, address, owner, from: isAnswer ? "dns-answer" : "flow", ...sums });
      const names = this.byEdge.get(edge) ?? new Set();
      names.add(name);
      this.byEdge.set(edge, names);
    } else {
      known.count += sums.count;
      known.first = earlier(known.first, sums.first);
      known.last = Math.max(known.last, sums.last);
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
      .map(({ name, address, owner, from, count, first, last }) => ({
        name,
        address,
        namespace: owner.namespace,
        workload: owner.workload,
        from,
        count,
        firstSeenMs: first === 0 ? undefined : first - 1,
        lastSeenMs: last === 0 ? undefined : last - 1,
      }));
  }
}
