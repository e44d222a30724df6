import type { Delivery, Proposal } from "../../pipeline/propose/proposal.ts";
import { personOf, postern } from "../access/principal.ts";
import { applyDelivery } from "./apply-delivery.ts";
import type { ProposalPlace } from "./proposal-place.ts";

/**
 * Keeps how the change stands in Git after this server brought it there, or could not.
 * @param delivered the proposal as it was when it was pushed: its text is what the branch holds now
 */
export async function recordDelivery(
  place: ProposalPlace,
  delivered: Proposal,
  delivery: Delivery,
): Promise<Proposal | undefined> {
  const isPushed =
    delivery.commit !== undefined &&
    delivery.trouble === undefined &&
    delivery.conflict !== true &&
    !delivery.isTakenOver;
  const { revision, manifest, dossierDigest } = delivered;
  return applyDelivery(
    place,
    delivered.id,
    ({ delivery: before }) => ({ ...delivery, sent: isPushed ? { revision, manifest, dossierDigest } : before?.sent }),
    personOf(postern),
  );
}
