import { cidrAround } from "../../../src/core/net/ip-set.ts";
import { familyBits } from "../../../src/core/net/ip.ts";
import { wellKnownServices } from "../../../src/pipeline/baseline/knowledge/catalogue/well-known-services.ts";
import { type Knowledge, noKnowledge, type ThreatFeed } from "../../../src/pipeline/baseline/knowledge/knowledge.ts";
import { publishedLists } from "./suppliers.ts";
import type { World } from "./world.ts";

/** What a person would give beside the flows on the last day of learning: lists of providers, a feed, the own ranges. */
export function knowledgeOf(world: World): Knowledge {
  const asOfMs = world.startMs + world.learned * 1000;
  return {
    ...noKnowledge,
    catalogue: wellKnownServices,
    published: publishedLists(world.suppliers.values(), asOfMs),
    feeds: [feedOf(world, asOfMs)],
    onPremises: [{ source: "on-premises.yaml", asOfMs, title: "the data centre", cidrs: world.onPremises }],
  };
}

function feedOf({ underworld, book }: World, asOfMs: number): ThreatFeed {
  const about = "C2";
  const entries = underworld.listed.flatMap(({ address, host }): ThreatFeed["entries"] => {
    const at = book.at(address);
    const cidr = cidrAround(at, familyBits[at.family]);
    return [
      { to: { kind: "block", cidr }, about },
      ...(host === undefined
        ? []
        : [{ to: { kind: "name" as const, pattern: { kind: "exact" as const, name: host } }, about }]),
    ];
  });
  return { source: "feed.txt", asOfMs, title: "a feed of command servers", entries };
}
