import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { HistoryUnavailable } from "../history/history-unavailable.ts";
import { declineExpired } from "./end-temporary.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { followCluster } from "./follow-cluster.ts";
import { blockedBy, verifyByTraffic } from "./follow-traffic.ts";
import { proposalsIn, proposalsSince } from "./read-proposals.ts";
import { stopRollOut } from "./stop-roll-out.ts";

const dayMs = 86_400_000;
/** Denials are blamed on a change for so long after traffic confirmed it. */
const watchMs = 7 * dayMs;

/** Moves what was merged on by what clusters and traffic say, and takes back what blocks. Safe to do at any time, again and again. */
export async function followProposals(parts: EnforceParts, nowMs: number, signal: AbortSignal): Promise<void> {
  const { proposals } = parts.place.decisions;
  await declineExpired(parts, nowMs);
  for await (const proposal of proposalsIn(proposals, ["merged", "synced", "enforced"])) {
    if (signal.aborted) return;
    await follow(parts, await followCluster(parts, proposal), nowMs);
  }
  for await (const proposal of proposalsSince(proposals, ["verified"], "updatedAtMs", nowMs - watchMs)) {
    if (signal.aborted) return;
    await follow(parts, proposal, nowMs);
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
