import { ok, type Result } from "../../core/result.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { personOf as principalPerson, postern } from "../access/principal.ts";
import type { Failure } from "../failure.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import type { ClosePullRequest } from "../proposals/proposal-jobs.ts";
import { pullRequestChanged } from "../proposals/pull-request-changed.ts";
import { recordDelivery } from "../proposals/record-delivery.ts";
import { isOwnBranch } from "./bring-branch.ts";
import { repositoryFor, shortOf } from "./deliver.ts";
import { branchOf, type DeliveryParts, done, isInterruption, tryAgain } from "./delivery-parts.ts";
import type { MergePullRequest } from "./delivery-queue.ts";
import { commentOnce, endedComment } from "./own-comments.ts";
import type { OpenRepository } from "./repositories.ts";
import { unlawfulNow } from "./unlawful-now.ts";
import { personOf } from "./watch.ts";

/** Closes the pull request of a proposal that ended without it. */
export async function closePullRequest(
  parts: DeliveryParts,
  { proposal: id, why }: ClosePullRequest,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const proposal = await parts.place.decisions.proposals.byId(id);
  const before = proposal?.delivery?.pullRequest;
  const repository = proposal === undefined ? undefined : repositoryFor(parts, proposal);
  if (proposal === undefined || (before ?? { state: "open" }).state !== "open" || repository === undefined) return done;
  const { host } = repository;
  // A server may have died after it opened the pull request and before it could tell.
  const found = await (before === undefined
    ? host.findPullRequest(branchOf(proposal), repository.settings.base, signal)
    : host.pullRequest(before.id, signal));
  if (!found.ok) return tryAgain(found.error, attempt);
  const known = before ?? shortOf(found.value);
  if (known === undefined) return done;
  if (found.value?.state === "open") {
    const isTheirs = await holdsWorkOfPeople(repository, proposal, found.value.branch, signal);
    if (!isTheirs.ok) return tryAgain(isTheirs.error, attempt);
    await commentOnce(host, known.id, endedComment(why), signal);
    // Without a host, closing is deleting the branch, and what people committed there would be lost.
    const closed = isTheirs.value ? ok(undefined) : await host.close(known.id, signal);
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

async function holdsWorkOfPeople(
  { host, git, authorEmail }: OpenRepository,
  { id, delivery }: Proposal,
  branch: string,
  signal: AbortSignal,
): Promise<Result<boolean, Failure>> {
  if (host.kind !== "plain") return ok(false);
  if (delivery?.isTakenOver === true) return ok(true);
  const fetched = await git.fetch(signal);
  if (!fetched.ok) return fetched;
  const isOwn = await isOwnBranch(git, branch, authorEmail, id);
  return isOwn.ok ? ok(!isOwn.value) : isOwn;
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
  // Somebody set another base: the delivery tells of it.
  if (found.value !== undefined && found.value.base !== repository.settings.base) return done;
  const unlawful = found.value?.state === "merged" ? undefined : await unlawfulNow(parts, proposal);
  if (unlawful !== undefined) {
    await recordDelivery(parts.place, proposal, { ...delivery, trouble: unlawful.message });
    return tryAgain(unlawful, attempt);
  }
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
