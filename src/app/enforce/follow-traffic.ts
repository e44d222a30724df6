import { ipSetOfAll } from "../../core/net/ip-set.ts";
import { ok } from "../../core/result.ts";
import { blockedNeeds, type Need } from "../../pipeline/enforce/blocked-needs.ts";
import { noClusterFacts } from "../../pipeline/flows/cluster-facts.ts";
import type { Edge } from "../../pipeline/flows/edge.ts";
import { isRemoval } from "../../pipeline/propose/proposal-text.ts";
import type { Proposal } from "../../pipeline/propose/proposal.ts";
import { knownAddresses } from "../../pipeline/verify/known-addresses.ts";
import { PolicyWorld, workloadLabels } from "../../pipeline/verify/policy-world.ts";
import { judge } from "../../pipeline/verify/replay.ts";
import { personOf, postern } from "../access/principal.ts";
import { changeProposal } from "../proposals/change-proposal.ts";
import type { Dossier } from "../wire/dossier.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { edgesAfter, edgesBefore, needOfEdge, needOfView } from "./traffic-since.ts";

type Parts = Pick<EnforceParts, "place" | "history" | "texts" | "clusters" | "verifyAfterMs">;

const dayMs = 86_400_000;
/** What worked that long before counts as needed. */
const workedMs = 14 * dayMs;
const usualVerifyAfterMs = 10 * 60_000;

/** Denied connections since the change came into the cluster that were to keep working; empty: none that is known. */
export async function blockedBy(parts: Parts, proposal: Proposal, nowMs: number): Promise<readonly Need[]> {
  const syncedAtMs = lastMoment(proposal, "sync");
  if (syncedAtMs === undefined) return [];
  const after = await edgesAfter(parts, proposal, syncedAtMs, nowMs);
  const denied = after.filter(({ verdict }) => verdict === "denied").map(needOfEdge);
  if (denied.length === 0) return [];
  const dossier = await parts.place.decisions.proposals.dossier(proposal.dossierDigest);
  const promises = promisesOf(dossier);
  // Where people could not see all that would be denied, what they gave up is not known: only what was promised counts.
  if (dossier === undefined || isCut(dossier))
    return blockedNeeds(denied, { ...promises, workedBefore: [], deniedBefore: [] });
  const before = await edgesBefore(parts, proposal, syncedAtMs, workedMs);
  return blockedNeeds(denied, {
    ...promises,
    workedBefore: before.filter(({ verdict }) => verdict === "seen" || verdict === "allowed").map(needOfEdge),
    deniedBefore: before.filter(({ verdict }) => verdict === "denied").map(needOfEdge),
  });
}

function isCut({ replay, notLearnedLeftOut }: Dossier): boolean {
  const denied = replay.rows.filter(({ after }) => after === "deny").length;
  return notLearnedLeftOut > 0 || denied < replay.newlyDenied;
}

function promisesOf(dossier: Dossier | undefined): {
  readonly promised: readonly Need[];
  readonly given: readonly Need[];
} {
  const rows = dossier?.replay.rows ?? [];
  return {
    promised: rows
      .filter(({ before, after }) => after === "allow" && before !== "deny")
      .map(({ edge }) => needOfView(edge)),
    given: [
      ...rows.filter(({ after }) => after === "deny").map(({ edge }) => needOfView(edge)),
      ...(dossier?.notLearned ?? []).map(({ edge }) => needOfView(edge)),
    ],
  };
}

/**
 * Moves an enforced proposal to `verified` once traffic was seen since, none of it went through that the policy denies, and nothing needed was
 * denied (which {@link blockedBy} was asked before). @returns the proposal afterwards
 */
export async function verifyByTraffic(parts: Parts, proposal: Proposal, nowMs: number): Promise<Proposal> {
  const enforcedAtMs = lastMoment(proposal, "enforce");
  if (proposal.state !== "enforced" || enforcedAtMs === undefined) return proposal;
  if (nowMs < enforcedAtMs + (parts.verifyAfterMs ?? usualVerifyAfterMs)) return proposal;
  const edges = await edgesAfter(parts, proposal, enforcedAtMs, nowMs);
  const through = edges.filter(({ verdict }) => verdict === "seen" || verdict === "allowed");
  const kinds = await judged(parts, proposal, through);
  const good = through.filter((_, index) => kinds[index] !== "deny");
  // What a source only saw may have been an attempt; what it says was allowed must not be denied by the policy.
  const isLeaking = through.some(({ verdict }, index) => verdict === "allowed" && kinds[index] === "deny");
  if (good.length === 0 || isLeaking) return proposal;
  const flows = good.reduce((sum, edge) => sum + edge.flows, 0);
  const comment = `${good.length} connections with ${flows} flows were seen since, and nothing needed was denied`;
  const verified = await changeProposal(parts.place, proposal.id, ({ version }) =>
    ok(version === proposal.version ? [{ event: { type: "verify", by: personOf(postern), comment } }] : []),
  );
  return verified.ok ? verified.value : proposal;
}

/** What the proposal's text says of each edge. */
async function judged(
  { texts, clusters }: Parts,
  proposal: Proposal,
  edges: readonly Edge[],
): Promise<readonly ("allow" | "deny" | "unknown")[]> {
  if (isRemoval(proposal)) return edges.map(() => "allow");
  const facts = (await clusters.facts(proposal.cluster)) ?? noClusterFacts;
  const { policies } = texts.policiesIn("proposal.yaml", proposal.manifest, {});
  const resolve = knownAddresses(edges, [], facts);
  const world = new PolicyWorld(policies, workloadLabels(facts), resolve, ipSetOfAll(facts.clusterNetworks));
  return edges.map((edge) => judge(edge, world).kind);
}

export function lastMoment({ decisions }: Proposal, action: string): number | undefined {
  return decisions.findLast((decision) => decision.action === action)?.atMs;
}
