import { ok, type Result } from "../../core/result.ts";
import { isBeforeMerge } from "../../pipeline/propose/proposal-states.ts";
import type { Proposal, ProposalPerson } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import { pullRequestChanged } from "../proposals/pull-request-changed.ts";
import { pullRequestCommented } from "../proposals/pull-request-commented.ts";
import { isOwnBranch } from "./bring-branch.ts";
import type { HostKind, PullRequest } from "./code-host.ts";
import { intoBase, repositoryFor, shortOf } from "./deliver.ts";
import { type DeliveryParts, done, proposalIdIn, tryAgain } from "./delivery-parts.ts";
import { deliverAgain, type WatchPullRequest, watchSoon } from "./delivery-queue.ts";
import { isInBase } from "./is-in-base.ts";
import { afterEndMs, isDeclined, lookAfterEnd } from "./look-after-end.ts";
import { commentOnce, isOwnComment, takenOverComment } from "./own-comments.ts";
import type { OpenRepository } from "./repositories.ts";

/** Nothing happened for so long: it is looked at less often. */
const quietMs = 86_400_000;
const quietFactor = 5;

/** Looks at the pull request of a proposal: merged, closed, commented, taken over, or overtaken by its base. */
export async function watchPullRequest(
  parts: DeliveryParts,
  ask: WatchPullRequest,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const id = "proposal" in ask ? ok(ask.proposal) : await proposalOf(parts, ask, signal);
  if (!id.ok) return tryAgain(id.error, attempt);
  const proposal = id.value === undefined ? undefined : await parts.place.decisions.proposals.byId(id.value);
  const repository = proposal === undefined ? undefined : repositoryFor(parts, proposal);
  if (proposal?.delivery?.pullRequest === undefined || repository === undefined) return done;
  if (isDeclined(proposal)) return lookAfterEnd(parts, repository, proposal, attempt, signal);
  if (!isBeforeMerge(proposal.state)) return done;
  const looked = await look(parts, repository, proposal, proposal.delivery.pullRequest, signal);
  if (!looked.ok) return tryAgain(looked.error, attempt);
  if (looked.value?.state === "merged") return done;
  if (looked.value?.state !== "open") {
    await watchSoon(parts, proposal.id, afterEndMs);
    return done;
  }
  const isQuiet = parts.place.nowMs() - looked.value.updatedAtMs > quietMs;
  await watchSoon(parts, proposal.id, repository.settings.pollMs * (isQuiet ? quietFactor : 1));
  return done;
}

async function proposalOf(
  { repositories }: DeliveryParts,
  ask: Extract<WatchPullRequest, { repository: string }>,
  signal: AbortSignal,
): Promise<Result<string | undefined, Failure>> {
  const repository = repositories.byName(ask.repository);
  if (repository === undefined) return ok(undefined);
  const found = await repository.host.pullRequest(ask.pullRequest, signal);
  return found.ok ? ok(found.value === undefined ? undefined : proposalIdIn(found.value.branch)) : found;
}

async function look(
  parts: DeliveryParts,
  repository: OpenRepository,
  proposal: Proposal,
  known: NonNullable<NonNullable<Proposal["delivery"]>["pullRequest"]>,
  signal: AbortSignal,
): Promise<Result<PullRequest | undefined, Failure>> {
  const { host, git, settings } = repository;
  const { place } = parts;
  const found = await host.pullRequest(known.id, signal);
  if (!found.ok) return found;
  // Before the state: what people said when they closed it is read even when nothing follows.
  const comments = await host.comments(known.id, sinceMs(proposal, host.kind), signal);
  if (!comments.ok) return comments;
  for (const comment of comments.value) {
    if (isOwnComment(comment.body)) continue;
    const { id, body, atMs, verdict } = comment;
    await pullRequestCommented(place, proposal.id, {
      id,
      by: personOf(host.kind, comment.author),
      body,
      atMs,
      verdict,
    });
  }
  const pullRequest = found.value && intoBase(found.value, settings.base);
  if (pullRequest === undefined || (pullRequest.state === "closed" && settings.kind !== "plain")) {
    // Merged in a way that the host does not tell of: by a push to the base.
    const fetched = await git.fetch(signal);
    if (!fetched.ok) return fetched;
    const isMerged = await isInBase(repository, parts.yaml, proposal, fetched.value);
    if (!isMerged.ok) return isMerged;
    const state = isMerged.value ? "merged" : "closed";
    const by = pullRequest?.endedBy === undefined ? {} : { by: personOf(host.kind, pullRequest.endedBy) };
    const mergeCommit = isMerged.value ? fetched.value : undefined;
    await pullRequestChanged(place, proposal.id, { pullRequest: { ...known, state }, mergeCommit, ...by });
    return ok(undefined);
  }
  if (pullRequest.state !== "open") {
    const by = pullRequest.endedBy === undefined ? {} : { by: personOf(host.kind, pullRequest.endedBy) };
    const mergeCommit =
      pullRequest.state === "merged" ? (pullRequest.mergeCommit ?? pullRequest.headCommit) : undefined;
    await pullRequestChanged(place, proposal.id, { pullRequest: shortOf(pullRequest)!, mergeCommit, ...by });
    return ok(pullRequest);
  }
  const branch = await lookAtBranch(parts, repository, proposal, pullRequest, signal);
  return branch.ok ? ok(pullRequest) : branch;
}

/** Whose branch it is by now, and whether its base moved below the same file. */
async function lookAtBranch(
  parts: DeliveryParts,
  { git, host, authorEmail }: OpenRepository,
  proposal: Proposal,
  pullRequest: PullRequest,
  signal: AbortSignal,
): Promise<Result<undefined, Failure>> {
  const { delivery } = proposal;
  if (delivery === undefined || delivery.isTakenOver) return ok(undefined);
  const base = await git.fetch(signal);
  if (!base.ok) return base;
  if (pullRequest.headCommit !== undefined && pullRequest.headCommit !== delivery.commit) {
    const own = await isOwnBranch(git, pullRequest.branch, authorEmail, proposal.id);
    if (!own.ok) return own;
    if (!own.value) {
      await commentOnce(host, pullRequest.id, takenOverComment, signal);
      await pullRequestChanged(parts.place, proposal.id, { pullRequest: shortOf(pullRequest)!, isTakenOver: true });
      return ok(undefined);
    }
  }
  const from = await git.mergeBase(pullRequest.branch);
  if (!from.ok) return from;
  if (proposal.state !== "pull-request-open" || from.value === undefined || from.value === base.value)
    return ok(undefined);
  const [before, now] = await Promise.all([
    git.readFile(from.value, delivery.path),
    git.readFile(base.value, delivery.path),
  ]);
  if (!before.ok) return before;
  if (!now.ok) return now;
  if (before.value !== now.value) await deliverAgain(parts, proposal.id);
  return ok(undefined);
}

/** Clocks differ, and hosts round to seconds: what was told already is known by its number. */
function sinceMs({ delivery, decisions, createdAtMs }: Proposal, kind: HostKind): number {
  const told = decisions.filter(({ action, by }) => action === "comment" && by.subject.startsWith(`${kind}:`));
  const last = told.at(-1)?.atMs ?? createdAtMs;
  return delivery === undefined ? createdAtMs : Math.max(0, last - 3_600_000);
}

export function personOf(kind: HostKind, name: string): ProposalPerson {
  return { subject: `${kind}:${name}`, name };
}
