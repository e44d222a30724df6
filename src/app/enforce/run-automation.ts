import { fail, ok, type Result } from "../../core/result.ts";
import { type AutomationStep, planAutomation } from "../../pipeline/enforce/plan-automation.ts";
import type { ProposalEvent } from "../../pipeline/propose/proposal-event.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { personOf, postern } from "../access/principal.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import { draftFromTraffic } from "../desk/draft-proposal.ts";
import { judgedByLaw } from "../desk/judged-by-law.ts";
import { changeProposal, proposalNotFound } from "../proposals/change-proposal.ts";
import { lawForApproval, lawInputOf } from "../proposals/law-of-proposal.ts";
import type { Books } from "../state/books.ts";
import { automaticChanges, automationInput, type FutileTries, keyOf } from "./automation-input.ts";
import type { EnforceParts } from "./enforce-parts.ts";

/** What automation did or left, and why; the failure where a step could not be made. */
export type AutomationOutcome = AutomationStep & { readonly failure?: DeskFailure };

const server = personOf(postern);

/**
 * Makes the plan of automation come true, as `postern`: each decision is recorded with its reason. The budget is counted again in the
 * transaction that uses it, so that two replicas do not use the same room twice.
 */
export async function runAutomation(
  parts: EnforceParts,
  futile: FutileTries,
  nowMs: number,
  signal: AbortSignal,
): Promise<readonly AutomationOutcome[]> {
  const input = await automationInput(parts, futile, nowMs);
  const steps = input === undefined ? [] : planAutomation(input);
  const outcomes: AutomationOutcome[] = [];
  for (const step of steps) {
    if (signal.aborted) break;
    const failure = await carryOut(parts, futile, step, nowMs, signal);
    outcomes.push(failure === undefined ? step : { ...step, failure });
  }
  return outcomes;
}

async function carryOut(
  parts: EnforceParts,
  futile: FutileTries,
  step: AutomationStep,
  nowMs: number,
  signal: AbortSignal,
): Promise<DeskFailure | undefined> {
  switch (step.step) {
    case "propose":
      return propose(parts, futile, step, nowMs, signal);
    case "ask-review":
      return failureOf(await askReview(parts, step.proposal, step.because));
    case "approve":
      return failureOf(await approve(parts, futile, step.proposal, step.because, nowMs));
    case "back-to-review":
      return backToReview(parts, step);
    case "wait":
      return undefined;
    default:
      return step satisfies never;
  }
}

async function propose(
  parts: EnforceParts,
  futile: FutileTries,
  { cluster, namespace }: AutomationStep,
  nowMs: number,
  signal: AbortSignal,
): Promise<DeskFailure | undefined> {
  const where = { cluster, namespace };
  const record = await parts.place.decisions.namespaces.get(where);
  const drafted = await draftFromTraffic(parts, { ...where, kind: "EgressFirewall", posture: "balanced" }, signal);
  const made = drafted.ok ? await judgedByLaw(parts, postern, drafted.value) : drafted;
  if (made.ok) futile.proposing.delete(keyOf(where));
  else futile.proposing.set(keyOf(where), { atMs: nowMs, evidenceDigest: record?.evidenceDigest });
  return failureOf(made);
}

async function askReview(
  { place }: Pick<EnforceParts, "place">,
  id: string,
  because: string,
): Promise<Result<Proposal, DeskFailure>> {
  return changeProposal(place, id, ({ state, revision }) =>
    ok(state === "draft" ? [{ event: { type: "submit", by: server, comment: because, revision } }] : []),
  );
}

async function approve(
  { place, law, automation }: EnforceParts,
  futile: FutileTries,
  id: string,
  because: string,
  nowMs: number,
): Promise<Result<Proposal, DeskFailure>> {
  const { decisions } = place;
  const proposal = await decisions.proposals.byId(id);
  if (proposal === undefined) return fail(proposalNotFound(id));
  const dossier = await decisions.proposals.dossier(proposal.dossierDigest);
  const answer = await law.judge(lawInputOf(proposal, dossier, nowMs));
  const ruling = lawForApproval(answer, postern);
  const { changesPerDay } = await automation();
  const withinBudget = async ({ audit }: Books): Promise<DeskFailure | undefined> => {
    const used = (await automaticChanges(audit, place.nowMs())).length;
    if (used <= changesPerDay) return undefined;
    const message = `all ${changesPerDay} changes of 24 hours are used`;
    return { kind: "conflict", code: "proposal_budget", message };
  };
  const approved = await changeProposal(place, id, ({ state, version, revision }) => {
    if (version !== proposal.version) return ok([]);
    const told = { by: server, comment: because, revision };
    const event: ProposalEvent = { type: "approve", ...told, law: ruling };
    const approval = { event, also: withinBudget };
    return ok(state === "draft" ? [{ event: { type: "submit", ...told } }, approval] : [approval]);
  });
  // Whom the law wants to decide must hear of it.
  if (!approved.ok && (approved.error.kind === "unlawful" || approved.error.kind === "forbidden")) {
    futile.approving.set(id, { atMs: nowMs, revision: proposal.revision });
    await askReview({ place }, id, approved.error.message);
  }
  return approved;
}

async function backToReview({ place }: EnforceParts, step: AutomationStep): Promise<undefined> {
  const { cluster, namespace, because } = step;
  const where = { cluster, namespace };
  await place.decisions.change(async (books) => {
    const record = await books.namespaces.get(where);
    if (record?.phase !== "automate") return;
    await books.namespaces.set(where, { phase: "review", reviewByMs: undefined });
    const payload = { ...where, from: "automate", to: "review", because };
    const subject = `namespace/${cluster}/${namespace}`;
    await books.audit.append([{ atMs: place.nowMs(), kind: "namespace.phase", subject, actor: server, payload }]);
  });
  place.events.tell({ type: "namespace", ...where }, where);
  return undefined;
}

function failureOf(result: Result<unknown, DeskFailure>): DeskFailure | undefined {
  return result.ok ? undefined : result.error;
}
