import { fail, ok, type Result } from "../../core/result.ts";
import type { ProposalEvent } from "../../pipeline/propose/proposal-event.ts";
import { isBeforeMerge, isFinal } from "../../pipeline/propose/proposal-states.ts";
import type { Delivery, Proposal, ProposalPerson } from "../../pipeline/propose/proposal.ts";
import type { AuditEntry } from "../audit/audit-log.ts";
import { canonicalJson } from "../audit/canonical-json.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { Books } from "../state/books.ts";
import { afterMerge } from "./after-merge.ts";
import { changedMeanwhile, takeStep, tellProposal, undoable } from "./change-proposal.ts";
import type { ProposalPlace } from "./proposal-place.ts";
import { alertRecord, placeOf } from "./proposal-records.ts";

/**
 * Makes the proposal follow how its change stands in Git: opened, merged, closed, taken over, in conflict. The same telling again
 * changes nothing and records nothing.
 * @param next how it stands, given the proposal as it is; undefined: nothing to say
 * @returns the proposal afterwards; undefined when there is none of this id
 */
export async function applyDelivery(
  place: ProposalPlace,
  id: string,
  next: (proposal: Proposal) => Delivery | undefined,
  by: ProposalPerson,
): Promise<Proposal | undefined> {
  const told: Proposal[] = [];
  const result = await undoable<Proposal | undefined>(place, async (books) => {
    told.length = 0;
    let proposal = await books.proposals.byId(id);
    const delivery = proposal === undefined ? undefined : next(proposal);
    if (proposal === undefined || delivery === undefined) return ok(proposal);
    // Opened and taken over at once are two events; more than these there cannot be.
    for (let step = 0; step < 3; step++) {
      const moved = await follow(books, place, proposal, delivery, by, told);
      if (!moved.ok) return moved;
      if (moved.value === undefined) break;
      proposal = moved.value;
    }
    return ok(proposal);
  });
  // Somebody wrote at the same moment: who tells of deliveries tells again.
  if (!result.ok && result.error.kind !== "stale") throw new Error(result.error.message);
  for (const proposal of told) tellProposal(place, proposal);
  return result.ok ? result.value : place.decisions.proposals.byId(id);
}

async function follow(
  books: Books,
  place: ProposalPlace,
  proposal: Proposal,
  delivery: Delivery,
  by: ProposalPerson,
  told: Proposal[],
): Promise<Result<Proposal | undefined, DeskFailure>> {
  const nowMs = place.nowMs();
  const event = eventOf(proposal, delivery, by);
  if (event === undefined) return note(books, proposal, delivery, nowMs, told);
  const moved = await takeStep(books, proposal, { event }, nowMs);
  if (!moved.ok) return moved;
  told.push(moved.value);
  if (event.type === "merge") {
    const trouble = await afterMerge(books, place, proposal, moved.value, told);
    if (trouble !== undefined) return fail(trouble);
  }
  return moved;
}

function eventOf(proposal: Proposal, delivery: Delivery, by: ProposalPerson): ProposalEvent | undefined {
  const { state } = proposal;
  if (!isBeforeMerge(state)) return undefined;
  const how = delivery.pullRequest?.state;
  const told = { by, delivery };
  if (how === "merged" || delivery.mergeCommit !== undefined) return { type: "merge", ...told, comment: "" };
  if (how === "closed") {
    return { type: "pull-request-closed", ...told, comment: "its pull request was closed without a merge" };
  }
  if (delivery.conflict === true && (state === "approved" || state === "pull-request-open")) {
    return { type: "conflict", ...told, comment: delivery.trouble ?? "" };
  }
  const holdsText = delivery.sent === undefined || delivery.sent.revision === proposal.revision;
  if (how === "open" && state === "approved" && holdsText) {
    const isTakenOver = proposal.delivery?.isTakenOver ?? false;
    return { type: "pull-request-opened", by, delivery: { ...delivery, isTakenOver }, comment: "" };
  }
  if (delivery.isTakenOver && proposal.delivery?.isTakenOver !== true) {
    return { type: "taken-over", ...told, comment: "a person's commits stand on its branch" };
  }
  return undefined;
}

/** No event, only news of how it stands. */
async function note(
  books: Books,
  proposal: Proposal,
  delivery: Delivery,
  nowMs: number,
  told: Proposal[],
): Promise<Result<Proposal | undefined, DeskFailure>> {
  const before = proposal.delivery;
  if (before !== undefined && canonicalJson(before) === canonicalJson(delivery)) return ok(undefined);
  const records: AuditEntry[] = [];
  if (delivery.trouble !== undefined && delivery.trouble !== before?.trouble) {
    records.push(alertRecord(proposal, nowMs, delivery.trouble));
  }
  if (delivery.commit !== undefined && delivery.commit !== before?.commit) {
    records.push({
      atMs: nowMs,
      kind: "proposal.push",
      subject: `proposal/${proposal.id}`,
      actor: { subject: "postern", name: "Postern" },
      payload: {
        ...placeOf(proposal),
        commit: delivery.commit,
        branch: delivery.branch,
        revision: delivery.sent?.revision,
      },
    });
  }
  const isMergedAnyway = delivery.pullRequest?.state === "merged" && before?.pullRequest?.state !== "merged";
  if (isFinal(proposal.state) && isMergedAnyway) {
    const message = `the pull request was merged although the proposal is ${proposal.state}`;
    records.push(alertRecord(proposal, nowMs, message, { mergeCommit: delivery.mergeCommit }));
  }
  if (records.length > 0) await books.audit.append(records);
  const written = await books.proposals.replace({ ...proposal, delivery, updatedAtMs: nowMs });
  if (written === undefined) return fail(changedMeanwhile);
  told.push(written);
  return ok(written);
}
