import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import type { DeliveryParts } from "./delivery-parts.ts";

/** Why the law forbids what it allowed when people approved it; undefined: it does not. */
export async function unlawfulNow(parts: DeliveryParts, proposal: Proposal): Promise<Failure | undefined> {
  const dossier = await parts.place.decisions.proposals.dossier(proposal.dossierDigest);
  const forbids = (await parts.laws(proposal, dossier)).filter(({ effect }) => effect === "forbids");
  if (forbids.length === 0) return undefined;
  const clauses = forbids.map(({ clause, law }) => `\`${clause} of ${law}\``).join(", ");
  const message = `the organisation's law forbids it by now: ${clauses}; change the text, or the law`;
  return { code: "proposal_unlawful", message };
}
