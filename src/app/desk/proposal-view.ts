import { approvalsOf } from "../../pipeline/propose/approvals.ts";
import type { Decision, Delivery, Proposal } from "../../pipeline/propose/proposal.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { DecisionView, DeliveryView, LawVerdict, ProposalDetail, ProposalSummary } from "../wire/proposals.ts";

/** A proposal as lists show it. */
export function proposalSummary(proposal: Proposal): ProposalSummary {
  const { id, number, cluster, namespace, kind, policyName, title, state, origin, risk } = proposal;
  const { newlyDenied, newlyAllowed, lawBreaches, author, approvalsNeeded, createdAtMs, updatedAtMs } = proposal;
  return {
    id,
    number,
    cluster,
    namespace,
    kind,
    policyName,
    title,
    state,
    origin,
    risk,
    readinessDay: proposal.readinessDay ?? null,
    newlyDenied,
    newlyAllowed,
    lawBreaches,
    author,
    approvals: approvalsOf(proposal).length,
    approvalsNeeded,
    pullRequestUrl: proposal.delivery?.pullRequest?.url ?? null,
    createdAtMs,
    updatedAtMs,
  };
}

/** A proposal with everything it is judged by. */
export function proposalDetail(
  proposal: Proposal,
  dossier: Dossier,
  laws: readonly LawVerdict[],
  may: ProposalDetail["may"],
): ProposalDetail {
  return {
    ...proposalSummary(proposal),
    lawBreaches: laws.filter(({ effect }) => effect === "forbids").length,
    version: proposal.version,
    revision: proposal.revision,
    baseManifest: proposal.baseManifest ?? null,
    manifest: proposal.manifest,
    justification: proposal.justification,
    ticket: proposal.ticket,
    reviewers: [...proposal.reviewers],
    labels: [...proposal.labels],
    expiresAtMs: proposal.expiresAtMs ?? null,
    decisions: proposal.decisions.map(decisionView),
    laws: [...laws],
    delivery: proposal.delivery === undefined ? null : deliveryView(proposal.delivery),
    dossier,
    dossierDigest: proposal.dossierDigest,
    supersedes: proposal.supersedes ?? null,
    supersededBy: proposal.supersededBy ?? null,
    reverts: proposal.reverts ?? null,
    may,
  };
}

function decisionView({ atMs, by, action, from, to, revision, comment, auditSequence }: Decision): DecisionView {
  return { atMs, by, action, from, to, revision, comment, auditSequence: auditSequence ?? null };
}

function deliveryView(delivery: Delivery): DeliveryView {
  const { repository, branch, path, isTakenOver, pullRequest } = delivery;
  return {
    repository,
    branch,
    path,
    commit: delivery.commit ?? null,
    pullRequest: pullRequest === undefined ? null : { ...pullRequest, url: pullRequest.url ?? null },
    mergeCommit: delivery.mergeCommit ?? null,
    isTakenOver,
    trouble: delivery.trouble ?? null,
  };
}
