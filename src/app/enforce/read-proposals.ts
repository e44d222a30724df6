import type { Proposal, ProposalState } from "../../pipeline/propose/proposal.ts";
import type { ProposalBook } from "../state/proposals.ts";

const perPage = 200;

/** All proposals in these states, a page at a time, by number. */
export async function* proposalsIn(
  book: Pick<ProposalBook, "list">,
  states: readonly ProposalState[],
): AsyncGenerator<Proposal> {
  let after: { readonly value: number; readonly number: number } | undefined;
  for (;;) {
    const page = await book.list({
      within: undefined,
      states,
      sort: "number",
      isDescending: false,
      limit: perPage,
      ...(after === undefined ? {} : { after }),
    });
    yield* page.proposals;
    const last = page.proposals.at(-1);
    if (last === undefined || page.proposals.length < perPage) return;
    after = { value: last.number, number: last.number };
  }
}

/** Proposals in these states that changed, or were made, since a moment; the latest first. */
export async function* proposalsSince(
  book: Pick<ProposalBook, "list">,
  states: readonly ProposalState[] | undefined,
  by: "updatedAtMs" | "createdAtMs",
  sinceMs: number,
): AsyncGenerator<Proposal> {
  let after: { readonly value: number; readonly number: number } | undefined;
  for (;;) {
    const page = await book.list({
      within: undefined,
      ...(states === undefined ? {} : { states }),
      sort: by,
      isDescending: true,
      limit: perPage,
      ...(after === undefined ? {} : { after }),
    });
    for (const proposal of page.proposals) {
      if (proposal[by] < sinceMs) return;
      yield proposal;
    }
    const last = page.proposals.at(-1);
    if (last === undefined || page.proposals.length < perPage) return;
    after = { value: last[by], number: last.number };
  }
}
