import { useCallback } from "react";
import type { Page } from "../../../../app/wire/list.ts";
import type { ProposalSummary } from "../../../../app/wire/proposals.ts";
import { read } from "../../api/client.ts";

/** Of those that wait for the one who looks, the one to go on with: not the one just decided, oldest first. */
export function nextOf(
  waiting: readonly ProposalSummary[],
  decided: string,
  passed: ReadonlySet<string>,
): ProposalSummary | undefined {
  const others = waiting.filter(({ id }) => id !== decided);
  return others.find(({ id }) => !passed.has(id)) ?? others[0];
}

/** Those that were offered and left in this tab come last. */
const passed = new Set<string>();

/** Asks what to decide next; undefined when nothing waits, or the server does not say. */
export function useNextWaiting(): (decided: string) => Promise<ProposalSummary | undefined> {
  return useCallback(async (decided) => {
    passed.add(decided);
    try {
      const parameters = { mine: "true", sort: "updatedAtMs", limit: 50 };
      const { items } = await read<Page<ProposalSummary>>("proposals", parameters);
      return nextOf(items, decided, passed);
    } catch {
      return undefined;
    }
  }, []);
}
