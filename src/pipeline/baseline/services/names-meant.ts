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
  const namesOf = candidates(edges, evidence, knowledge);
  const explains = addressesByName(namesOf);
  const meant = new Map<Edge, NamesMeant>();
  const chosen = new Map<readonly string[], NamesMeant>();
  for (const [edge, names] of namesOf) {
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

function candidates(
  edges: readonly Edge[],
  evidence: readonly NameEvidence[],
  knowledge: KnowledgeIndex,
): ReadonlyMap<Edge, readonly string[]> {
  const namespace = edges[0]?.namespace;
  const known = new Map<AddressKey, NameEvidence[]>();
  const carried = new Map<AddressKey, Set<string>>();
  for (const { address, prefixLength, names } of edges) {
    if (prefixLength !== undefined) continue;
    const key = addressKey(address);
    if (!known.has(key)) known.set(key, []);
    if (names.length === 0) continue;
    // What some flows carry counts for other workloads too, where no evidence says who told it.
    let all = carried.get(key);
    if (all === undefined) carried.set(key, (all = new Set<string>()));
    for (const name of names) all.add(canonicalName(name));
  }
  const isUsable = remembered(isUsableName);
  const own = evidence.filter((each) => each.namespace === namespace);
  const isBelieved = believer(own, knowledge);
  const denied = new Map<AddressKey, Set<string>>();
  for (const each of own) {
    const key = addressKey(each.address);
    if (each.from === "tls-sni" && !isBelieved(each)) {
      const names = denied.get(key);
      if (names === undefined) denied.set(key, new Set([each.name]));
      else names.add(each.name);
    } else if (isUsable(each.name)) known.get(key)?.push(each);
  }
  const found = new Map<Edge, readonly string[]>();
  const lists = new Map<string, readonly string[]>();
  for (const edge of edges) {
    if (edge.prefixLength !== undefined) continue;
    const key = addressKey(edge.address);
    const deniedHere = denied.get(key);
    const isMeant = (name: string): boolean => isUsable(name) && deniedHere?.has(name) !== true;
    const names = strongest(edge, known.get(key)!, carried.get(key), isMeant);
    if (names.length === 0) continue;
    const text = names.length === 1 ? names[0]! : names.sort().join(" ");
    // Equal lists are one, so that the choice between them is made once.
    let list = lists.get(text);
    if (list === undefined) lists.set(text, (list = names));
    found.set(edge, list);
  }
  return found;
}

/**
 * Each name once, in no order: an address has few.
 * @param carried what flows of any workload to the address carry; a name that is denied there is in no list
 */
function strongest(
  edge: Edge,
  known: readonly NameEvidence[],
  carried: ReadonlySet<string> | undefined,
  isMeant: (name: string) => boolean,
): string[] {
  if (known.length === 0 && carried === undefined) return [];
  const { kind, name: workload } = edge.workload;
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
    const isOwn =
      evidence.workload === edge.workload || (evidence.workload.name === workload && evidence.workload.kind === kind);
    if (isOwn && edge.names.length > 0 && told.at(-1) !== name) told.push(name);
    if (!isOwn) note(name, 5);
    else if (from === "tls-sni") note(name, 1);
    else if (from === "flow") note(name, 2);
    else note(name, isClose(edge, evidence) ? 3 : 4);
  }
  // Names that the edge carries and no evidence explains are the source's own.
  for (const text of edge.names) {
    const name = canonicalName(text);
    if (!told.includes(name) && isMeant(name)) note(name, 2);
  }
  if (names.length > 1) return [...new Set(names)];
  return names.length === 1 || carried === undefined ? names : [...carried].filter(isMeant);
}

/** Unknown times are close to everything. */
function isClose({ firstSeenMs, lastSeenMs }: Edge, evidence: NameEvidence): boolean {
  const { firstSeenMs: answeredMs, lastSeenMs: lastAnsweredMs, ttlSeconds = 0 } = evidence;
  if (firstSeenMs === undefined || lastSeenMs === undefined) return true;
  if (answeredMs === undefined || lastAnsweredMs === undefined) return true;
  const heldMs = Math.max(keepsAnswerMs, ttlSeconds * 1000);
  return answeredMs - keepsAnswerMs <= lastSeenMs && firstSeenMs <= lastAnsweredMs + heldMs;
}

function addressesByName(namesOf: ReadonlyMap<Edge, readonly string[]>): ReadonlyMap<string, ReadonlySet<AddressKey>> {
  const explains = new Map<string, Set<AddressKey>>();
  for (const [{ address }, names] of namesOf) {
    const key = addressKey(address);
    for (const name of names) {
      const addresses = explains.get(name);
      if (addresses === undefined) explains.set(name, new Set([key]));
      else addresses.add(key);
    }
  }
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
