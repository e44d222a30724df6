import { type ProposalState, proposalStates } from "./proposal.ts";

/** Nothing leads out of these. */
export const finalStates: readonly ProposalState[] = ["rejected", "superseded", "rolled-back"];

/** It waits for somebody or something; of a namespace and kind there is mostly one. */
export const openStates: readonly ProposalState[] = proposalStates.filter(
  (state) => state !== "verified" && !finalStates.includes(state),
);

/** Its text can still change. */
export const statesBeforeMerge: readonly ProposalState[] = [
  "draft",
  "pending-review",
  "changes-requested",
  "approved",
  "pull-request-open",
];

/** It is in Git, or further. */
export const statesAfterMerge: readonly ProposalState[] = ["merged", "synced", "enforced", "verified"];

export function isFinal(state: ProposalState): boolean {
  return finalStates.includes(state);
}

export function isBeforeMerge(state: ProposalState): boolean {
  return statesBeforeMerge.includes(state);
}

export function isAfterMerge(state: ProposalState): boolean {
  return statesAfterMerge.includes(state);
}
