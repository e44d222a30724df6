import type { ApprovalRequirement } from "./law/approvals.ts";
import type { Delivery, Proposal, ProposalPerson } from "./proposal.ts";

/** What happens to a proposal: what people ask, what Git and the cluster tell, what automation does. */
export type ProposalEvent = { readonly by: ProposalPerson; readonly comment: string } & (
  | { readonly type: "submit" | "request-changes" | "reject" | "withdraw" | "comment"; readonly revision: number }
  /** A new text: approvals of the one before do not count for it. */
  | { readonly type: "edit"; readonly text: RevisedText }
  /** What people say of it changes, the text does not. */
  | { readonly type: "describe"; readonly details: ProposalDetails }
  | { readonly type: "approve"; readonly revision: number; readonly law: LawForApproval }
  /** Asks for the pull request, or for another try. */
  | { readonly type: "open-pull-request"; readonly revision: number }
  | { readonly type: "pull-request-opened" | "taken-over" | "conflict"; readonly delivery: Delivery }
  | { readonly type: "pull-request-closed" | "merge"; readonly delivery: Delivery }
  | { readonly type: "sync" | "enforce" | "verify" }
  /** @see Proposal.supersededBy */
  | { readonly type: "supersede"; readonly supersededBy: string }
  /** The proposal that takes it back was merged. */
  | { readonly type: "roll-back"; readonly revert: string }
);

export type ProposalEventType = ProposalEvent["type"];

/** Everything about a proposal that depends on its text. */
export type RevisedText = Pick<
  Proposal,
  | "manifest"
  | "baseManifest"
  | "baseDigest"
  | "dossierDigest"
  | "risk"
  | "readinessDay"
  | "newlyDenied"
  | "newlyAllowed"
  | "lawBreaches"
  | "approvalsNeeded"
  | "expiresAtMs"
>;

export type ProposalDetails = Partial<
  Pick<Proposal, "title" | "justification" | "ticket" | "labels" | "reviewers" | "lawBreaches" | "approvalsNeeded">
>;

/** What the law says of this text, and of this person's approving it. */
export interface LawForApproval {
  /** Clauses that forbid it, as `widest-prefix of company@3`; empty: it is lawful. */
  readonly forbids: readonly string[];
  /** Different people in all, at least 1. */
  readonly approvalsNeeded: number;
  /** Whose approval is wanted beside that. */
  readonly requirements: readonly ApprovalRequirement[];
  /** Requirements that an approval by this person counts for. */
  readonly countsFor: readonly string[];
  /** Whether the law lets this person decide. */
  readonly isApprover: boolean;
  readonly mayEditorsApprove: boolean;
  /** Whether the server may approve by itself. */
  readonly mayAutomate: boolean;
}
