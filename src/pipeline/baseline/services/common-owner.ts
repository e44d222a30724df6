import type { IpAddress } from "../../../core/net/ip.ts";
import type { KnowledgeIndex } from "../knowledge/knowledge-index.ts";
import type { AddressOwner } from "../knowledge/knowledge.ts";

/** Who announces all of them, without what they do not agree on; undefined when nothing is left. */
export function commonOwner(addresses: readonly IpAddress[], knowledge: KnowledgeIndex): AddressOwner | undefined {
  if (knowledge.knowledge.owners === undefined) return undefined;
  let common: AddressOwner | undefined;
  for (const address of addresses) {
    const owner = knowledge.ownerOf(address);
    if (owner === undefined) return undefined;
    common = common === undefined ? owner : agreed(common, owner);
    if (common.asn === undefined && common.organisation === undefined && common.country === undefined) return undefined;
  }
  return common;
}

function agreed(a: AddressOwner, b: AddressOwner): AddressOwner {
  return {
    asn: a.asn === b.asn ? a.asn : undefined,
    organisation: a.organisation === b.organisation ? a.organisation : undefined,
    country: a.country === b.country ? a.country : undefined,
  };
}
