import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import { recordDelivery } from "../proposals/record-delivery.ts";
import { intoBase, shortOf } from "./deliver.ts";
import { type DeliveryParts, done, tryAgain } from "./delivery-parts.ts";
import { watchSoon } from "./delivery-queue.ts";
import { commentOnce, reopenedComment } from "./own-comments.ts";
import type { OpenRepository } from "./repositories.ts";

/** How often a pull request is looked at whose proposal ended without it. */
export const afterEndMs = 3_600_000;
const longestMs = 14 * 86_400_000;

/** Ended without being merged. */
export function isDeclined({ state }: Proposal): boolean {
  return state === "rejected" || state === "superseded";
}

/** A pull request that people open or merge after its proposal ended is not followed, but told: there, in the proposal and in the audit log. */
export async function lookAfterEnd(
  parts: DeliveryParts,
  { host, settings }: OpenRepository,
  proposal: Proposal,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const { delivery, decisions, state, number, updatedAtMs } = proposal;
  const known = delivery?.pullRequest;
  if (delivery === undefined || known === undefined || known.state === "merged") return done;
  const looked = await host.pullRequest(known.id, signal);
  if (!looked.ok) return tryAgain(looked.error, attempt);
  const found = looked.value && intoBase(looked.value, settings.base);
  // What was open all the time is about to be closed.
  if (found !== undefined && found.state !== known.state) {
    const isOpen = found.state === "open";
    if (isOpen) await commentOnce(host, known.id, reopenedComment(number), signal);
    const trouble = `its pull request was opened again although the proposal is ${state}: close it there, or make a new proposal`;
    await recordDelivery(parts.place, proposal, {
      ...delivery,
      pullRequest: shortOf(found),
      mergeCommit: found.mergeCommit ?? delivery.mergeCommit,
      trouble: isOpen ? trouble : undefined,
    });
    if (found.state === "merged") return done;
  }
  const endedAtMs = decisions.findLast(({ to }) => to === state)?.atMs ?? updatedAtMs;
  if (parts.place.nowMs() - endedAtMs < longestMs) await watchSoon(parts, proposal.id, afterEndMs);
  return done;
}
