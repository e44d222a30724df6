import { isAfterMerge } from "../../pipeline/propose/proposal-states.ts";
import { isRemoval } from "../../pipeline/propose/proposal-text.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { Books } from "../state/books.ts";
import { takeStep } from "./change-proposal.ts";
import { createIn } from "./create-proposal.ts";
import type { ProposalPlace } from "./proposal-place.ts";

/**
 * What a merge brings with it: the proposal that it takes back is rolled back, and a text that was written since the merged one was
 * pushed goes on as a draft of its own, so that nobody's work is lost.
 */
export async function afterMerge(
  books: Books,
  place: ProposalPlace,
  before: Proposal,
  merged: Proposal,
  told: Proposal[],
): Promise<DeskFailure | undefined> {
  const reverted = merged.reverts === undefined ? undefined : await books.proposals.byId(merged.reverts);
  if (reverted !== undefined && isAfterMerge(reverted.state)) {
    const by = merged.decisions.at(-1)!.by;
    const comment = `#${merged.number} took it back`;
    const event = { type: "roll-back", by, comment, revert: merged.id } as const;
    const rolledBack = await takeStep(books, reverted, { event }, place.nowMs());
    if (!rolledBack.ok) return rolledBack.error;
    told.push(rolledBack.value);
  }
  if (merged.manifest === before.manifest || isRemoval(before)) return undefined;
  const dossier = await books.proposals.dossier(before.dossierDigest);
  if (dossier === undefined) return undefined;
  const author = before.editors.at(-1) ?? before.author;
  const goesOn = await createIn(
    books,
    place,
    {
      cluster: before.cluster,
      namespace: before.namespace,
      kind: before.kind,
      policyName: before.policyName,
      origin: "edited",
      title: before.title,
      baseManifest: merged.manifest,
      manifest: before.manifest,
      lawBreaches: before.lawBreaches,
      approvalsNeeded: before.approvalsNeeded,
      author,
      otherEditors: before.editors,
      dossier,
      justification: `written after the text that was merged with #${before.number}`,
      expiresAtMs: before.expiresAtMs,
    },
    author,
    told,
  );
  return goesOn.ok ? undefined : goesOn.error;
}
