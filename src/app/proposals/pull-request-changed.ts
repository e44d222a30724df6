import type { Delivery, Proposal, ProposalPerson } from "../../pipeline/propose/proposal.ts";
import { personOf, postern } from "../access/principal.ts";
import { applyDelivery } from "./apply-delivery.ts";
import type { ProposalPlace } from "./proposal-place.ts";

export interface PullRequestChange {
  /** As its host tells it now. */
  readonly pullRequest: NonNullable<Delivery["pullRequest"]>;
  readonly mergeCommit?: string | undefined;
  /** Who did it, as the host knows them: `github:ada`; undefined: the host does not tell. */
  readonly by?: ProposalPerson | undefined;
  readonly isTakenOver?: boolean | undefined;
}

/** Keeps what people did to a pull request: merged, closed, or commits of their own. Nothing for a proposal that has none. */
export async function pullRequestChanged(
  place: ProposalPlace,
  id: string,
  change: PullRequestChange,
): Promise<Proposal | undefined> {
  const next = ({ delivery }: Proposal): Delivery | undefined =>
    delivery && {
      ...delivery,
      pullRequest: change.pullRequest,
      mergeCommit: change.mergeCommit ?? delivery.mergeCommit,
      isTakenOver: change.isTakenOver ?? delivery.isTakenOver,
    };
  return applyDelivery(place, id, next, change.by ?? personOf(postern));
}
