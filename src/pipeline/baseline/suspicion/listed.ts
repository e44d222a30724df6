import { formatIp } from "../../../core/net/ip.ts";
import { canonicalName } from "../../../core/net/name-pattern.ts";
import { printable, quoted } from "../../../core/quoted.ts";
import type { Edge } from "../../flows/edge.ts";
import type { FeedHit, KnowledgeIndex } from "../knowledge/knowledge-index.ts";

export interface Listing {
  /** One sentence: `it is listed by Feodo Tracker (2026-11-20) as C2 Emotet`. */
  readonly because: string;
}

/** Longest part of what a feed says of an entry that a sentence repeats: the text is a stranger's. */
const longestAbout = 60;

/** Asks feeds about edges; each name is looked up once. */
export function listings(knowledge: KnowledgeIndex): (edge: Edge) => Listing | undefined {
  if (knowledge.knowledge.feeds.length === 0) return () => undefined;
  const hits = new Map<string, FeedHit | undefined>();
  const hitOfName = (name: string): FeedHit | undefined => {
    if (!hits.has(name)) hits.set(name, knowledge.feedHitOfName(canonicalName(name)));
    return hits.get(name);
  };
  return ({ address, names, prefixLength }) => {
    const hit = prefixLength === undefined ? knowledge.feedHit(address) : undefined;
    if (hit !== undefined) return { because: `it is listed by ${describe(hit)}` };
    for (const name of names) {
      const named = hitOfName(name);
      if (named !== undefined) return { because: `its name ${quoted(name)} is listed by ${describe(named)}` };
    }
    return undefined;
  };
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
