import type { DraftKind } from "../../core/policy/draft.ts";

/**
 * `draft → pending-review → approved | changes-requested | rejected`, then `approved → pull-request-open → merged → synced → enforced →
 * verified`; `superseded` and `rolled-back` end it from the side.
 */
export const proposalStates = [
  "draft",
  "pending-review",
  "changes-requested",
  "approved",
  "rejected",
  "pull-request-open",
  "merged",
  "synced",
  "enforced",
  "verified",
  "superseded",
  "rolled-back",
] as const;
export type ProposalState = (typeof proposalStates)[number];

export type ProposalOrigin = "suggested" | "edited" | "fix" | "revert" | "onboarding" | "request";

export interface ProposalPerson {
  readonly subject: string;
  readonly name: string;
}

export interface Decision {
  readonly atMs: number;
  readonly by: ProposalPerson;
  readonly action: string;
  readonly from: ProposalState;
  readonly to: ProposalState;
  /** The text of the policy that was looked at. */
  readonly revision: number;
  readonly comment: string;
  /** Of an approval: requirements of the law that it counts for, by this person's groups at that moment. */
  readonly countsFor?: readonly string[] | undefined;
  /** Of an approval: what is delivered is merged as well, without a person, where the repository allows that. */
  readonly isMerging?: true | undefined;
  /** Of the proposal when it was decided: the same person with the same decision on the same version sends it again. */
  readonly version?: number | undefined;
  /** Number of its record in the audit log. */
  readonly auditSequence?: number | undefined;
}

export interface Delivery {
  /** Name of a configured repository. */
  readonly repository: string;
  readonly branch: string;
  readonly path: string;
  /** Head of the branch as this server pushed it. */
  readonly commit: string | undefined;
  readonly pullRequest:
    | { readonly id: string; readonly url: string | undefined; readonly state: "open" | "merged" | "closed" }
    | undefined;
  readonly mergeCommit: string | undefined;
  readonly isTakenOver: boolean;
  readonly trouble: string | undefined;
  /** The object was changed in the repository since the text was reviewed, so nothing was pushed. */
  readonly conflict?: boolean | undefined;
  /** Which text the branch holds, as this server pushed it; an edit since then is not on it yet. */
  readonly sent?: { readonly revision: number; readonly manifest: string; readonly dossierDigest: string } | undefined;
}

/** A policy change shown to people. */
export interface Proposal {
  /** `p-` and 16 hexadecimal digits. */
  readonly id: string;
  /** From 1, for people. */
  readonly number: number;
  readonly cluster: string;
  readonly namespace: string;
  readonly kind: DraftKind;
  readonly policyName: string;
  readonly state: ProposalState;
  readonly origin: ProposalOrigin;
  readonly title: string;
  /** Counts every writing of the record. */
  readonly version: number;
  /** Counts the texts of the policy, from 1; approvals are for one. */
  readonly revision: number;
  readonly baseManifest: string | undefined;
  /** SHA-256 of the object in the cluster or repository that it replaces; undefined where there was none. */
  readonly baseDigest: string | undefined;
  readonly manifest: string;
  readonly dossierDigest: string;
  readonly risk: "low" | "medium" | "high";
  readonly readinessDay: number | undefined;
  readonly newlyDenied: number;
  readonly newlyAllowed: number;
  readonly lawBreaches: number;
  readonly justification: string;
  readonly ticket: string;
  readonly labels: readonly string[];
  readonly reviewers: readonly string[];
  readonly approvalsNeeded: number;
  readonly expiresAtMs: number | undefined;
  readonly author: ProposalPerson;
  /** Everybody who changed the text, the author first; undefined author of the server's own is `postern`. */
  readonly editors: readonly ProposalPerson[];
  /** Oldest first; all of them, also of earlier revisions. */
  readonly decisions: readonly Decision[];
  readonly delivery: Delivery | undefined;
  readonly supersedes: string | undefined;
  readonly supersededBy: string | undefined;
  readonly reverts: string | undefined;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}
