import type { IpAddress } from "../../../core/net/ip.ts";
import { canonicalName } from "../../../core/net/name-pattern.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import { addressKey, type AddressKey } from "../services/address-key.ts";

/** What all answers of a recording together say about one name. */
export interface NameRecord {
  /**
   * Chance that another answer of the same time holds an address that one answer held: 1 for a name that always answers with
   * all its addresses, near 0 for one that gives a few of thousands. Undefined where too few answers were recorded.
   */
  readonly completeness: number | undefined;
  /** The smallest time to live of any answer. */
  readonly ttlSeconds: number | undefined;
}

/** An address that answers held, and since when. */
export interface AnsweredAddress {
  readonly address: IpAddress;
  readonly firstSeenMs: number | undefined;
}

/** Answers by name and by address, so that each service finds its own quickly. */
export interface NameBook {
  record(name: string): NameRecord;
  /** Names with evidence that they stood for the address, canonical, sorted; what a policy's proof will resolve by. */
  namesAt(address: IpAddress): readonly string[];
  /** What pods of the namespace were told for the name, connected to or not; each address of one asker once. */
  answered(name: string, namespace: string): readonly AnsweredAddress[];
  /** The content network that the name's answers lead through by an alias; undefined where they tell none. */
  networkOf(name: string): ContentNetwork | undefined;
}

/** Many names of strangers behind the same addresses, as all answers of the cluster together show it. */
export interface ContentNetwork {
  /** What its aliases have in common: `edgekey.net`. */
  readonly name: string;
  /**
   * Addresses that pods of at least two namespaces were told: what a single namespace claims does not open anything for
   * others.
   */
  readonly addresses: readonly AnsweredAddress[];
}

export function nameBook(evidence: readonly NameEvidence[]): NameBook {
  const answers = new Map<string, NameEvidence[]>();
  const names = new Map<AddressKey, string[]>();
  let asWritten: string | undefined;
  let name = "";
  for (const one of evidence) {
    if (one.name !== asWritten) {
      asWritten = one.name;
      name = canonicalName(asWritten);
    }
    if (one.from === "dns-answer") push(answers, name, one);
    const key = addressKey(one.address);
    const known = names.get(key);
    if (known === undefined) names.set(key, [name]);
    // Evidence comes in order of names, so a name that is there already is the last one, or nearly always.
    else if (known.at(-1) !== name) known.push(name);
  }
  const byNamespace = new Map<string, ReadonlyMap<string, readonly NameEvidence[]>>();
  const records = new Map<string, NameRecord>();
  const networkNames = new Map<string, string>();
  for (const [own, given] of answers) {
    const one = given.find((answer) => networkName(answer) !== undefined);
    if (one !== undefined) networkNames.set(own, networkName(one)!);
  }
  const byNetwork = new Map<string, NameEvidence[]>();
  for (const [own, network] of networkNames) for (const one of answers.get(own)!) push(byNetwork, network, one);
  const networks = new Map<string, ContentNetwork>();
  return {
    record: (asked) => {
      let record = records.get(asked);
      if (record === undefined) records.set(asked, (record = recordOf(answers.get(asked) ?? [])));
      return record;
    },
    namesAt: (address) => {
      const known = names.get(addressKey(address)) ?? [];
      return known.length < 2 ? known : [...new Set(known)].sort((a, b) => (a < b ? -1 : 1));
    },
    networkOf: (asked) => {
      const network = networkNames.get(asked);
      if (network === undefined) return undefined;
      let known = networks.get(network);
      if (known === undefined) networks.set(network, (known = networkFrom(network, byNetwork.get(network)!)));
      return known;
    },
    answered: (asked, namespace) => {
      // Every namespace asks for the names that all use.
      let own = byNamespace.get(asked);
      if (own === undefined) {
        own = Map.groupBy(answers.get(asked) ?? [], (one) => one.namespace);
        byNamespace.set(asked, own);
      }
      return own.get(namespace) ?? [];
    },
  };
}

/** The last alias without what belongs to the name: `registry.example.com.edgekey.net` is `edgekey.net`. */
function networkName({ name, chain }: NameEvidence): string | undefined {
  const alias = chain.at(-1);
  if (alias === undefined) return undefined;
  const network = alias.startsWith(`${name}.`) ? alias.slice(name.length + 1) : alias.slice(alias.indexOf(".") + 1);
  return network.includes(".") ? network : undefined;
}

function networkFrom(name: string, evidence: readonly NameEvidence[]): ContentNetwork {
  const byAddress = Map.groupBy(evidence, ({ address }) => addressKey(address));
  const shared = [...byAddress.values()].filter((own) => new Set(own.map(({ namespace }) => namespace)).size > 1);
  return {
    name,
    addresses: shared.map((own) => {
      const times = own.flatMap(({ firstSeenMs }) => firstSeenMs ?? []);
      return {
        address: own[0]!.address,
        firstSeenMs: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)),
      };
    }),
  };
}

function recordOf(answered: readonly NameEvidence[]): NameRecord {
  const ttls = answered.flatMap(({ ttlSeconds }) => ttlSeconds ?? []);
  return {
    completeness: completenessOf(answered),
    ttlSeconds: ttls.length === 0 ? undefined : ttls.reduce((a, b) => Math.min(a, b)),
  };
}

/** With fewer answers nothing is said. */
const fewAnswers = 5;
/** Length of time that an address counts as having been in answers when it was in one, so that a rate can be given. */
const shortestSpanMs = 3_600_000;

/**
 * Addresses of one answer come at one moment, and the evidence keeps the first and the last moment of each address. So those
 * that share the first of all, or the last of all, are a workload's first and last answer: two answers whose size is known
 * exactly. All counts together, by that size, are the number of answers; an address that was in all of those between its
 * own first and last moment is complete, one that was in few of them is not.
 */
function completenessOf(answered: readonly NameEvidence[]): number | undefined {
  let held = 0;
  let all = 0;
  for (const own of byAsker(answered)) {
    let [first, last, counts] = [Infinity, -Infinity, 0];
    for (const { firstSeenMs, lastSeenMs, count } of own) {
      if (firstSeenMs !== undefined && firstSeenMs < first) first = firstSeenMs;
      if (lastSeenMs !== undefined && lastSeenMs > last) last = lastSeenMs;
      counts += count;
    }
    if (first === Infinity || last === -Infinity) continue;
    let inEither = 0;
    for (const { firstSeenMs, lastSeenMs } of own) {
      if (firstSeenMs === first) inEither += 1;
      if (lastSeenMs === last) inEither += 1;
    }
    const answers = counts / (inEither / 2);
    if (answers < fewAnswers) continue;
    const perMs = answers / Math.max(last - first, shortestSpanMs);
    for (const { count, firstSeenMs = first, lastSeenMs = last } of own) {
      const spanMs = Math.max(lastSeenMs - firstSeenMs, shortestSpanMs);
      all += count;
      held += count * Math.min(1, count / (perMs * spanMs));
    }
  }
  return all === 0 ? undefined : held / all;
}

/** By who asked, and by family: a resolver asks for each on its own. Maps in maps, because there are millions of them. */
function byAsker(answered: readonly NameEvidence[]): readonly (readonly NameEvidence[])[] {
  const groups: NameEvidence[][] = [];
  const known = new Map<string, Map<string, Map<string, NameEvidence[]>>>();
  for (const one of answered) {
    const { cluster, namespace, workload, address } = one;
    const byName = within(within(known, namespace), workload.name);
    const key = address.family === 4 ? workload.kind : `${workload.kind} 6`;
    const whole = cluster === "" ? key : `${key} ${cluster}`;
    const group = byName.get(whole);
    if (group !== undefined) group.push(one);
    else {
      const own = [one];
      byName.set(whole, own);
      groups.push(own);
    }
  }
  return groups;
}

function within<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let inner = map.get(key);
  if (inner === undefined) map.set(key, (inner = new Map<string, V>()));
  return inner;
}

function push<V>(map: Map<string, V[]>, key: string, value: V): void {
  const known = map.get(key);
  if (known === undefined) map.set(key, [value]);
  else known.push(value);
}
