import type { KnowledgeIndex } from "../../baseline/knowledge/knowledge-index.ts";
import { distinctAddresses } from "../../baseline/services/address-key.ts";
import { portsOf } from "../../baseline/services/port-list.ts";
import type { ServiceUse } from "../../baseline/services/service-use.ts";
import type { NameBook } from "../../baseline/statistics/name-book.ts";
import type { Edge } from "../../flows/edge.ts";
import { namesOfEdges } from "./names-of-edges.ts";

/** More names than this are a family, whose parts a person would not tell apart. */
const fewNames = 8;

/**
 * The parts of a service by name, which may behave differently: a registry's front door stays, what it hands out comes from a
 * content network. Traffic that no name leads to is a part of its own. Undefined where there is only one part.
 */
export function splitByName(
  use: ServiceUse,
  book: NameBook,
  knowledge: KnowledgeIndex,
): readonly ServiceUse[] | undefined {
  if (use.names.length < 2 || use.names.length > fewNames) return undefined;
  const { names, nameless } = namesOfEdges(use, book);
  if (names.size < 2) return undefined;
  const part = (own: readonly string[], edges: readonly Edge[]): ServiceUse => ({
    ...use,
    names: own,
    edges,
    ports: portsOf(edges),
    published: knowledge.publishedHoldingAll(distinctAddresses(edges)),
  });
  const parts = [...names].map(([name, edges]) => part([name], edges));
  return nameless.length === 0 ? parts : [...parts, part([], nameless)];
}
