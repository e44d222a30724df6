import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Delivery, Proposal } from "../../pipeline/propose/proposal.ts";
import type { Failure } from "../failure.ts";
import type { JobEnd } from "../jobs/job-handler.ts";
import type { DeliverProposal } from "../proposals/proposal-jobs.ts";
import { recordDelivery } from "../proposals/record-delivery.ts";
import { bringBranch, type Brought } from "./bring-branch.ts";
import type { OpenedPullRequest, PullRequest, PullRequestText } from "./code-host.ts";
import { codeOwners } from "./code-owners.ts";
import { branchOf, type DeliveryParts, done, isInterruption, tryAgain } from "./delivery-parts.ts";
import { askForMerge, watchSoon } from "./delivery-queue.ts";
import { isInBase } from "./is-in-base.ts";
import { inertLine } from "./markdown.ts";
import { commentOnce, takenOverComment, conflictComment, remarksComment } from "./own-comments.ts";
import { pullRequestBody } from "./pull-request-body.ts";
import type { OpenRepository } from "./repositories.ts";
import { treeAt } from "./tree.ts";

/**
 * Brings an approved proposal to its repository: one branch, one pull request, however often it is asked and wherever it was killed
 * before. Everything is looked for before it is made.
 */
export async function deliverProposal(
  parts: DeliveryParts,
  { proposal: id, merge }: DeliverProposal,
  attempt: number,
  signal: AbortSignal,
): Promise<JobEnd> {
  const { decisions } = parts.place;
  const proposal = await decisions.proposals.byId(id);
  if (proposal === undefined || (proposal.state !== "approved" && proposal.state !== "pull-request-open")) return done;
  const repository = repositoryFor(parts, proposal);
  if (repository === undefined) {
    const where = `namespace ${quoted(proposal.namespace)} of cluster ${quoted(proposal.cluster)}`;
    const trouble = `no repository holds ${where}: add one to the file of \`--repositories\``;
    await recordDelivery(parts.place, proposal, { ...deliveryOf(proposal, ""), trouble });
    return done;
  }
  const delivered = await deliverTo(parts, repository, proposal, signal);
  if (!delivered.ok) {
    if (!isInterruption(delivered.error)) {
      const trouble = delivered.error.message;
      await recordDelivery(parts.place, proposal, { ...deliveryOf(proposal, repository.settings.name), trouble });
    }
    return tryAgain(delivered.error, attempt);
  }
  const delivery = delivered.value;
  await recordDelivery(parts.place, proposal, delivery);
  if (delivery.pullRequest?.state !== "open" || delivery.conflict === true) return done;
  const { merge: mayMerge, pollMs } = repository.settings;
  const isAsked = mayMerge === "always" || (mayMerge === "automation" && (merge || isMergingItself(proposal)));
  if (isAsked && !delivery.isTakenOver) await askForMerge(parts, id);
  await watchSoon(parts, id, pollMs);
  return done;
}

/** As it was decided with the approval: a job that is put again, by a person or after a start, does not know. */
function isMergingItself({ decisions, revision }: Proposal): boolean {
  return decisions.some((decision) => decision.isMerging === true && decision.revision === revision);
}

export function repositoryFor(
  { repositories }: DeliveryParts,
  { delivery, cluster, namespace }: Proposal,
): OpenRepository | undefined {
  // Where it was begun it goes on, whatever the configuration says of new ones.
  const begun = delivery?.pullRequest === undefined ? undefined : repositories.byName(delivery.repository);
  return begun ?? repositories.for({ cluster, namespace });
}

/** How it stood before. */
export function deliveryOf(proposal: Proposal, repository: string): Delivery {
  const { delivery } = proposal;
  return {
    path: "",
    commit: undefined,
    pullRequest: undefined,
    mergeCommit: undefined,
    isTakenOver: false,
    ...delivery,
    repository: repository === "" ? (delivery?.repository ?? "") : repository,
    branch: branchOf(proposal),
    trouble: undefined,
    conflict: undefined,
  };
}

async function deliverTo(
  parts: DeliveryParts,
  repository: OpenRepository,
  proposal: Proposal,
  signal: AbortSignal,
): Promise<Result<Delivery, Failure>> {
  const { git, host, settings } = repository;
  const before = deliveryOf(proposal, settings.name);
  const base = await git.fetch(signal);
  if (!base.ok) return base;
  const looked = await host.findPullRequest(before.branch, settings.base, signal);
  if (!looked.ok) return looked;
  const found = ok(looked.value && intoBase(looked.value, settings.base));
  if (found.value?.state === "open" && found.value.base !== settings.base)
    return fail(otherBase(found.value, settings));
  const ended = await endOf(parts, repository, proposal, base.value, found.value);
  if (!ended.ok || ended.value !== undefined) return ended.ok ? ok(ended.value!) : ended;
  const brought = await bringBranch(repository, parts.yaml, proposal, base.value, signal);
  if (!brought.ok) return brought;
  const pullRequest = found.value;
  switch (brought.value.kind) {
    case "conflict": {
      const trouble = `${quoted(brought.value.path)} holds another policy than the one that this was reviewed against: look at it again and propose anew`;
      if (pullRequest !== undefined)
        await commentOnce(host, pullRequest.id, conflictComment(brought.value.path), signal);
      return ok({
        ...before,
        path: brought.value.path,
        conflict: true,
        trouble,
        pullRequest: shortOf(pullRequest) ?? before.pullRequest,
      });
    }
    case "there":
      return ok({
        ...before,
        path: brought.value.path,
        commit: brought.value.commit,
        mergeCommit: brought.value.commit,
      });
    case "taken-over":
    case "brought":
      return present(
        parts,
        repository,
        proposal,
        { ...before, pullRequest: shortOf(pullRequest) },
        brought.value,
        base.value,
        signal,
      );
    default:
      return brought.value satisfies never;
  }
}

/** What people did with it already; undefined: it is still to be delivered. */
async function endOf(
  { yaml }: DeliveryParts,
  repository: OpenRepository,
  proposal: Proposal,
  base: string,
  found: PullRequest | undefined,
): Promise<Result<Delivery | undefined, Failure>> {
  const before = deliveryOf(proposal, repository.settings.name);
  if (found !== undefined && found.state !== "open") {
    return ok({ ...before, pullRequest: shortOf(found), mergeCommit: found.mergeCommit ?? before.mergeCommit });
  }
  if (found !== undefined || before.commit === undefined) return ok(undefined);
  // The branch may be gone because it was merged.
  const isMerged = await isInBase(repository, yaml, proposal, base);
  if (!isMerged.ok) return isMerged;
  const known = before.pullRequest;
  if (isMerged.value) return ok({ ...before, mergeCommit: base, pullRequest: known && { ...known, state: "merged" } });
  return ok(known === undefined ? undefined : { ...before, pullRequest: { ...known, state: "closed" } });
}

/** Opens the pull request, or brings its text up to date. */
async function present(
  parts: DeliveryParts,
  { git, host, settings }: OpenRepository,
  proposal: Proposal,
  before: Delivery,
  brought: Extract<Brought, { kind: "brought" | "taken-over" }>,
  base: string,
  signal: AbortSignal,
): Promise<Result<Delivery, Failure>> {
  const isTakenOver = brought.kind === "taken-over";
  const path = isTakenOver ? before.path : brought.placed.path;
  const paths = isTakenOver ? [path] : brought.placed.files.map((file) => file.path);
  const owners = settings.codeOwners ? await codeOwners(treeAt(git, base), host.kind, paths) : ok([]);
  if (!owners.ok) return owners;
  const dossier = await parts.place.decisions.proposals.dossier(proposal.dossierDigest);
  const text: PullRequestText = {
    title: titleOf(proposal),
    body: pullRequestBody(
      {
        proposal,
        dossier,
        laws: await parts.laws(proposal, dossier),
        path,
        how: isTakenOver ? "as somebody left it" : brought.placed.how,
        publicUrl: parts.publicUrl,
        owners: owners.value,
      },
      host.mostBodyCharacters,
    ),
    labels: [...new Set([...settings.labels, ...proposal.labels])],
    reviewers: reviewersOf(proposal, settings.reviewers, owners.value, host.kind),
  };
  const told: Result<OpenedPullRequest, Failure> =
    before.pullRequest === undefined
      ? await host.openPullRequest(before.branch, settings.base, text, signal)
      : await host.updatePullRequest(before.pullRequest.id, text, signal);
  if (!told.ok) return told;
  const { id, remarks } = told.value;
  if (isTakenOver) await commentOnce(host, id, takenOverComment, signal);
  if (remarks.length > 0) await commentOnce(host, id, remarksComment(remarks), signal);
  return ok({
    ...before,
    path,
    commit: isTakenOver ? before.commit : brought.commit,
    pullRequest: shortOf(told.value),
    isTakenOver,
  });
}

/** Merged into another branch it is not merged for whoever deploys this one. */
export function intoBase(pullRequest: PullRequest, base: string): PullRequest {
  const isElsewhere = pullRequest.state === "merged" && pullRequest.base !== base;
  return isElsewhere ? { ...pullRequest, state: "closed", mergeCommit: undefined } : pullRequest;
}

function otherBase({ id, base }: PullRequest, settings: { readonly base: string }): Failure {
  const message = `pull request ${id} goes into ${quoted(base)}, which is not what is deployed: set its base to ${quoted(settings.base)} again`;
  return { code: "gitops_other_base", message };
}

export function shortOf(pullRequest: PullRequest | undefined): Delivery["pullRequest"] {
  return pullRequest && { id: pullRequest.id, url: pullRequest.url, state: pullRequest.state };
}

const longestTitle = 200;

function titleOf({ title, namespace, policyName }: Proposal): string {
  return inertLine(title || `Egress of ${namespace || policyName}`).slice(0, longestTitle);
}

/** Names of the host: those of the configuration, of the repository's owners, and of the proposal where they are of this host. */
function reviewersOf(
  { reviewers, author }: Proposal,
  configured: readonly string[],
  owners: readonly string[],
  kind: string,
): readonly string[] {
  const own = reviewers.flatMap((name) => {
    if (name.startsWith(`${kind}:`)) return name.slice(kind.length + 1);
    return name.includes(":") ? [] : name;
  });
  const all = new Set([...configured, ...own, ...owners]);
  all.delete(author.subject.startsWith(`${kind}:`) ? author.subject.slice(kind.length + 1) : "");
  return [...all].slice(0, 15);
}
