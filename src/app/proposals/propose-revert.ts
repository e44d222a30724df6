import { fail, ok, type Result } from "../../core/result.ts";
import { isAfterMerge, openStates } from "../../pipeline/propose/proposal-states.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { type Principal, personOf, postern } from "../access/principal.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { LawJudge } from "../law/law-judge.ts";
import { changeProposal } from "./change-proposal.ts";
import { createProposal, type NewProposal } from "./create-proposal.ts";
import { breachesOf, lawForApproval, lawInputOf, weighedByLaw } from "./law-of-proposal.ts";
import type { ProposalPlace } from "./proposal-place.ts";
import { reversedDossier } from "./reversed-dossier.ts";

export interface RevertParts {
  readonly place: ProposalPlace;
  readonly law: LawJudge;
}

/** How far a revert goes without a person: to review, to an open pull request, or to a merged one. */
export type RevertReach = "review" | "pull-request" | "merge";

/**
 * A proposal that restores what a merged one replaced, or takes its object away where there was none. Asked twice, it is the one that is
 * open already. The text is the server's own, so that whoever asks may approve it.
 * @param why for people, as the justification
 */
export async function proposeRevert(
  { place, law }: RevertParts,
  original: Proposal,
  by: Principal,
  why: string,
  reach: RevertReach,
): Promise<Result<Proposal, DeskFailure>> {
  if (!isAfterMerge(original.state)) {
    const message = `only what was merged can be taken back, and the proposal is ${original.state}`;
    return fail({ kind: "conflict", code: "proposal_state", message });
  }
  const { decisions } = place;
  const open = (await decisions.proposals.openOf(original, original.kind)).find(
    ({ reverts, state }) => reverts === original.id && openStates.includes(state),
  );
  if (open !== undefined) return ok(open);
  const dossier = await decisions.proposals.dossier(original.dossierDigest);
  if (dossier === undefined) {
    const message = `the dossier of #${original.number} is gone, so taking it back cannot be judged; propose the text by hand`;
    return fail({ kind: "unavailable", code: "proposal_dossier_gone", message });
  }
  const author = personOf(postern);
  const draft = {
    cluster: original.cluster,
    namespace: original.namespace,
    kind: original.kind,
    policyName: original.policyName,
    origin: "revert",
    title: `Take back #${original.number}: ${original.title}`.slice(0, 200),
    baseManifest: original.manifest,
    manifest: original.baseManifest ?? "",
    author,
    justification: why,
    labels: ["revert"],
    expiresAtMs: undefined,
    reverts: original.id,
  } as const satisfies Partial<NewProposal>;
  const reversed = reversedDossier(dossier);
  const nowMs = place.nowMs();
  const judged = { ...draft, editors: [author], ticket: "", decisions: [], revision: 1 };
  const answer = await law.judge(lawInputOf(judged, reversed, nowMs));
  const made = await createProposal(
    place,
    {
      ...draft,
      dossier: weighedByLaw(reversed, answer),
      lawBreaches: breachesOf(answer),
      approvalsNeeded: answer.approvalsNeeded,
    },
    personOf(by),
  );
  if (!made.ok) return made;
  const submitted = await changeProposal(place, made.value.id, ({ revision }) =>
    ok([{ event: { type: "submit", by: personOf(by), comment: why, revision } }]),
  );
  if (!submitted.ok || reach === "review") return submitted;
  const approved = await changeProposal(place, made.value.id, ({ revision }) =>
    ok([
      {
        event: { type: "approve", by: author, comment: why, revision, law: lawForApproval(answer, postern) },
        merge: reach === "merge",
      },
    ]),
  );
  // Where the law wants a person, it waits for one.
  return approved.ok ? approved : submitted;
}
