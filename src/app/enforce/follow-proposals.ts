import { statesAfterMerge } from "../../pipeline/propose/proposal-states.ts";
import type { Proposal, ProposalState } from "../../pipeline/propose/proposal.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import { alertOnce } from "./alert-once.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { followCluster, isHeld } from "./follow-cluster.ts";
import { blockedBy, verifyByTraffic } from "./follow-traffic.ts";
import { proposalsIn, proposalsSince } from "./read-proposals.ts";
import { sentenceOf, stopRollOut } from "./stop-roll-out.ts";

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
/** Merged ones of a namespace and kind, to find the newest of an object. */
const mostOfObject = 200;
const onTheWay: readonly ProposalState[] = ["merged", "synced", "enforced"];

/** When what was looked at last, in this process: what is old moves seldom, and each look asks the history. */
export interface Pace {
  allAtMs: number;
  readonly byProposal: Map<string, number>;
}

export function noPace(): Pace {
  return { allAtMs: -Infinity, byProposal: new Map() };
}

/**
 * Moves what was merged on by what clusters and traffic say, and takes back what blocks. Safe to do at any time, again and again. One
 * that cannot be followed does not keep the others waiting: it is thrown when all of them had their turn.
 */
export async function followProposals(
  parts: EnforceParts,
  pace: Pace,
  nowMs: number,
  signal: AbortSignal,
): Promise<void> {
  const failures: Error[] = [];
  const isAll = nowMs >= pace.allAtMs + allEveryMs;
  if (isAll) pace.byProposal.clear();
  for await (const proposal of underWay(parts, isAll, nowMs)) {
    if (signal.aborted) return;
    const pauseMs = Math.min(mostPauseMs, Math.max(leastPauseMs, (nowMs - proposal.updatedAtMs) / 100));
    if (nowMs < (pace.byProposal.get(proposal.id) ?? -Infinity) + pauseMs) continue;
    pace.byProposal.set(proposal.id, nowMs);
    try {
      await follow(parts, await followCluster(parts, proposal), nowMs);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      failures.push(new Error(`#${proposal.number} could not be followed: ${reason}`, { cause: error }));
    }
  }
  if (isAll) pace.allAtMs = nowMs;
  const [first] = failures;
  if (first !== undefined) throw first;
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
    const blocked = await blockedBy(parts, proposal, nowMs);
    if (blocked.length > 0 && proposal.origin === "revert") {
      // Taking back what takes something back would go round in circles: people look at that.
      await alertOnce(parts.place, proposal.id, "taking it back blocks what was to keep working", sentenceOf(blocked));
    } else if (blocked.length > 0) await stopRollOut(parts, proposal, blocked);
    else if (await isGone(parts, proposal)) {
      const { kind, policyName } = proposal;
      const details = `${kind} ${policyName} was changed or deleted there by something else; look at it`;
      await alertOnce(parts.place, proposal.id, "the cluster does not hold it any more", details);
    } else await verifyByTraffic(parts, proposal, nowMs);
  } catch (error) {
    // The history is away for a moment: nothing is verified and nothing blamed until it is back.
    if (!(error instanceof HistoryUnavailable)) throw error;
  }
}

/** Whether something else changed or deleted the object since, and no newer proposal did. */
async function isGone(parts: EnforceParts, proposal: Proposal): Promise<boolean> {
  const { cluster, namespace, kind, policyName, state } = proposal;
  if (state !== "enforced" && state !== "verified") return false;
  if ((await isHeld(parts, proposal)) !== false) return false;
  const { proposals } = await parts.place.decisions.proposals.list({
    within: [{ cluster, namespace }],
    states: statesAfterMerge,
    kinds: [kind],
    sort: "number",
    isDescending: true,
    limit: mostOfObject,
  });
  return proposals.find((one) => one.policyName === policyName)?.id === proposal.id;
}
