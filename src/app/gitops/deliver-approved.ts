import { isFinal } from "../../pipeline/propose/proposal-states.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import type { DeliverProposal } from "../proposals/proposal-jobs.ts";
import { recordDelivery } from "../proposals/record-delivery.ts";
import { deliverProposal, deliveryOf, repositoryFor } from "./deliver.ts";
import { type DeliveryParts, tryAgain } from "./delivery-parts.ts";
import { closePullRequest } from "./end-pull-request.ts";
import { unlawfulNow } from "./unlawful-now.ts";

/**
 * Delivers what is approved and still lawful. One that the law forbids by now waits, with the reason, until the law or somebody changes it. One
 * that ended while its pull request was being opened, or before a server that died could tell of it, has it closed again.
 */
export async function deliverApproved(
  parts: DeliveryParts,
  ask: DeliverProposal,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const { proposals } = parts.place.decisions;
  const proposal = await proposals.byId(ask.proposal);
  if (proposal?.state === "approved" || proposal?.state === "pull-request-open") {
    const unlawful = await unlawfulNow(parts, proposal);
    if (unlawful !== undefined) {
      const repository = repositoryFor(parts, proposal)?.settings.name ?? "";
      await recordDelivery(parts.place, proposal, { ...deliveryOf(proposal, repository), trouble: unlawful.message });
      return tryAgain(unlawful, attempt);
    }
    const end = await deliverProposal(parts, ask, attempt, signal);
    if (end.end === "again") return end;
  }
  const after = await proposals.byId(ask.proposal);
  if (after === undefined || !isFinal(after.state)) return { end: "done" };
  return closePullRequest(parts, { proposal: after.id, why: `the proposal is ${after.state}` }, attempt, signal);
}
