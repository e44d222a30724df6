import { statesAfterMerge } from "../../pipeline/propose/proposal-states.ts";
import type { Proposal, ProposalState } from "../../pipeline/propose/proposal.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { followCluster } from "./follow-cluster.ts";
import { blockedBy, verifyByTraffic } from "./follow-traffic.ts";
import { proposalsIn, proposalsSince } from "./read-proposals.ts";
import { stopRollOut } from "./stop-roll-out.ts";

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Denials are blamed on a change for so long after traffic confirmed it. */
const watchMs = 7 * dayMs;
/** What changed lately is looked at each round, everything else only so often. */
const latelyMs = hourMs;
const allEveryMs = 10 * minuteMs;
/** Of one proposal: a hundredth of its age, within these. */
const leastPauseMs = 5_000;
const mostPauseMs = 10 * minuteMs;
const onTheWay: readonly ProposalState[] = ["merged", "synced", "enforced"];

/** When what was looked at last, in this process: what is old moves seldom, and each look asks the history. */
export interface Pace {
  allAtMs: number;
  readonly byProposal: Map<string, number>;
}

export function noPace(): Pace {
  return { allAtMs: -Infinity, byProposal: new Map() };
}

/** Moves what was merged on by what clusters and traffic say, and takes back what blocks. Safe to do at any time, again and again. */
export async function followProposals(
  parts: EnforceParts,
  pace: Pace,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const isAll = nowMs >= pace.allAtMs + allEveryMs;
  if (isAll) pace.byProposal.clear();
  for await (const proposal of underWay(parts, isAll, nowMs)) {
    if (signal.aborted) return;
    const pauseMs = Math.min(mostPauseMs, Math.max(leastPauseMs, (nowMs - proposal.updatedAtMs) / 100));
    if (nowMs < (pace.byProposal.get(proposal.id) ?? -Infinity) + pauseMs) continue;
    pace.byProposal.set(proposal.id, nowMs);
    await follow(parts, await followCluster(parts, proposal), nowMs);
  }
  if (isAll) pace.allAtMs = nowMs;
}

async function* underWay({ place }: EnforceParts, isAll: boolean, nowMs: number): AsyncGenerator<Proposal> {
  const { proposals } = place.decisions;
  if (isAll) {
    yield* proposalsIn(proposals, onTheWay);
    yield* proposalsSince(proposals, ["verified"], "updatedAtMs", nowMs - watchMs);
  } else {
    yield* proposalsSince(proposals, statesAfterMerge, "updatedAtMs", nowMs - latelyMs);
  }
}

async function follow(parts: EnforceParts, proposal: Proposal, nowMs: number): Promise<void> {
  try {
    // Taking back what takes something back would go round in circles: people look at that.
    const blocked = proposal.origin === "revert" ? [] : await blockedBy(parts, proposal, nowMs);
    if (blocked.length > 0) await stopRollOut(parts, proposal, blocked);
    else await verifyByTraffic(parts, proposal, nowMs);
  } catch (error) {
    // The history is away for a moment: nothing is verified and nothing blamed until it is back.
    if (!(error instanceof HistoryUnavailable)) throw error;
  }
}
