import { fail, type Result } from "../../core/result.ts";
import { isAfterMerge } from "../../pipeline/propose/proposal-states.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { type Principal, personOf, postern } from "../access/principal.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { LawJudge } from "../law/law-judge.ts";
import { takeStep, tellProposal, undoable } from "./change-proposal.ts";
import { createIn, type NewProposal } from "./create-proposal.ts";
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
  if (!isAfterMerge(original.state)) return fail(notMerged(original));
  const { decisions } = place;
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
  const restored = original.reverts === undefined ? undefined : await decisions.proposals.byId(original.reverts);
  // Taking back what took something back brings a text of people into force again, and is no way around another's approval.
  const otherEditors = (restored?.editors ?? []).filter(({ subject }) => subject !== author.subject);
  const reversed = reversedDossier(dossier);
  const judged = { ...draft, editors: [author, ...otherEditors], ticket: "", decisions: [], revision: 1 };
  const answer = await law.judge(lawInputOf(judged, reversed, place.nowMs()));
  const told: Proposal[] = [];
  // In one transaction: half of it, left by a server that died, would look as if somebody had it in hand.
  const made = await undoable(place, async (books) => {
    told.length = 0;
    const now = await books.proposals.byId(original.id);
    if (now !== undefined && !isAfterMerge(now.state)) return fail(notMerged(now));
    const created = await createIn(
      books,
      place,
      {
        ...draft,
        otherEditors,
        dossier: weighedByLaw(reversed, answer),
        lawBreaches: breachesOf(answer),
        approvalsNeeded: answer.approvalsNeeded,
      },
      personOf(by),
      told,
    );
    if (!created.ok || !told.includes(created.value)) return created;
    const { revision } = created.value;
    const submit = { type: "submit", by: personOf(by), comment: why, revision } as const;
    const submitted = await takeStep(books, created.value, { event: submit }, place.nowMs());
    if (!submitted.ok || reach === "review") return submitted;
    const approve = {
      type: "approve",
      by: author,
      comment: why,
      revision,
      law: lawForApproval(answer, postern),
    } as const;
    const step = { event: approve, merge: reach === "merge" };
    const approved = await takeStep(books, submitted.value, step, place.nowMs());
    // Where the law wants a person, it waits for one.
    return approved.ok ? approved : submitted;
  });
  if (made.ok && told.length > 0) tellProposal(place, made.value);
  return made;
}

function notMerged({ state }: Proposal): DeskFailure {
  const message = `only what was merged can be taken back, and the proposal is ${state}`;
  return { kind: "conflict", code: "proposal_state", message };
}
