import { ok } from "../../core/result.ts";
import type { ProposalPerson } from "../../pipeline/propose/proposal.ts";
import { changeProposal } from "./change-proposal.ts";
import type { ProposalPlace } from "./proposal-place.ts";

/** What a person wrote at the pull request. */
export interface PullRequestComment {
  /** As the host numbers it. */
  readonly id: string;
  /** `github:ada` */
  readonly by: ProposalPerson;
  readonly body: string;
  readonly atMs: number;
  /** Of a review: told, and no approval here, because the host's rules are not the organisation's law. */
  readonly verdict?: "approved" | "changes-requested" | undefined;
}

const mostLetters = 2_000;
const mostComments = 200;

/** A comment at the pull request becomes a comment of the proposal, once. */
export async function pullRequestCommented(
  place: ProposalPlace,
  id: string,
  comment: PullRequestComment,
): Promise<void> {
  const mark = `[${comment.by.subject.split(":", 1)[0]} comment ${comment.id}]`;
  const verdict = comment.verdict === undefined ? "" : `${comment.verdict} at the pull request: `;
  const body = comment.body.length > mostLetters ? `${comment.body.slice(0, mostLetters)}…` : comment.body;
  await changeProposal(place, id, (proposal) => {
    const known = proposal.decisions.filter((decision) => decision.action === "comment");
    if (known.length >= mostComments || known.some((decision) => decision.comment.endsWith(mark))) return ok([]);
    const text = `${verdict}${body} ${mark}`;
    return ok([{ event: { type: "comment", by: comment.by, comment: text, revision: proposal.revision } }]);
  });
}
