import { offsetOfZone } from "../../pipeline/baseline/schedules/time-zone.ts";
import type {
  AutomationInput,
  NamespaceStanding,
  ProposalStanding,
  RollOut,
} from "../../pipeline/enforce/plan-automation.ts";
import { approvalsOf } from "../../pipeline/propose/approvals.ts";
import { statesBeforeMerge } from "../../pipeline/propose/proposal-states.ts";
import { isUntouched, serverSubject } from "../../pipeline/propose/proposal-text.ts";
import type { Proposal, ProposalState } from "../../pipeline/propose/proposal.ts";
import type { AuditLog } from "../audit/audit-log.ts";
import type { NamespaceRecord } from "../state/namespaces.ts";
import type { NamespaceRef } from "../wire/list.ts";
import type { AutomationSettings } from "../wire/settings.ts";
import type { EnforceParts } from "./enforce-parts.ts";
import { proposalsIn, proposalsSince } from "./read-proposals.ts";

const dayMs = 86_400_000;
/** Answers of people are heeded for so long. */
const heedMs = 8 * dayMs;
/** What traffic has not confirmed by then keeps nobody else waiting: the namespace may be asleep. */
const underWayMs = 7 * dayMs;
/** Laws change. */
const askLawAgainMs = 3_600_000;
const onTheWay: readonly ProposalState[] = ["approved", "pull-request-open", "merged", "synced", "enforced"];

/** Tries of this process that came to nothing: no book holds what was not done. */
export interface FutileTries {
  /** By namespace: nothing was to propose. */
  readonly proposing: Map<string, { readonly atMs: number; readonly evidenceDigest: string | undefined }>;
  /** By proposal: the law wants people. */
  readonly approving: Map<string, { readonly atMs: number; readonly revision: number }>;
}

export function noFutileTries(): FutileTries {
  return { proposing: new Map(), approving: new Map() };
}

/** Everything the plan of automation is made from, as it is now; undefined: every namespace only observes. */
export async function automationInput(
  { place, automation }: Pick<EnforceParts, "place" | "automation">,
  futile: FutileTries,
  nowMs: number,
): Promise<AutomationInput | undefined> {
  const { decisions } = place;
  const records = await decisions.namespaces.all();
  if (records.every(({ phase }) => phase === "observe")) return undefined;
  const settings = await automation();
  const [open, latest, changesMs, rollOut] = await Promise.all([
    grouped(proposalsIn(decisions.proposals, statesBeforeMerge)),
    grouped(proposalsSince(decisions.proposals, undefined, "createdAtMs", nowMs - heedMs)),
    automaticChanges(decisions.audit, nowMs),
    rollOutOf(place.decisions.proposals, nowMs),
  ]);
  return {
    rules: rulesOf(settings),
    namespaces: records.map((record) => {
      const key = keyOf(record);
      const suggested = latest.get(key)?.find(({ origin }) => origin === "suggested");
      const waiting = (open.get(key) ?? []).map((proposal) => proposalStanding(proposal, futile, nowMs));
      return standingOf(record, waiting, suggested, futile.proposing.get(key));
    }),
    changesMs,
    rollOut,
    nowMs,
  };
}

export function keyOf({ cluster, namespace }: NamespaceRef): string {
  return `${cluster}/${namespace}`;
}

function rulesOf({ threshold, changesPerDay, windows, timeZone, never }: AutomationSettings): AutomationInput["rules"] {
  return { threshold, changesPerDay, windows, offsetAt: offsetOfZone(timeZone), never };
}

function standingOf(
  record: NamespaceRecord,
  open: readonly ProposalStanding[],
  suggested: Proposal | undefined,
  futile: { readonly atMs: number; readonly evidenceDigest: string | undefined } | undefined,
): NamespaceStanding {
  const { cluster, namespace, phase, threshold, reviewByMs, stoppedBecause, readinessDay, evidenceDigest } = record;
  const ofProposal = suggested && {
    atMs: suggested.createdAtMs,
    isEvidenceNew: true,
    isRejected: suggested.state === "rejected" || suggested.state === "rolled-back",
  };
  const ofFutile = futile && {
    atMs: futile.atMs,
    isEvidenceNew: futile.evidenceDigest !== evidenceDigest,
    isRejected: false,
  };
  const lastTry = (ofFutile?.atMs ?? 0) > (ofProposal?.atMs ?? 0) ? ofFutile : ofProposal;
  return { cluster, namespace, phase, threshold, reviewByMs, stoppedBecause, readinessDay, lastTry, open };
}

function proposalStanding(proposal: Proposal, { approving }: FutileTries, nowMs: number): ProposalStanding {
  const { id, number, state, origin, risk, readinessDay, lawBreaches, revision } = proposal;
  const refused = approving.get(id);
  const wasRefused = refused?.revision === revision && nowMs < refused.atMs + askLawAgainMs;
  return {
    id,
    number,
    state,
    origin,
    risk,
    readinessDay,
    lawBreaches,
    isUntouched: isUntouched(proposal),
    isForPeople: wasRefused || isApprovedByServer(proposal),
  };
}

/** When automation changed something in the last day; taking back is not held to the budget. */
export async function automaticChanges(audit: Pick<AuditLog, "list">, nowMs: number): Promise<readonly number[]> {
  const query = { kinds: ["proposal.approve"], actor: serverSubject, fromMs: nowMs - dayMs, limit: 10_000 };
  const { records } = await audit.list(query);
  return records.filter(({ payload }) => payload.reverts === undefined).map(({ atMs }) => atMs);
}

async function rollOutOf(book: Parameters<typeof proposalsIn>[0], nowMs: number): Promise<RollOut> {
  let underWay = 0;
  let verified = 0;
  for await (const proposal of proposalsIn(book, onTheWay)) {
    if (isAutomatic(proposal) && proposal.updatedAtMs > nowMs - underWayMs) underWay += 1;
  }
  for await (const proposal of proposalsSince(book, ["verified"], "updatedAtMs", nowMs - 90 * dayMs)) {
    if (isAutomatic(proposal)) verified += 1;
  }
  return { underWay, verified };
}

function isAutomatic(proposal: Proposal): boolean {
  return proposal.origin === "suggested" && isApprovedByServer(proposal);
}

function isApprovedByServer(proposal: Proposal): boolean {
  return approvalsOf(proposal).some(({ by }) => by.subject === serverSubject);
}

async function grouped(proposals: AsyncIterable<Proposal>): Promise<ReadonlyMap<string, readonly Proposal[]>> {
  const groups = new Map<string, Proposal[]>();
  for await (const proposal of proposals) {
    const own = groups.get(keyOf(proposal));
    if (own === undefined) groups.set(keyOf(proposal), [proposal]);
    else own.push(proposal);
  }
  return groups;
}
