import { fail, ok, type Result } from "../../core/result.ts";
import type { ProposalEvent } from "../../pipeline/propose/proposal-event.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { transition } from "../../pipeline/propose/transition.ts";
import type { AuditEntry } from "../audit/audit-log.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { Books } from "../state/books.ts";
import type { Dossier } from "../wire/dossier.ts";
import { jobsAfter } from "./proposal-jobs.ts";
import type { ProposalPlace } from "./proposal-place.ts";
import { decisionRecord } from "./proposal-records.ts";

/** What to do to a proposal as it stands now. */
export interface ProposalStep {
  readonly event: ProposalEvent;
  /** Of a new text. */
  readonly dossier?: { readonly digest: string; readonly dossier: Dossier };
  /** Told to the audit log before the decision. */
  readonly records?: readonly AuditEntry[];
  /** Of an approval: also merge, without a person. */
  readonly merge?: boolean;
  /** What else belongs into the transaction, after the decision was written. A failure undoes everything. */
  readonly also?: (books: Books, proposal: Proposal) => Promise<DeskFailure | undefined>;
}

/**
 * Looks at the proposal, decides, and writes proposal, audit records and jobs in one transaction; then tells open pages.
 * @param choose steps in their order, asked in the transaction and perhaps again; none leaves everything as it is
 * @returns the proposal as it is afterwards
 */
export async function changeProposal(
  place: ProposalPlace,
  id: string,
  choose: (proposal: Proposal) => Result<readonly ProposalStep[], DeskFailure>,
): Promise<Result<Proposal, DeskFailure>> {
  const result = await undoable(place, async (books) => {
    let proposal = await books.proposals.byId(id);
    if (proposal === undefined) return fail(proposalNotFound(id));
    const steps = choose(proposal);
    if (!steps.ok) return steps;
    for (const step of steps.value) {
      const changed = await takeStep(books, proposal, step, place.nowMs());
      if (!changed.ok) return changed;
      proposal = changed.value;
    }
    return ok({ proposal, isChanged: steps.value.length > 0 });
  });
  if (!result.ok) return result;
  if (result.value.isChanged) tellProposal(place, result.value.proposal);
  return ok(result.value.proposal);
}

/** One step inside a transaction that the caller holds; the caller undoes it when it fails. */
export async function takeStep(
  books: Books,
  proposal: Proposal,
  step: ProposalStep,
  nowMs: number,
): Promise<Result<Proposal, DeskFailure>> {
  const moved = transition(proposal, step.event, nowMs);
  if (!moved.ok) return moved;
  const decision = moved.value.decisions.at(-1)!;
  const records = [...(step.records ?? []), decisionRecord(moved.value, decision)];
  const appended = await books.audit.append(records);
  const auditSequence = appended.at(-1)?.sequence;
  if (step.dossier !== undefined) await books.proposals.putDossier(step.dossier.digest, step.dossier.dossier);
  const isMerging = step.merge === true ? { isMerging: true as const } : {};
  const decisions = [...proposal.decisions, { ...decision, ...isMerging, auditSequence }];
  const written = await books.proposals.replace({ ...moved.value, decisions });
  if (written === undefined) return fail(changedMeanwhile);
  for (const job of jobsAfter(proposal, written, step.event.type, nowMs, step.merge)) await books.jobs.put(job);
  const trouble = await step.also?.(books, written);
  return trouble === undefined ? ok(written) : fail(trouble);
}

/** Runs work in one transaction, and undoes all of it when its answer is a failure. */
export async function undoable<T>(
  { decisions }: Pick<ProposalPlace, "decisions">,
  work: (books: Books) => Promise<Result<T, DeskFailure>>,
): Promise<Result<T, DeskFailure>> {
  try {
    return ok(
      await decisions.change(async (books) => {
        const result = await work(books);
        if (!result.ok) throw new Undone(result.error);
        return result.value;
      }),
    );
  } catch (error) {
    if (error instanceof Undone) return fail(error.failure);
    throw error;
  }
}

class Undone extends Error {
  readonly failure: DeskFailure;

  constructor(failure: DeskFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export function tellProposal({ events }: ProposalPlace, { id, cluster, namespace, state }: Proposal): void {
  events.tell({ type: "proposal", id, cluster, namespace, state }, { cluster, namespace });
}

export function proposalNotFound(id: string): DeskFailure {
  const message = `there is no proposal \`${id}\` that you may see; look through the list`;
  return { kind: "not-found", code: "proposal_not_found", message };
}

export const changedMeanwhile: DeskFailure = {
  kind: "stale",
  code: "proposal_stale",
  message: "the proposal was changed meanwhile; look at it again",
};
