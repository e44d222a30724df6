import { ok } from "../../core/result.ts";
import { isAfterMerge, isBeforeMerge, statesBeforeMerge } from "../../pipeline/propose/proposal-states.ts";
import { personOf, postern } from "../access/principal.ts";
import { changeProposal } from "../proposals/change-proposal.ts";
import { alertRecord } from "../proposals/proposal-records.ts";
import { proposeRevert } from "../proposals/propose-revert.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { proposalsIn } from "./read-proposals.ts";

type Parts = Pick<EnforceParts, "place" | "law">;

/** Proposes to take a temporary change back on its day, and opens the pull request. Asked again, it is the same proposal. */
export async function endTemporary({ place, law }: Parts, id: string): Promise<void> {
  const proposal = await place.decisions.proposals.byId(id);
  if (proposal?.expiresAtMs === undefined) return;
  const day = new Date(proposal.expiresAtMs).toISOString().slice(0, 10);
  if (isAfterMerge(proposal.state)) {
    await proposeRevert({ place, law }, proposal, postern, `it was to be gone by ${day}`, "pull-request");
  } else if (proposal.state === "superseded") {
    const message = `it was to be gone by ${day}, and another change took its place: look whether its rules are still in there`;
    await place.decisions.change(async ({ audit }) => audit.append([alertRecord(proposal, place.nowMs(), message)]));
  }
}

/** Declines temporary changes whose day came before they were merged. */
export async function declineExpired({ place }: Pick<Parts, "place">, nowMs: number): Promise<void> {
  for await (const { id, expiresAtMs } of proposalsIn(place.decisions.proposals, statesBeforeMerge)) {
    if (expiresAtMs === undefined || expiresAtMs > nowMs) continue;
    const comment = "the day at which it was to be gone came before it was merged";
    await changeProposal(place, id, ({ state, revision }) =>
      ok(isBeforeMerge(state) ? [{ event: { type: "reject", by: personOf(postern), comment, revision } }] : []),
    );
  }
}
