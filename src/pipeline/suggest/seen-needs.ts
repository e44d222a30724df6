import type { NamespaceBaseline } from "../baseline/namespace-baseline.ts";
import type { ClusterFacts } from "../flows/cluster-facts.ts";
import type { NameEvidence } from "../flows/harvest.ts";
import { chooseNames } from "./choose-names.ts";
import type { KindAbilities, Need } from "./choose/choice.ts";
import { splitApiServer } from "./draft-parts.ts";
import { destinationsOf, needsOf } from "./needs.ts";

/** Needs as they were seen: a name per address where one speaks for it, and the fewest blocks that hold exactly the rest. */
export function seenNeeds(
  { sanctioned }: NamespaceBaseline,
  nameEvidence: readonly NameEvidence[],
  facts: ClusterFacts,
): (abilities: KindAbilities) => readonly Need[] {
  const { others } = splitApiServer(sanctioned, facts);
  return ({ names, ports, ipv6 }) => {
    const edges = ipv6 ? others : others.filter(({ address }) => address.family === 4);
    const nameOf = names === "none" ? () => undefined : chooseNames(ipv6 ? sanctioned : edges, nameEvidence);
    return ports ? needsOf(edges, nameOf) : destinationsOf(edges, nameOf);
  };
}
