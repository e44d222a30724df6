import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { ProposalAction, ProposalDetail } from "../../../../app/wire/proposals.ts";
import { ProblemError, send } from "../../api/client.ts";

export type DecisionAction = ProposalAction["action"];

/** What became of a try: `stale` means that somebody changed the proposal since this page read it. */
export type DecisionOutcome =
  | { readonly kind: "done"; readonly proposal: ProposalDetail }
  | { readonly kind: "stale"; readonly error: ProblemError }
  | { readonly kind: "refused"; readonly error: unknown };

export interface Decide {
  readonly isBusy: boolean;
  readonly decide: (action: DecisionAction, comment: string) => Promise<DecisionOutcome>;
}

/**
 * Sends decisions about exactly the revision and version that the page shows. One decision has one idempotency key, so that a repeated
 * press, or a repeat after a lost answer, decides once.
 */
export function useDecide(proposal: ProposalDetail): Decide {
  const queries = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const decide = async (action: DecisionAction, comment: string): Promise<DecisionOutcome> => {
    setBusy(true);
    try {
      const { id, revision, version } = proposal;
      const body: ProposalAction = { action, comment, revision };
      const path = `proposals/${encodeURIComponent(id)}/actions`;
      const next = await send<ProposalDetail>("POST", path, body, { ifMatch: version });
      void queries.invalidateQueries();
      return { kind: "done", proposal: next };
    } catch (error) {
      if (error instanceof ProblemError && error.problem.status === 412) return { kind: "stale", error };
      return { kind: "refused", error };
    } finally {
      setBusy(false);
    }
  };
  return { isBusy, decide };
}
