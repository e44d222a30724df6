import type { ProposalEventType } from "./proposal-event.ts";
import { isFinal, openStates, statesAfterMerge, statesBeforeMerge } from "./proposal-states.ts";
import { type Proposal, type ProposalState, proposalStates } from "./proposal.ts";
import type { Refusal } from "./refusal.ts";

type Moves = ReadonlyMap<ProposalState, ProposalState>;

/** Where each event leads from each state; no entry: it cannot happen there. The last of several approvals leads to `approved`. */
export const moves: Readonly<Record<ProposalEventType, Moves>> = {
  submit: to("pending-review", ["draft", "changes-requested"]),
  edit: new Map([
    ["draft", "draft"],
    ["pending-review", "pending-review"],
    ["changes-requested", "draft"],
    ["approved", "pending-review"],
    ["pull-request-open", "pending-review"],
  ]),
  describe: stay(statesBeforeMerge),
  approve: to("approved", ["pending-review"]),
  "request-changes": to("changes-requested", ["pending-review", "approved", "pull-request-open"]),
  reject: to("rejected", statesBeforeMerge),
  withdraw: to("rejected", statesBeforeMerge),
  "open-pull-request": stay(["approved", "pull-request-open"]),
  "pull-request-opened": to("pull-request-open", ["approved"]),
  /** The object changed in the repository since the text was reviewed. */
  conflict: to("changes-requested", ["approved", "pull-request-open"]),
  "pull-request-closed": to("rejected", statesBeforeMerge),
  merge: to("merged", statesBeforeMerge),
  sync: to("synced", ["merged"]),
  enforce: to("enforced", ["synced"]),
  verify: to("verified", ["enforced"]),
  supersede: to("superseded", openStates),
  "roll-back": to("rolled-back", statesAfterMerge),
  "taken-over": stay(statesBeforeMerge),
  comment: stay(proposalStates),
};

export const eventTypes = Object.keys(moves) as readonly ProposalEventType[];

/** Why the event cannot happen in this state, whoever makes it; undefined: it can. */
export function canHappen({ state }: Pick<Proposal, "state">, event: ProposalEventType): Refusal | undefined {
  if (moves[event].has(state)) return undefined;
  const states = [...moves[event].keys()];
  const allowing = states.length < 2 ? states.join("") : `${states.slice(0, -1).join(", ")} or ${states.at(-1)}`;
  const message = isFinal(state)
    ? `the proposal is ${state}, which is final; make a new one`
    : `\`${event}\` is not possible while the proposal is ${state}, only in ${allowing}`;
  return { kind: "conflict", code: "proposal_state", message };
}

function to(target: ProposalState, from: readonly ProposalState[]): Moves {
  return new Map(from.map((state) => [state, target]));
}

function stay(states: readonly ProposalState[]): Moves {
  return new Map(states.map((state) => [state, state]));
}
