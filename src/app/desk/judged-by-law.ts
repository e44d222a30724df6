import type { Result } from "../../core/result.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { type Principal, personOf } from "../access/principal.ts";
import { createProposal } from "../proposals/create-proposal.ts";
import { breachesOf, lawInputOf, weighedByLaw } from "../proposals/law-of-proposal.ts";
import type { DeskFailure } from "./desk-failure.ts";
import type { UnjudgedProposal } from "./draft-proposal.ts";
import type { ProposalDeskParts } from "./proposal-desk-parts.ts";

/** Writes the draft with what the law says of it. */
export async function judgedByLaw(
  { place, law }: Pick<ProposalDeskParts, "place" | "law">,
  who: Principal,
  drafted: UnjudgedProposal,
): Promise<Result<Proposal, DeskFailure>> {
  const judged = {
    ...drafted,
    editors: [drafted.author],
    justification: drafted.justification ?? "",
    ticket: "",
    labels: drafted.labels ?? [],
    expiresAtMs: drafted.expiresAtMs,
    decisions: [],
    revision: 1,
  };
  const answer = await law.judge(lawInputOf(judged, drafted.dossier, place.nowMs()));
  const dossier = weighedByLaw(drafted.dossier, answer);
  const verdict = { lawBreaches: breachesOf(answer), approvalsNeeded: answer.approvalsNeeded };
  return createProposal(place, { ...drafted, ...verdict, dossier }, personOf(who));
}
