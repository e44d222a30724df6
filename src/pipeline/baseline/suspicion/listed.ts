import { formatIp } from "../../../core/net/ip.ts";
import { canonicalName } from "../../../core/net/name-pattern.ts";
import { printable, quoted } from "../../../core/quoted.ts";
import type { Edge } from "../../flows/edge.ts";
import type { NameEvidence } from "../../flows/harvest.ts";
import type { FeedHit, KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import { type AddressKey, addressKey } from "../services/address-key.ts";

export interface Listing {
  /** One sentence: `it is listed by Feodo Tracker (2026-11-20) as C2 Emotet`. */
  readonly because: string;
}

/** Longest part of what a feed says of an entry that a sentence repeats: the text is a stranger's. */
const longestAbout = 60;

/**
 * Asks feeds about edges; each name is looked up once. A nameless edge goes by the answers that others of its namespace got
 * for its address, where all of them are listed.
 */
export function listings(
  knowledge: KnowledgeIndex,
  nameEvidence: readonly NameEvidence[],
): (edge: Edge) => Listing | undefined {
  if (knowledge.knowledge.feeds.length === 0) return () => undefined;
  const hits = new Map<string, FeedHit | undefined>();
  const hitOfName = (name: string): FeedHit | undefined => {
    if (!hits.has(name)) hits.set(name, knowledge.feedHitOfName(canonicalName(name)));
    return hits.get(name);
  };
  const answered = listedAnswers(nameEvidence, (name) => hitOfName(name) !== undefined);
  return ({ namespace, address, names, prefixLength }) => {
    const hit = prefixLength === undefined ? knowledge.feedHit(address) : undefined;
    if (hit !== undefined) return { because: `it is listed by ${describe(hit)}` };
    const answer = answered.get(namespace)?.get(addressKey(address));
    const known = names.length > 0 || prefixLength !== undefined || answer === undefined ? names : [answer];
    for (const name of known) {
      const named = hitOfName(name);
      if (named !== undefined) return { because: `its name ${quoted(name)} is listed by ${describe(named)}` };
    }
    return undefined;
  };
}

/** By namespace, the addresses that answers gave for listed names and for no other, each with one of these names. */
function listedAnswers(
  nameEvidence: readonly NameEvidence[],
  isListed: (name: string) => boolean,
): ReadonlyMap<string, ReadonlyMap<AddressKey, string>> {
  const answers = new Map<string, Map<AddressKey, string>>();
  let last: string | undefined;
  let isLastListed = false;
  // Evidence is sorted by name, and there is a lot of it.
  const isNameListed = (name: string): boolean => {
    if (name !== last) {
      last = name;
      isLastListed = isListed(name);
    }
    return isLastListed;
  };
  for (const { name, namespace, address } of nameEvidence) {
    if (!isNameListed(name)) continue;
    const own = answers.get(namespace) ?? new Map<AddressKey, string>();
    answers.set(namespace, own.set(addressKey(address), name));
  }
  if (answers.size === 0) return answers;
  for (const { name, namespace, address } of nameEvidence) {
    if (!isNameListed(name)) answers.get(namespace)?.delete(addressKey(address));
  }
  return answers;
}

function describe({ feed, entry }: FeedHit): string {
  const when = feed.asOfMs === undefined ? "" : ` (${new Date(feed.asOfMs).toISOString().slice(0, 10)})`;
  const about = entry.about.length > longestAbout ? `${entry.about.slice(0, longestAbout)}…` : entry.about;
  return `${printable(feed.title)}${when}${about === "" ? "" : ` as ${printable(about)}`}`;
}

/** For sentences about the destination from elsewhere: its first name, or its address. */
export function destinationWord({ address, names }: Edge): string {
  return names[0] ?? formatIp(address);
}
