import { canonicalName } from "../../../core/net/name-pattern.ts";
import type { Edge } from "../../flows/edge.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import { type AddressKey, addressKey } from "../services/address-key.ts";
import { neighbourhoodKey } from "./places.ts";
import { firstHourOf } from "./traffic-shape.ts";
import { isStrange } from "./unexplained.ts";

/** So many addresses of one range make a service whose next address nobody knows, and not a machine. */
const rotating = 8;

/** A workload that was watched for less shows its habits for the first time whatever it does. */
const settledHours = 24;

/**
 * Traffic of one workload that began at or after an hour, to places it had nothing to do with before: another address,
 * name and neighbourhood, and no provider's range in which it already used many addresses on the same port. What it keeps
 * doing at addresses that come and go is not new. In the first day of a workload nothing is: there only what neither a name
 * nor a known range explains counts, so that a listed address from before the recording does not discredit all else.
 */
export function begunAfter(
  edges: readonly Edge[],
  since: number,
  { knowledge, isNamed }: { readonly knowledge: KnowledgeIndex; readonly isNamed: (edge: Edge) => boolean },
): readonly Edge[] {
  const settled = edges.reduce((least, edge) => Math.min(least, firstHourOf(edge) ?? least), Infinity) + settledHours;
  const before = edges.filter((edge) => (firstHourOf(edge) ?? since) < since);
  const addresses = new Set(before.map(({ address }) => addressKey(address)));
  const neighbourhoods = new Set(before.map(neighbourhoodKey));
  const ranges = new Map<string, Set<AddressKey>>();
  for (const edge of before) {
    const key = rangeKey(edge, knowledge);
    if (key !== undefined) ranges.set(key, (ranges.get(key) ?? new Set()).add(addressKey(edge.address)));
  }
  const names = new Set(before.flatMap((edge) => edge.names.flatMap((name) => nameKeys(name, knowledge))));
  return edges.filter((edge) => {
    const first = firstHourOf(edge);
    if (first === undefined || first < since || edge.prefixLength !== undefined) return false;
    if (first < settled && (!isStrange(edge, knowledge) || isNamed(edge))) return false;
    if (edge.names.length > 0) {
      return !edge.names.some((name) => nameKeys(name, knowledge).some((key) => names.has(key)));
    }
    if (addresses.has(addressKey(edge.address)) || neighbourhoods.has(neighbourhoodKey(edge))) return false;
    const range = rangeKey(edge, knowledge);
    return range === undefined || (ranges.get(range)?.size ?? 0) < rotating;
  });
}

/** The smallest published group around the address, with the port. */
function rangeKey({ address, protocol, port }: Edge, knowledge: KnowledgeIndex): string | undefined {
  const [group] = knowledge.publishedHolding(address);
  if (group === undefined) return undefined;
  return `${group.provider}\n${group.service}\n${group.region}\n${protocol}/${port}`;
}

/** The name, and what makes it a part of the same service as another: a family of the catalogue. */
function nameKeys(text: string, knowledge: KnowledgeIndex): readonly string[] {
  const name = canonicalName(text);
  const service = knowledge.serviceOfName(name);
  return service?.grouping === "family" ? [name, `${service.id}/`] : [name];
}
