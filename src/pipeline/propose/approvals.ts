import { missingApprovals } from "./law/approvals.ts";
import type { LawForApproval } from "./proposal-event.ts";
import { serverSubject } from "./proposal-text.ts";
import type { Decision, Proposal, ProposalPerson } from "./proposal.ts";
import type { Refusal } from "./refusal.ts";

type Decided = Pick<Proposal, "decisions" | "revision">;

/** The approvals that count for the text as it is: none of an earlier text, none from before somebody asked for changes. */
export function approvalsOf({ decisions, revision }: Decided): readonly Decision[] {
  const since = decisions.findLastIndex(({ action }) => action === "request-changes" || action === "conflict");
  const bySubject = new Map<string, Decision>();
  for (const decision of decisions.slice(since + 1)) {
    if (decision.action === "approve" && decision.revision === revision) bySubject.set(decision.by.subject, decision);
  }
  return [...bySubject.values()];
}

/** What is missing until the text is approved, in sentences; empty: nothing. */
export function approvalsMissing(
  proposal: Decided,
  { requirements, approvalsNeeded }: Pick<LawForApproval, "requirements" | "approvalsNeeded">,
): readonly string[] {
  const approvals = approvalsOf(proposal).map(({ by, countsFor = [] }) => ({ subject: by.subject, countsFor }));
  return missingApprovals(requirements, approvals, approvalsNeeded);
}

/** Why this person may not approve this text; undefined: they may. Permission is asked elsewhere. */
export function approvalRefused(proposal: Proposal, by: ProposalPerson, law: LawForApproval): Refusal | undefined {
  if (law.forbids.length > 0) {
    const clauses = law.forbids.map((clause) => `\`${clause}\``).join(", ");
    return {
      kind: "unlawful",
      code: "proposal_unlawful",
      message: `the organisation's law forbids it: ${clauses}; change the text, or the law`,
    };
  }
  const isServer = by.subject === serverSubject;
  if (isServer && !law.mayAutomate) {
    return {
      kind: "unlawful",
      code: "proposal_needs_person",
      message: "the organisation's law wants a person to approve this; ask a reviewer",
    };
  }
  if (!isServer && !law.isApprover) {
    return {
      kind: "forbidden",
      code: "proposal_not_approver",
      message: `the organisation's law wants the approval of others: ${approvalsMissing(proposal, law).join("; ")}`,
    };
  }
  // The server approves only where people let it (a namespace's phase), and what it approves is its own text.
  if (!isServer && !law.mayEditorsApprove && proposal.editors.some(({ subject }) => subject === by.subject)) {
    return {
      kind: "forbidden",
      code: "proposal_own_text",
      message: "you wrote part of this text, so somebody else must approve it",
    };
  }
  const before = approvalsOf(proposal).find((approval) => approval.by.subject === by.subject);
  // The law may have changed since, or the person's groups: then the same person's word may count for more.
  if (before !== undefined && law.countsFor.every((key) => before.countsFor?.includes(key) === true)) {
    return {
      kind: "conflict",
      code: "proposal_approved_already",
      message: "you approved this text already; it waits for somebody else",
    };
  }
  return undefined;
}
