import { fail, ok, type Result } from "../../core/result.ts";
import type { ProposalEvent } from "../../pipeline/propose/proposal-event.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { type Principal, personOf } from "../access/principal.ts";
import type { LawAnswer } from "../law/law-judge.ts";
import { changedMeanwhile, changeProposal } from "../proposals/change-proposal.ts";
import { lawForApproval } from "../proposals/law-of-proposal.ts";
import { proposeRevert } from "../proposals/propose-revert.ts";
import type { ProposalAction } from "../wire/proposals.ts";
import type { DeskFailure } from "./desk-failure.ts";
import type { ProposalDeskParts } from "./proposal-desk-parts.ts";

/**
 * A transition that a person makes.
 * @param answer what the law says of the text with this person among those who approve
 * @returns the proposal afterwards; of `roll-back`, the proposal that takes it back
 */
export async function actOnProposal(
  { place, law }: Pick<ProposalDeskParts, "place" | "law">,
  who: Principal,
  proposal: Proposal,
  { action, comment, revision }: ProposalAction,
  answer: LawAnswer,
): Promise<Result<Proposal, DeskFailure>> {
  if (action === "roll-back") {
    const why = comment || `${who.name} takes it back`;
    return proposeRevert({ place, law }, proposal, who, why, "review");
  }
  const told = { by: personOf(who), comment, revision };
  const event: ProposalEvent =
    action === "approve" ? { type: action, ...told, law: lawForApproval(answer, who) } : { type: action, ...told };
  return changeProposal(place, proposal.id, ({ version }) =>
    version === proposal.version ? ok([{ event }]) : fail(changedMeanwhile),
  );
}
