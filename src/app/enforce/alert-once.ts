import { ok } from "../../core/result.ts";
import { serverSubject } from "../../pipeline/propose/proposal-text.ts";
import { personOf, postern } from "../access/principal.ts";
import { changeProposal } from "../proposals/change-proposal.ts";
import type { ProposalPlace } from "../proposals/proposal-place.ts";
import { alertRecord } from "../proposals/proposal-records.ts";

/**
 * Tells people of a proposal that goes wrong, as an alert and as a comment of the server, once.
 * @param what begins the message, and is what it is known by when it is told again
 */
export async function alertOnce(place: ProposalPlace, id: string, what: string, details: string): Promise<void> {
  const message = `${what}: ${details}`;
  await changeProposal(place, id, (proposal) => {
    const isTold = proposal.decisions.some(
      ({ action, by, comment }) => action === "comment" && by.subject === serverSubject && comment.startsWith(what),
    );
    if (isTold) return ok([]);
    const event = { type: "comment", by: personOf(postern), comment: message, revision: proposal.revision } as const;
    return ok([{ event, records: [alertRecord(proposal, place.nowMs(), message)] }]);
  });
}
