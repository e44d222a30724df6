import { fail, ok, type Result } from "../../core/result.ts";
import { approvalRefused, approvalsMissing } from "./approvals.ts";
import { canHappen, moves } from "./moves.ts";
import type { ProposalEvent } from "./proposal-event.ts";
import { serverSubject } from "./proposal-text.ts";
import type { Decision, Proposal, ProposalPerson } from "./proposal.ts";
import type { Refusal } from "./refusal.ts";

/**
 * What becomes of a proposal when something happens to it: the state it is in, and one decision more. Its `version` stays: whoever
 * writes it down counts. Pure, never throws.
 */
export function transition(proposal: Proposal, event: ProposalEvent, nowMs: number): Result<Proposal, Refusal> {
  const refused =
    canHappen(proposal, event.type) ??
    fullness(proposal, event) ??
    staleness(proposal, event) ??
    objection(proposal, event);
  if (refused !== undefined) return fail(refused);
  const to = moves[event.type].get(proposal.state) ?? proposal.state;
  const changed: Proposal = { ...proposal, ...changeOf(proposal, event), updatedAtMs: nowMs };
  const decision: Decision = {
    atMs: nowMs,
    by: event.by,
    action: event.type,
    from: proposal.state,
    to,
    revision: event.type === "merge" ? revisionSent(proposal) : changed.revision,
    comment: event.comment,
    version: proposal.version,
    ...(event.type === "approve" ? { countsFor: event.law.countsFor } : {}),
  };
  const decided: Proposal = { ...changed, state: to, decisions: [...proposal.decisions, decision] };
  if (event.type !== "approve" || approvalsMissing(decided, event.law).length === 0) return ok(decided);
  const waiting: Decision = { ...decision, to: proposal.state };
  return ok({ ...decided, state: proposal.state, decisions: [...proposal.decisions, waiting] });
}

/** Whatever can go on without end ends here; what leads to an end is always possible. */
const mostDecisions = 1_000;
const endless: ReadonlySet<ProposalEvent["type"]> = new Set([
  "submit",
  "edit",
  "describe",
  "comment",
  "open-pull-request",
]);

function fullness({ decisions }: Proposal, { type, by }: ProposalEvent): Refusal | undefined {
  if (decisions.length < mostDecisions || !endless.has(type) || by.subject === serverSubject) return undefined;
  return {
    kind: "conflict",
    code: "proposal_full",
    message: `the proposal has ${mostDecisions} decisions and comments, and takes no more: decide it, or withdraw it and make another`,
  };
}

function staleness({ revision }: Proposal, event: ProposalEvent): Refusal | undefined {
  if (!("revision" in event) || event.revision === revision) return undefined;
  return {
    kind: "stale",
    code: "proposal_stale",
    message: `the text was changed meanwhile: you looked at revision ${event.revision}, now it is ${revision}; look again`,
  };
}

function objection(proposal: Proposal, event: ProposalEvent): Refusal | undefined {
  switch (event.type) {
    case "approve":
      return approvalRefused(proposal, event.by, event.law);
    case "edit":
      if (proposal.delivery?.isTakenOver === true) {
        return {
          kind: "conflict",
          code: "proposal_taken_over",
          message:
            "people's own commits stand on its branch; change the text there, or withdraw this proposal and make another",
        };
      }
      return undefined;
    default:
      return undefined;
  }
}

function changeOf(proposal: Proposal, event: ProposalEvent): Partial<Proposal> {
  switch (event.type) {
    case "edit":
      return { ...event.text, revision: proposal.revision + 1, editors: withPerson(proposal.editors, event.by) };
    case "describe":
      return event.details;
    case "approve":
      return { approvalsNeeded: event.law.approvalsNeeded, lawBreaches: 0 };
    case "pull-request-opened":
    case "conflict":
    case "pull-request-closed":
      return { delivery: event.delivery };
    case "taken-over":
      return { delivery: { ...event.delivery, isTakenOver: true } };
    case "merge":
      return { delivery: event.delivery, ...textSent({ ...proposal, delivery: event.delivery }) };
    case "supersede":
      return { supersededBy: event.supersededBy };
    case "submit":
    case "request-changes":
    case "reject":
    case "withdraw":
    case "open-pull-request":
    case "sync":
    case "enforce":
    case "verify":
    case "roll-back":
    case "comment":
      return {};
    default:
      event satisfies never;
      throw new Error("not an event of a proposal");
  }
}

/** What was merged is what the branch held; a text that was written since is not in Git. */
function textSent({ delivery, revision }: Proposal): Partial<Proposal> {
  const sent = delivery?.sent;
  if (sent === undefined || sent.revision === revision) return {};
  return { manifest: sent.manifest, dossierDigest: sent.dossierDigest };
}

function revisionSent({ delivery, revision }: Proposal): number {
  return delivery?.sent?.revision ?? revision;
}

function withPerson(people: readonly ProposalPerson[], person: ProposalPerson): readonly ProposalPerson[] {
  return people.some(({ subject }) => subject === person.subject) ? people : [...people, person];
}
