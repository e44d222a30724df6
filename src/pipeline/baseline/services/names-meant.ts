import { canonicalName } from "../../../core/net/name-pattern.ts";
import type { Edge } from "../../flows/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import { type AddressKey, addressKey } from "./address-key.ts";
import { believer } from "./claim.ts";
import { isUsableName } from "./usable-name.ts";

/** Which names the traffic of an edge was for. */
export interface NamesMeant {
  readonly name: string;
  /** Names with evidence as good as that of `name`, sorted: the same address may serve several. */
  readonly also: readonly string[];
}

/** An answer is used by connections up to this long after it, whatever its TTL: pools and runtimes keep addresses. */
const keepsAnswerMs = 3_600_000;

/**
 * The name that each edge of one namespace was meant for; edges without any are left out. The strongest evidence there is
 * decides, in this order:
 *
 * 1. what the workload's own clients asked for in TLS at this address, if it is to be believed ({@link believer});
 * 2. what the source itself said of the workload's flows to it;
 * 3. answers with this address to the same workload, not much older than the flows;
 * 4. other answers with it to the same workload;
 * 5. any of these for other workloads of the namespace.
 *
 * Of several names with equal evidence, the one that explains most of the namespace's addresses is taken, so that few names
 * cover many; then the shorter, then the first by text. Evidence of other namespaces never counts.
 */
export function namesMeant(
  edges: readonly Edge[],
  evidence: readonly NameEvidence[],
  knowledge: KnowledgeIndex,
): ReadonlyMap<Edge, NamesMeant> {
  const { places, lists } = candidates(edges, evidence, knowledge);
  const explains = addressesByName(places, lists);
  const meant = new Map<Edge, NamesMeant>();
  const chosen = new Map<readonly string[], NamesMeant>();
  for (const [i, edge] of edges.entries()) {
    const names = lists[i];
    if (names === undefined) continue;
    let choice = chosen.get(names);
    if (choice === undefined) {
      const name = names.toSorted(
        (a, b) => explains.get(b)!.size - explains.get(a)!.size || a.length - b.length || (a < b ? -1 : 1),
      )[0]!;
      choice = { name, also: names.filter((other) => other !== name).toSorted() };
      chosen.set(names, choice);
    }
    meant.set(edge, choice);
  }
  return meant;
}

/** What is known of one address. */
interface Place {
  readonly evidence: NameEvidence[];
  /** Names that a client claimed for it and is not believed. */
  denied: Set<string> | undefined;
  /** What flows of any workload to it carry; filled in only where an edge has nothing better. */
  carried: Set<string> | undefined;
}

interface Candidates {
  /** One per edge; undefined for edges that name blocks. */
  readonly places: readonly (Place | undefined)[];
  /** One per edge, undefined for none; equal lists are one, so that the choice between their names is made once. */
  readonly lists: readonly (readonly string[] | undefined)[];
}

function candidates(edges: readonly Edge[], evidence: readonly NameEvidence[], knowledge: KnowledgeIndex): Candidates {
  const namespace = edges[0]?.namespace;
  const known = new Map<AddressKey, Place>();
  const places = edges.map(({ address, prefixLength }): Place | undefined => {
    if (prefixLength !== undefined) return undefined;
    const key = addressKey(address);
    let place = known.get(key);
    if (place === undefined) known.set(key, (place = { evidence: [], denied: undefined, carried: undefined }));
    return place;
  });
  const isUsable = remembered(isUsableName);
  const own = evidence.filter((each) => each.namespace === namespace);
  const isBelieved = believer(own, knowledge);
  for (const each of own) {
    const place = known.get(addressKey(each.address));
    if (place === undefined) continue;
    if (each.from === "tls-sni" && !isBelieved(each)) (place.denied ??= new Set<string>()).add(each.name);
    else if (isUsable(each.name)) place.evidence.push(each);
  }
  const interned = new Map<string, readonly string[]>();
  const intern = (names: string[]): readonly string[] => {
    const text = names.length === 1 ? names[0]! : names.sort().join(" ");
    let list = interned.get(text);
    if (list === undefined) interned.set(text, (list = names));
    return list;
  };
  const lists = edges.map((edge, i) => {
    const place = places[i];
    if (place === undefined) return undefined;
    const names = strongest(edge, place, isUsable);
    if (names.length > 0) return intern(names);
    place.carried ??= new Set<string>();
    return undefined;
  });
  // What some flows carry counts for other workloads too, where no evidence says who told it.
  for (const [i, { names }] of edges.entries()) for (const name of names) places[i]?.carried?.add(canonicalName(name));
  return {
    places,
    lists: lists.map((list, i) => {
      const place = places[i];
      if (list !== undefined || place === undefined) return list;
      const names = [...place.carried!].filter((name) => isUsable(name) && place.denied?.has(name) !== true);
      return names.length === 0 ? undefined : intern(names);
    }),
  };
}

/** Names with the best evidence that this edge was meant for them, each once and in no order. */
function strongest(edge: Edge, { evidence: known, denied }: Place, isUsable: (name: string) => boolean): string[] {
  const { workload } = edge;
  const carries = edge.names.length > 0;
  const names: string[] = [];
  const told: string[] = [];
  let best = Number.POSITIVE_INFINITY;
  const note = (name: string, tier: number): void => {
    if (tier > best) return;
    if (tier < best) names.length = 0;
    best = tier;
    // Evidence is sorted by name, so equal ones mostly stand together.
    if (names.at(-1) !== name) names.push(name);
  };
  for (const evidence of known) {
    const { name, from } = evidence;
    const by = evidence.workload;
    const isOwn = by === workload || (by.name === workload.name && by.kind === workload.kind);
    if (isOwn && carries && told.at(-1) !== name) told.push(name);
    if (!isOwn) note(name, 5);
    else if (from === "tls-sni") note(name, 1);
    else if (from === "flow") note(name, 2);
    else note(name, isClose(edge, evidence) ? 3 : 4);
  }
  // Names that the edge carries and no evidence explains are the source's own.
  for (const text of edge.names) {
    const name = canonicalName(text);
    if (!told.includes(name) && isUsable(name) && denied?.has(name) !== true) note(name, 2);
  }
  return names.length > 1 ? [...new Set(names)] : names;
}

/** Unknown times are close to everything. */
function isClose({ firstSeenMs, lastSeenMs }: Edge, evidence: NameEvidence): boolean {
  const { firstSeenMs: answeredMs, lastSeenMs: lastAnsweredMs, ttlSeconds = 0 } = evidence;
  if (firstSeenMs === undefined || lastSeenMs === undefined) return true;
  if (answeredMs === undefined || lastAnsweredMs === undefined) return true;
  const heldMs = Math.max(keepsAnswerMs, ttlSeconds * 1000);
  return answeredMs - keepsAnswerMs <= lastSeenMs && firstSeenMs <= lastAnsweredMs + heldMs;
}

/** For names that stand beside others in some list: nobody asks about those that never do. */
function addressesByName(
  places: Candidates["places"],
  lists: Candidates["lists"],
): ReadonlyMap<string, ReadonlySet<Place>> {
  const explains = new Map<string, Set<Place>>();
  for (const names of new Set(lists))
    if (names !== undefined && names.length > 1) for (const name of names) explains.set(name, new Set());
  if (explains.size === 0) return explains;
  for (const [i, names = []] of lists.entries()) for (const name of names) explains.get(name)?.add(places[i]!);
  return explains;
}

function remembered(ask: (name: string) => boolean): (name: string) => boolean {
  const answers = new Map<string, boolean>();
  return (name) => {
    let answer = answers.get(name);
    if (answer === undefined) {
      answer = ask(name);
      answers.set(name, answer);
    }
    return answer;
  };
}
