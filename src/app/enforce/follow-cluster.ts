import { ok } from "../../core/result.ts";
import { isRemoval } from "../../pipeline/propose/proposal-text.ts";
import type { Proposal, ProposalState } from "../../pipeline/propose/proposal.ts";
import { personOf, postern } from "../access/principal.ts";
import type { LivePolicy } from "../judge/cluster-reader.ts";
import { changeProposal } from "../proposals/change-proposal.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { isSameObject } from "./same-object.ts";

type Parts = Pick<EnforceParts, "place" | "clusters" | "texts">;

/** Controllers of these say in the object's status whether it is in force. */
const kindsWithStatus = new Set<string>([
  "EgressFirewall",
  "AdminNetworkPolicy",
  "BaselineAdminNetworkPolicy",
  "ClusterNetworkPolicy",
]);
const server = personOf(postern);

/**
 * Moves a merged proposal on by what the cluster says: `synced` when the object means the same, `enforced` when its status says that it is in
 * force. A cluster that cannot be asked moves nothing. @returns the proposal afterwards
 */
export async function followCluster(parts: Parts, proposal: Proposal): Promise<Proposal> {
  const { cluster, namespace, kind, policyName } = proposal;
  if (proposal.state !== "merged" && proposal.state !== "synced") return proposal;
  const live = await parts.clusters.policies({ cluster, namespace });
  if (live === undefined) return proposal;
  const own = live.find((policy) => policy.kind === kind && policy.name === policyName);
  if (!holds(parts, proposal, own)) return proposal;
  const synced = proposal.state === "merged" ? await sync(parts, proposal) : proposal;
  if (synced.state !== "synced") return synced;
  const because = enforcedBecause(synced, own);
  return because === undefined ? synced : moved(parts, synced, "enforce", because);
}

/** Whether the cluster holds what the proposal brought; undefined: it cannot be asked. */
export async function isHeld(parts: Parts, proposal: Proposal): Promise<boolean | undefined> {
  const { cluster, namespace, kind, policyName } = proposal;
  const live = await parts.clusters.policies({ cluster, namespace });
  if (live === undefined) return undefined;
  return holds(
    parts,
    proposal,
    live.find((policy) => policy.kind === kind && policy.name === policyName),
  );
}

function holds({ texts }: Parts, proposal: Proposal, own: LivePolicy | undefined): boolean {
  if (own === undefined) return isRemoval(proposal);
  return !isRemoval(proposal) && isSameObject(texts, proposal.manifest, own.manifest);
}

function enforcedBecause({ kind, ...proposal }: Proposal, own: LivePolicy | undefined): string | undefined {
  if (isRemoval(proposal)) return "the object is gone";
  if (own?.isApplied === true) return own.status || "the cluster says that it is in force";
  if (own?.isApplied === undefined && !kindsWithStatus.has(kind))
    return `${kind} has no status: it is taken as in force`;
  return undefined;
}

async function sync(parts: Parts, proposal: Proposal): Promise<Proposal> {
  const comment = isRemoval(proposal) ? "the cluster has the object no more" : "the cluster's object says the same";
  const synced = await moved(parts, proposal, "sync", comment);
  if (synced.state === "synced") await supersedeOlder(parts, synced);
  return synced;
}

async function moved(
  { place }: Parts,
  proposal: Proposal,
  type: "sync" | "enforce",
  comment: string,
): Promise<Proposal> {
  const result = await changeProposal(place, proposal.id, ({ version }) =>
    ok(version === proposal.version ? [{ event: { type, by: server, comment } }] : []),
  );
  return result.ok ? result.value : proposal;
}

const replaceable = new Set<ProposalState>(["merged", "synced", "enforced"]);

/** Merged changes of the same object that the cluster does not hold any more wait for nothing. */
async function supersedeOlder({ place }: Parts, newer: Proposal): Promise<void> {
  const comment = `#${newer.number} is in the cluster now`;
  for (const older of await place.decisions.proposals.openOf(newer, newer.kind)) {
    if (older.policyName !== newer.policyName || older.number >= newer.number || !replaceable.has(older.state))
      continue;
    await changeProposal(place, older.id, ({ state }) =>
      ok(replaceable.has(state) ? [{ event: { type: "supersede", by: server, comment, supersededBy: newer.id } }] : []),
    );
  }
}
