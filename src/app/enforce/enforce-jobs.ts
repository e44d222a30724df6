import { z } from "zod";
import type { JobHandler, JobHandlers } from "../jobs/job-handler.ts";
import { endTemporaryKind } from "../proposals/proposal-jobs.ts";
import type { Decisions } from "../state/books.ts";
import { noFutileTries } from "./automation-input.ts";
import { endTemporary } from "./end-temporary.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { followProposals, noPace } from "./follow-proposals.ts";
import { type AutomationOutcome, runAutomation } from "./run-automation.ts";

const followKind = "follow-proposals";
const automateKind = "run-automation";
/** Rests between two rounds: clusters and traffic move by seconds, decisions of automation by minutes. */
const followEveryMs = 5_000;
const automateEveryMs = 60_000;
const temporary = z.object({ proposal: z.string() });

/** The server's own work on proposals; of several replicas one at a time does it. */
export function enforceJobs(
  parts: EnforceParts,
  onOutcomes: (outcomes: readonly AutomationOutcome[]) => void = () => undefined,
): JobHandlers {
  const futile = noFutileTries();
  const pace = noPace();
  return {
    [followKind]: recurring(parts, followKind, followEveryMs, async (signal) => {
      await followProposals(parts, pace, parts.place.nowMs(), signal);
    }),
    [automateKind]: recurring(parts, automateKind, automateEveryMs, async (signal) => {
      onOutcomes(await runAutomation(parts, futile, parts.place.nowMs(), signal));
    }),
    [endTemporaryKind]: async ({ payload }) => {
      await endTemporary(parts, temporary.parse(payload).proposal);
      return { end: "done" };
    },
  };
}

/** Needed once after each start: a round puts the next one itself. */
export async function beginEnforceJobs({ jobs }: Pick<Decisions, "jobs">, nowMs: number): Promise<void> {
  for (const kind of [followKind, automateKind]) await jobs.put({ kind, key: "all", payload: {}, runAtMs: nowMs });
}

function recurring(
  { place }: EnforceParts,
  kind: string,
  everyMs: number,
  round: (signal: AbortSignal) => Promise<void>,
): JobHandler {
  return async (_, signal) => {
    try {
      await round(signal);
    } catch (error) {
      // At the usual pace: what one round could not do keeps nothing else waiting for an hour.
      return { end: "again", inMs: everyMs, because: error instanceof Error ? error.message : String(error) };
    }
    await place.decisions.jobs.put({ kind, key: "all", payload: {}, runAtMs: place.nowMs() + everyMs });
    return { end: "done" };
  };
}
