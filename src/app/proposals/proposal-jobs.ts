import type { ProposalEventType } from "../../pipeline/propose/proposal-event.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { NewJob } from "../state/jobs.ts";

/** Brings the text to its repository and opens or updates the one pull request. Payload: {@link DeliverProposal}. */
export const deliverProposalKind = "deliver-proposal";
/** Closes the pull request of a proposal that ended without it. Payload: {@link ClosePullRequest}. */
export const closePullRequestKind = "close-pull-request";

/** Takes a temporary change back on its day, or declines it when it is not merged yet. Payload: {@link EndTemporary}. */
export const endTemporaryKind = "end-temporary";

export interface EndTemporary {
  readonly proposal: string;
}

export interface DeliverProposal {
  readonly proposal: string;
  /** Merge it as well, without a person: of a revert, where the settings say so. */
  readonly merge: boolean;
}

export interface ClosePullRequest {
  readonly proposal: string;
  /** For the people who read the pull request. */
  readonly why: string;
}

/** What must be done after a decision: in Git, or on the day at which a temporary change ends. */
export function jobsAfter(
  before: Proposal | undefined,
  after: Proposal,
  event: ProposalEventType,
  nowMs: number,
  merge = false,
): readonly NewJob[] {
  const isJustApproved = event === "approve" && after.state === "approved";
  if (isJustApproved || event === "open-pull-request") {
    const payload: DeliverProposal = { proposal: after.id, merge };
    return [{ kind: deliverProposalKind, key: after.id, payload, runAtMs: nowMs }];
  }
  if (event === "edit" && after.expiresAtMs !== undefined && after.expiresAtMs !== before?.expiresAtMs) {
    return [endTemporaryJob(after.id, after.expiresAtMs)];
  }
  // Once approved, a pull request may be there that nobody could tell of yet.
  const mayHaveOne = (proposal: Proposal | undefined): boolean =>
    proposal?.delivery?.pullRequest === undefined
      ? (proposal?.decisions ?? []).some(({ to }) => to === "approved")
      : proposal.delivery.pullRequest.state === "open";
  const endedHere = ["reject", "withdraw", "supersede"].includes(event);
  if (before !== undefined && endedHere && before.state !== after.state && mayHaveOne(before) && mayHaveOne(after)) {
    const why = after.decisions.at(-1)?.comment ?? "";
    const payload: ClosePullRequest = { proposal: after.id, why: `the proposal is ${after.state}${why && `: ${why}`}` };
    return [{ kind: closePullRequestKind, key: after.id, payload, runAtMs: nowMs }];
  }
  return [];
}

/** Of a day that is moved, the last one said holds: one job waits for a proposal. */
export function endTemporaryJob(proposal: string, expiresAtMs: number): NewJob {
  const payload: EndTemporary = { proposal };
  return { kind: endTemporaryKind, key: proposal, payload, runAtMs: expiresAtMs };
}
