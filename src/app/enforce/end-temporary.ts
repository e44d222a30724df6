import { ok } from "../../core/result.ts";
import { isAfterMerge, isBeforeMerge } from "../../pipeline/propose/proposal-states.ts";
import { personOf, postern } from "../access/principal.ts";
import { changeProposal } from "../proposals/change-proposal.ts";
import { endTemporaryJob } from "../proposals/proposal-jobs.ts";
import { alertRecord } from "../proposals/proposal-records.ts";
import { proposeRevert } from "../proposals/propose-revert.ts";
import type { EnforceParts } from "./enforce-parts.ts";

/**
 * What becomes of a temporary change on its day: merged, it is proposed to be taken back and the pull request is opened; not merged yet, it
 * is declined; replaced by another change, people are told to look. Asked again, nothing more happens.
 */
export async function endTemporary({ place, law }: Pick<EnforceParts, "place" | "law">, id: string): Promise<void> {
  const { decisions } = place;
  const proposal = await decisions.proposals.byId(id);
  if (proposal?.expiresAtMs === undefined) return;
  const { expiresAtMs } = proposal;
  if (expiresAtMs > place.nowMs()) return decisions.jobs.put(endTemporaryJob(id, expiresAtMs));
  const day = new Date(expiresAtMs).toISOString().slice(0, 10);
  if (isBeforeMerge(proposal.state)) {
    const comment = `it was to be gone by ${day}, and was not merged until then`;
    await changeProposal(place, id, ({ state, revision }) =>
      ok(isBeforeMerge(state) ? [{ event: { type: "reject", by: personOf(postern), comment, revision } }] : []),
    );
  } else if (isAfterMerge(proposal.state)) {
    await proposeRevert({ place, law }, proposal, postern, `it was to be gone by ${day}`, "pull-request");
  } else if (proposal.state === "superseded" && proposal.delivery?.mergeCommit !== undefined) {
    const message = `it was to be gone by ${day}, and another change took its place: look whether its rules are still in there`;
    await decisions.change(async ({ audit }) => audit.append([alertRecord(proposal, place.nowMs(), message)]));
  }
}
