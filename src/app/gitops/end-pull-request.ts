import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { personOf as principalPerson, postern } from "../access/principal.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import type { ClosePullRequest } from "../proposals/proposal-jobs.ts";
import { pullRequestChanged } from "../proposals/pull-request-changed.ts";
import { recordDelivery } from "../proposals/record-delivery.ts";
import { repositoryFor, shortOf } from "./deliver.ts";
import { type DeliveryParts, done, isInterruption, tryAgain } from "./delivery-parts.ts";
import type { MergePullRequest } from "./delivery-queue.ts";
import { commentOnce, endedComment } from "./own-comments.ts";
import { personOf } from "./watch.ts";

/** Closes the pull request of a proposal that ended without it. */
export async function closePullRequest(
  parts: DeliveryParts,
  { proposal: id, why }: ClosePullRequest,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const proposal = await parts.place.decisions.proposals.byId(id);
  const known = proposal?.delivery?.pullRequest;
  const repository = proposal === undefined ? undefined : repositoryFor(parts, proposal);
  if (proposal === undefined || known?.state !== "open" || repository === undefined) return done;
  const { host } = repository;
  const found = await host.pullRequest(known.id, signal);
  if (!found.ok) return tryAgain(found.error, attempt);
  if (found.value?.state === "open") {
    await commentOnce(host, known.id, endedComment(why), signal);
    const closed = await host.close(known.id, signal);
    if (!closed.ok) return tryAgain(closed.error, attempt);
  }
  const state = found.value?.state === "merged" ? "merged" : "closed";
  const mergeCommit = found.value?.mergeCommit;
  await pullRequestChanged(parts.place, id, {
    pullRequest: { ...known, state },
    mergeCommit,
    by: principalPerson(postern),
  });
  return done;
}

/** Merges what is approved and pushed, and nothing else: the head must be the commit that this server brought. */
export async function mergePullRequest(
  parts: DeliveryParts,
  { proposal: id }: MergePullRequest,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const proposal = await parts.place.decisions.proposals.byId(id);
  if (!isMergeable(proposal)) return done;
  const repository = repositoryFor(parts, proposal);
  const { delivery } = proposal;
  const [known, commit] = [delivery?.pullRequest, delivery?.commit];
  if (repository === undefined || delivery === undefined || known === undefined || commit === undefined) return done;
  if (repository.settings.merge === "people") return done;
  const found = await repository.host.pullRequest(known.id, signal);
  if (!found.ok) return tryAgain(found.error, attempt);
  const merged = found.value?.state === "merged" ? found : await repository.host.merge(known.id, commit, signal);
  if (!merged.ok) {
    if (!isInterruption(merged.error)) {
      await recordDelivery(parts.place, proposal, { ...delivery, trouble: merged.error.message });
    }
    return tryAgain(merged.error, attempt);
  }
  const { value: pullRequest } = merged;
  if (pullRequest === undefined) return done;
  await pullRequestChanged(parts.place, id, {
    pullRequest: shortOf(pullRequest)!,
    mergeCommit: pullRequest.mergeCommit,
    by:
      pullRequest.endedBy === undefined || repository.host.kind === "plain"
        ? principalPerson(postern)
        : personOf(repository.host.kind, pullRequest.endedBy),
  });
  return done;
}

function isMergeable(proposal: Proposal | undefined): proposal is Proposal {
  const { delivery } = proposal ?? {};
  return (
    proposal?.state === "pull-request-open" &&
    delivery?.pullRequest?.state === "open" &&
    !delivery.isTakenOver &&
    delivery.conflict !== true &&
    delivery.sent?.revision === proposal.revision
  );
}
