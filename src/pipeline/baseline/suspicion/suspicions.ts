import { canonicalName } from "../../../core/net/name-pattern.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FlowWindow, NameEvidence } from "../../flows/harvest.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import { type AddressKey, addressKey } from "../services/address-key.ts";
import { begunAfter } from "./begun-after.ts";
import { type Compromise, compromiseOf, dayOfHour } from "./compromise.ts";
import { type Listing, listings } from "./listed.ts";
import { type Scan, scansOf } from "./scans.ts";
import { firstHourOf, hourMs, isBrief, isEmpty } from "./traffic-shape.ts";
import { isStrange, type Unexplained, unexplainedOf } from "./unexplained.ts";
import { byWorkload, runsToAnEnd, type WorkloadEdges } from "./workload-edges.ts";

export const suspicionReasons = [
  "threat-feed",
  "scan",
  "no-data",
  "after-compromise",
  "one-off",
  "unexplained",
] as const;
export type SuspicionReason = (typeof suspicionReasons)[number];

/** Why traffic that worked is set aside all the same. */
export interface Suspicion {
  readonly reason: SuspicionReason;
  /** One sentence: `it is listed by Feodo Tracker (2026-11-20) as C2 Emotet`. */
  readonly because: string;
}

export interface SuspicionContext {
  readonly knowledge: KnowledgeIndex;
  readonly nameEvidence: readonly NameEvidence[];
  readonly window: FlowWindow | undefined;
  /** N of 1-in-N packet sampling; 1 for none. */
  readonly sampling: number;
  /** Whether the edge leads to credentials that are not the workload's own. */
  readonly asksForCredentials: (edge: Edge) => boolean;
}

interface Judged {
  readonly own: WorkloadEdges;
  readonly scans: readonly Scan[];
  readonly compromise: Compromise | undefined;
  readonly begun: readonly Edge[];
  readonly unexplained: Unexplained;
}

/**
 * The edges that should not be learned, each with the first reason that holds: listed, part of a scan, never carried
 * anything, begun after a suspected compromise, nameless and once or new. The last three only where no other workload uses the
 * destination. Sources without times give only the first.
 */
export function suspicionsOf(edges: readonly Edge[], context: SuspicionContext): ReadonlyMap<Edge, Suspicion> {
  const found = new Map<Edge, Suspicion>();
  const isNamed = namedBy(edges, context);
  const listingOf = listings(context.knowledge, context.nameEvidence);
  const judged = byWorkload(edges).map((own) => judge(own, context, { isNamed, listingOf, found }));
  const shared = destinationsOfOthers(edges, judged);
  for (const { own, scans, compromise, begun, unexplained } of judged) {
    const put = (edge: Edge, reason: SuspicionReason, because: string): void => {
      if (!found.has(edge)) found.set(edge, { reason, because });
    };
    for (const { kind, tried, edges: tries } of scans) {
      const what = {
        addresses: "addresses on one port",
        ports: "ports of one address",
        doors: "ports of some machines",
      }[kind];
      for (const edge of tries)
        put(
          edge,
          "scan",
          `it is one of ${tried} ${what} that were tried ${context.sampling > 1 ? "in few packets" : "within a day"}`,
        );
    }
    for (const edge of own.edges) {
      if (isFailure(edge, own, context, isNamed)) put(edge, "no-data", "the connection never carried any data");
    }
    const isShared = (edge: Edge): boolean => shared.has(destinationKeys(edge), own, firstHourOf(edge) ?? Infinity);
    for (const edge of begun) {
      if (compromise === undefined || isShared(edge)) continue;
      const { sign, hour } = compromise;
      const who = formatWorkload(own.workload);
      put(edge, "after-compromise", `it began when ${who} ${sign} (${dayOfHour(hour)}), and nobody else uses it`);
    }
    for (const edge of unexplained.oneOffs) {
      if (isShared(edge)) continue;
      const hours = edge.activity.length === 1 ? "one hour" : "two hours";
      put(edge, "one-off", `it was seen in only ${hours}, has no name and no known owner, and nobody else uses it`);
    }
    for (const edge of unexplained.begun) {
      if (isShared(edge)) continue;
      const since = dayOfHour(firstHourOf(edge)!);
      put(edge, "unexplained", `it began on ${since}, has no name and no known owner, and nobody else uses it`);
    }
  }
  return found;
}

function judge(
  own: WorkloadEdges,
  context: SuspicionContext,
  shared: {
    readonly isNamed: (edge: Edge) => boolean;
    readonly listingOf: (edge: Edge) => Listing | undefined;
    readonly found: Map<Edge, Suspicion>;
  },
): Judged {
  const { isNamed, listingOf, found } = shared;
  const { knowledge, sampling, asksForCredentials } = context;
  const listed: Edge[] = [];
  for (const edge of own.edges) {
    const listing = listingOf(edge);
    if (listing === undefined) continue;
    found.set(edge, { reason: "threat-feed", because: listing.because });
    // A well-known service on a listed address says more about the list than about the workload.
    if (!edge.names.some((name) => knowledge.serviceOfName(canonicalName(name)) !== undefined)) listed.push(edge);
  }
  const scans = scansOf(own.edges, sampling);
  const compromise = compromiseOf(own.edges, { listed, scans, credentials: own.edges.filter(asksForCredentials) });
  const begun = compromise === undefined ? [] : begunAfter(own.edges, compromise.sinceHour, { knowledge, isNamed });
  const unexplained = unexplainedOf(own, { ...context, isNamed });
  return { own, scans, compromise, begun, unexplained };
}

/** In a shorter recording an idle connection shows as one that carries nothing. */
const dayMs = 24 * hourMs;

function isFailure(
  edge: Edge,
  { workload }: WorkloadEdges,
  { sampling, window }: SuspicionContext,
  isNamed: (edge: Edge) => boolean,
): boolean {
  return (
    sampling === 1 &&
    window !== undefined &&
    window.lastMs - window.firstMs >= dayMs &&
    edge.prefixLength === undefined &&
    isBrief(edge) &&
    !runsToAnEnd(workload) &&
    isEmpty(edge, sampling) &&
    !isNamed(edge)
  );
}

/**
 * Whether an edge has a name, or an answer gave one for its address in its namespace. Evidence is vast and doubtful edges are
 * few, so only their addresses are looked for.
 */
function namedBy(
  edges: readonly Edge[],
  { knowledge, nameEvidence, sampling }: SuspicionContext,
): (edge: Edge) => boolean {
  const asked = new Map<string, Map<AddressKey, boolean>>();
  for (const edge of edges) {
    if (edge.names.length > 0 || !(isStrange(edge, knowledge) || (isBrief(edge) && isEmpty(edge, sampling)))) continue;
    let own = asked.get(edge.namespace);
    if (own === undefined) asked.set(edge.namespace, (own = new Map<AddressKey, boolean>()));
    own.set(addressKey(edge.address), false);
  }
  let own: Map<AddressKey, boolean> | undefined;
  let ofNamespace: string | undefined;
  for (const { namespace, address } of nameEvidence) {
    if (namespace !== ofNamespace) {
      ofNamespace = namespace;
      own = asked.get(namespace);
    }
    if (own === undefined) continue;
    const key = addressKey(address);
    if (own.has(key)) own.set(key, true);
  }
  return ({ names, namespace, address }) => names.length > 0 || asked.get(namespace)?.get(addressKey(address)) === true;
}

type DestinationKey = AddressKey | string;

function destinationKeys({ address, names }: Edge): readonly DestinationKey[] {
  return names.length > 0 ? names : [addressKey(address)];
}

/** Which of the doubtful destinations workloads use that show no signs of compromise, and since which hour. */
class SharedDestinations {
  readonly #users = new Map<DestinationKey, Map<WorkloadEdges, number>>();

  want(keys: readonly DestinationKey[]): void {
    for (const key of keys) if (!this.#users.has(key)) this.#users.set(key, new Map());
  }

  get isEmpty(): boolean {
    return this.#users.size === 0;
  }

  note(edge: Edge, user: WorkloadEdges): void {
    this.#put(addressKey(edge.address), edge, user);
    for (const name of edge.names) this.#put(name, edge, user);
  }

  #put(key: DestinationKey, edge: Edge, user: WorkloadEdges): void {
    const users = this.#users.get(key);
    if (users === undefined) return;
    const hour = firstHourOf(edge) ?? 0;
    users.set(user, Math.min(hour, users.get(user) ?? hour));
  }

  /**
   * Whether others vouch for a destination that somebody began to use in this hour: one who used it well before, or two. A
   * single newcomer may be another victim of the same.
   */
  has(keys: readonly DestinationKey[], own: WorkloadEdges, hour: number): boolean {
    return keys.some((key) => {
      const others = [...(this.#users.get(key) ?? [])].filter(([user]) => user !== own);
      return others.length >= 2 || others.some(([, since]) => since <= hour - 24);
    });
  }
}

/** Only doubtful destinations are looked for, so that the memory does not grow with all that was seen. */
function destinationsOfOthers(edges: readonly Edge[], judged: readonly Judged[]): SharedDestinations {
  const shared = new SharedDestinations();
  for (const { begun, unexplained } of judged) {
    for (const edge of [...begun, ...unexplained.oneOffs, ...unexplained.begun]) shared.want(destinationKeys(edge));
  }
  if (shared.isEmpty || edges.length === 0) return shared;
  for (const { own, compromise } of judged) {
    if (compromise === undefined) for (const edge of own.edges) shared.note(edge, own);
  }
  return shared;
}
