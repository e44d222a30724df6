import { fail, ok, type Result } from "../../core/result.ts";
import { approvalsOf } from "../../pipeline/propose/approvals.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { Verb } from "../access/access.ts";
import { type Principal, personOf } from "../access/principal.ts";
import type { LawAnswer } from "../law/law-judge.ts";
import { changedMeanwhile, proposalNotFound } from "../proposals/change-proposal.ts";
import { lawInputOf, weighedByLaw } from "../proposals/law-of-proposal.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { ProposalAction, ProposalDetail, ProposalRequest } from "../wire/proposals.ts";
import { actOnProposal } from "./act-on-proposal.ts";
import type { DeskFailure } from "./desk-failure.ts";
import type { ProposalDesk } from "./desk.ts";
import { draftFromFinding, draftFromText, draftFromTraffic, type UnjudgedProposal } from "./draft-proposal.ts";
import { dossierGone, editProposal } from "./edit-proposal.ts";
import { deskFailureOf } from "./judge-failure.ts";
import { judgedByLaw } from "./judged-by-law.ts";
import { listProposals } from "./list-proposals.ts";
import type { ProposalDeskParts } from "./proposal-desk-parts.ts";
import { forbidden, mayOf, verbOf } from "./proposal-permissions.ts";
import { proposalDetail } from "./proposal-view.ts";

/** Or the number for people. */
const idForm = /^(?:p-[0-9a-f]{16}|[1-9]\d{0,14})$/;

/** Proposals for people: what they may see, change and decide. */
export function proposalDesk(parts: ProposalDeskParts): ProposalDesk {
  const { place, judge, law, access } = parts;
  const { decisions, nowMs } = place;

  /** What one may not see is as if it were not there. */
  const visible = async (who: Principal, id: string): Promise<Result<Proposal, DeskFailure>> => {
    // What can be no id is not asked for: databases refuse some texts.
    const proposal = idForm.test(id) ? await decisions.proposals.byId(id) : undefined;
    const isVisible = proposal !== undefined && (await access.may(who, "view", proposal));
    return isVisible ? ok(proposal) : fail(proposalNotFound(id));
  };
  const permitted = async (who: Principal, id: string, verb: Verb): Promise<Result<Proposal, DeskFailure>> => {
    const proposal = await visible(who, id);
    if (!proposal.ok || (await access.may(who, verb, proposal.value))) return proposal;
    return fail(forbidden(verb, proposal.value));
  };
  const detailOf = async (who: Principal, proposal: Proposal): Promise<Result<ProposalDetail, DeskFailure>> => {
    const dossier = await decisions.proposals.dossier(proposal.dossierDigest);
    if (dossier === undefined) return fail(dossierGone(proposal));
    const answer = await law.judge(lawInputOf(proposal, dossier, nowMs()));
    return ok(proposalDetail(proposal, dossier, answer.verdicts, await mayOf(who, proposal, answer, access)));
  };
  const shown = async (
    who: Principal,
    proposal: Result<Proposal, DeskFailure>,
  ): Promise<Result<ProposalDetail, DeskFailure>> => (proposal.ok ? detailOf(who, proposal.value) : proposal);

  return {
    list: async (who, query) => listProposals({ decisions, access, law, nowMs }, who, query),
    get: async (who, id) => shown(who, await visible(who, id)),
    create: async (who, request, signal) => {
      const where = await placeOfRequest(parts, who, request);
      if (!where.ok) return where;
      const tell = progressOf(parts, where.value);
      tell(0);
      const drafted = await draft(parts, who, request, where.value, signal);
      if (drafted.ok) tell(0.9);
      const made = await shown(who, drafted.ok ? await judgedByLaw(parts, who, drafted.value) : drafted);
      tell(1, made.ok ? null : made.error.message);
      return made;
    },
    preview: async (who, id, manifest, signal) => {
      const found = await visible(who, id);
      if (!found.ok) return found;
      const proposal = found.value;
      const { cluster, namespace, baseManifest } = proposal;
      const asked = { cluster, namespace, manifest, baseManifest: baseManifest ?? "" };
      const judged = await judge.judge(asked, signal);
      if (!judged.ok) return fail(deskFailureOf(judged.error));
      const { findings, dossier, exposure } = judged.value;
      if (dossier === undefined) {
        return ok({ findings: [...findings], laws: [], dossier: null, exposure: exposure ?? null });
      }
      const answer = await law.judge(lawInputOf({ ...proposal, manifest }, dossier, nowMs()));
      const weighed = weighedByLaw(dossier, answer);
      return ok({
        findings: [...findings],
        laws: [...answer.verdicts],
        dossier: weighed,
        exposure: exposure ?? weighed.exposureAfter,
      });
    },
    edit: async (who, id, edit, version, signal) => {
      const proposal = await permitted(who, id, verbOf.edit);
      if (!proposal.ok) return proposal;
      if (proposal.value.version !== version) return fail(changedMeanwhile);
      return shown(who, await editProposal(parts, who, proposal.value, edit, signal));
    },
    act: async (who, id, action, version) => {
      const proposal = await permitted(who, id, verbOf[action.action]);
      if (!proposal.ok) return proposal;
      if (proposal.value.version !== version) {
        // Whoever did not hear the answer asks again, perhaps of another server, and what was decided stands.
        return isDecided(proposal.value, who, action, version) ? shown(who, proposal) : fail(changedMeanwhile);
      }
      const answer = await answerFor(parts, who, proposal.value, action.action);
      return shown(who, await actOnProposal(parts, who, proposal.value, action, answer));
    },
  };
}

/** Whether this person made exactly this decision on exactly this version. */
function isDecided(
  { decisions }: Proposal,
  who: Principal,
  { action, comment, revision }: ProposalAction,
  version: number,
): boolean {
  return decisions.some(
    (one) =>
      one.version === version &&
      one.action === action &&
      one.by.subject === who.subject &&
      one.revision === revision &&
      one.comment === comment,
  );
}

/** Of making a proposal: learning takes its time, and pages that wait show how far it is. */
function progressOf(
  { place }: ProposalDeskParts,
  { cluster, namespace }: NamespaceRef,
): (done: number, failure?: string | null) => void {
  const task = `propose/${cluster}/${namespace}`;
  const title = `Judging a proposal for ${cluster}/${namespace}`;
  return (done, failure = null) => {
    const event = { type: "progress", task, title, done, isFinished: done === 1, failure } as const;
    place.events.tell(event, { cluster, namespace });
  };
}

async function draft(
  parts: ProposalDeskParts,
  who: Principal,
  request: ProposalRequest,
  where: NamespaceRef & { readonly finding?: { readonly body: string; readonly fixedManifest: string } },
  signal: AbortSignal,
): Promise<Result<UnjudgedProposal, DeskFailure>> {
  if (request.from === "traffic") return draftFromTraffic(parts, request, signal);
  if (request.from === "text") return draftFromText(parts, request, who, signal);
  return draftFromFinding(parts, where, where.finding!, signal);
}

type Asked = NamespaceRef & { readonly finding?: { readonly body: string; readonly fixedManifest: string } };

/** Where the new proposal belongs, if this person may edit there. */
async function placeOfRequest(
  { access, place }: ProposalDeskParts,
  who: Principal,
  request: ProposalRequest,
): Promise<Result<Asked, DeskFailure>> {
  const finding = request.from === "finding" ? await place.decisions.namespaces.finding(request.finding) : undefined;
  const where = request.from === "finding" ? finding?.where : request;
  if (where === undefined || !(await access.may(who, "view", where))) {
    const message =
      request.from === "finding"
        ? "there is no such finding that you may see; it may have been mended, look through the rules"
        : `there is no namespace \`${request.cluster}/${request.namespace}\` that you may see`;
    return fail({ kind: "not-found", code: "proposal_place_not_found", message });
  }
  const { cluster, namespace } = where;
  if (!(await access.may(who, "edit", where))) return fail(forbidden("edit", where));
  if (finding === undefined) return ok({ cluster, namespace });
  const { body, fixedManifest } = finding;
  if (fixedManifest === undefined) {
    const message = "no change is proven to mend this finding safely; write the text by hand";
    return fail({ kind: "conflict", code: "proposal_no_fix", message });
  }
  return ok({ cluster, namespace, finding: { body, fixedManifest } });
}

async function answerFor(
  { law, place }: ProposalDeskParts,
  who: Principal,
  proposal: Proposal,
  action: string,
): Promise<LawAnswer> {
  const dossier = await place.decisions.proposals.dossier(proposal.dossierDigest);
  const input = lawInputOf(proposal, dossier, place.nowMs());
  const isApproval = action === "approve" && approvalsOf(proposal).every(({ by }) => by.subject !== who.subject);
  return law.judge(isApproval ? { ...input, approvers: [...input.approvers, personOf(who)] } : input);
}
