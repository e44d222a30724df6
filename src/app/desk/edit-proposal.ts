import { fail, ok, type Result } from "../../core/result.ts";
import { canHappen } from "../../pipeline/propose/moves.ts";
import type { ProposalDetails, RevisedText } from "../../pipeline/propose/proposal-event.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { type Principal, personOf } from "../access/principal.ts";
import { changedMeanwhile, changeProposal, type ProposalStep } from "../proposals/change-proposal.ts";
import { dossierDigest, judgedBy } from "../proposals/create-proposal.ts";
import { breachesOf, lawInputOf, weighedByLaw } from "../proposals/law-of-proposal.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { ProposalEdit } from "../wire/proposals.ts";
import type { DeskFailure } from "./desk-failure.ts";
import { deskFailureOf, textRefused } from "./judge-failure.ts";
import { oneLine } from "./one-line.ts";
import type { ProposalDeskParts } from "./proposal-desk-parts.ts";

type Parts = Pick<ProposalDeskParts, "judge" | "law" | "place">;

/** Takes a new text, or what people say of it; the text is judged before anything is written. */
export async function editProposal(
  parts: Parts,
  who: Principal,
  proposal: Proposal,
  edit: ProposalEdit,
  signal: AbortSignal,
): Promise<Result<Proposal, DeskFailure>> {
  const { place, law } = parts;
  const expiresAtMs = edit.expiresAtMs === undefined ? proposal.expiresAtMs : (edit.expiresAtMs ?? undefined);
  const manifest = edit.manifest ?? proposal.manifest;
  const isText = manifest !== proposal.manifest;
  const isNewRevision = isText || expiresAtMs !== proposal.expiresAtMs;
  const impossible = canHappen(proposal, isNewRevision ? "edit" : "describe");
  if (impossible !== undefined) return fail(impossible);
  const nowMs = place.nowMs();
  if (expiresAtMs !== undefined && expiresAtMs !== proposal.expiresAtMs) {
    const trouble = expiryTrouble(expiresAtMs, nowMs);
    if (trouble !== undefined) return fail({ kind: "invalid", code: "proposal_expiry", message: trouble });
  }
  const judged = await dossierOfText(parts, proposal, manifest, isText, signal);
  if (!judged.ok) return judged;
  const { title, justification, ticket, reviewers } = edit;
  const told: ProposalDetails = {
    ...(oneLine(title ?? "") === "" ? {} : { title: oneLine(title ?? "") }),
    ...(justification === undefined ? {} : { justification }),
    ...(ticket === undefined ? {} : { ticket }),
    ...(reviewers === undefined ? {} : { reviewers }),
  };
  const by = personOf(who);
  const editors = isNewRevision ? [...proposal.editors, by] : proposal.editors;
  const next = { ...proposal, ...told, manifest, expiresAtMs, editors };
  const answer = await law.judge(lawInputOf(next, judged.value, nowMs));
  const verdict = { lawBreaches: breachesOf(answer), approvalsNeeded: answer.approvalsNeeded };
  const steps: ProposalStep[] = [];
  if (Object.keys(told).length > 0) {
    steps.push({ event: { type: "describe", by, comment: "", details: { ...told, ...verdict } } });
  }
  if (isNewRevision) {
    const dossier = weighedByLaw(judged.value, answer);
    const digest = dossierDigest(dossier);
    const { baseManifest, baseDigest } = proposal;
    const text: RevisedText = {
      manifest,
      baseManifest,
      baseDigest,
      dossierDigest: digest,
      ...judgedBy(dossier),
      ...verdict,
      expiresAtMs,
    };
    const { evidence } = dossier;
    const records = [
      {
        atMs: nowMs,
        kind: "observation.digest",
        subject: `namespace/${proposal.cluster}/${proposal.namespace}`,
        actor: by,
        payload: { ...evidence },
      },
    ];
    steps.push({ event: { type: "edit", by, comment: "", text }, dossier: { digest, dossier }, records });
  }
  return changeProposal(place, proposal.id, ({ version }) =>
    version === proposal.version ? ok(steps) : fail(changedMeanwhile),
  );
}

const longestMs = 10 * 366 * 86_400_000;

function expiryTrouble(expiresAtMs: number, nowMs: number): string | undefined {
  if (expiresAtMs <= nowMs) return "the moment at which it must be gone lies in the past; give a later one";
  if (Number.isInteger(expiresAtMs) && expiresAtMs <= nowMs + longestMs) return undefined;
  return "the moment at which it must be gone is to be whole milliseconds since 1970, at most ten years from now";
}

async function dossierOfText(
  { judge, place }: Parts,
  proposal: Proposal,
  manifest: string,
  isText: boolean,
  signal: AbortSignal,
): Promise<Result<Dossier, DeskFailure>> {
  if (!isText) {
    const dossier = await place.decisions.proposals.dossier(proposal.dossierDigest);
    return dossier === undefined ? fail(dossierGone(proposal)) : ok(dossier);
  }
  const { cluster, namespace, baseManifest, kind, policyName } = proposal;
  // With nothing to replace, an empty base says so: undefined would mean whatever is in force.
  const asked = { cluster, namespace, manifest, baseManifest: baseManifest ?? "" };
  const judged = await judge.judge(asked, signal);
  if (!judged.ok) return fail(deskFailureOf(judged.error));
  const { policy, dossier } = judged.value;
  if (policy === undefined || dossier === undefined) return fail(textRefused(judged.value));
  if (policy.kind !== kind || policy.name !== policyName) {
    const message = `the proposal is about ${kind} \`${policyName}\`, and the text is ${policy.kind} \`${policy.name}\`; make another proposal for it`;
    return fail({ kind: "invalid", code: "proposal_other_object", message });
  }
  return ok(dossier);
}

export function dossierGone({ number }: Proposal): DeskFailure {
  const message = `the dossier of #${number} is not in the database; make the proposal again`;
  return { kind: "unavailable", code: "proposal_dossier_gone", message };
}
