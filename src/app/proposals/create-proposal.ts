import { ok, type Result } from "../../core/result.ts";
import { isUntouched } from "../../pipeline/propose/proposal-text.ts";
import type { Decision, Proposal, ProposalPerson, ProposalState } from "../../pipeline/propose/proposal.ts";
import { canonicalJson } from "../audit/canonical-json.ts";
import type { DeskFailure } from "../desk/desk-failure.ts";
import type { Books } from "../state/books.ts";
import type { Dossier } from "../wire/dossier.ts";
import { takeStep, tellProposal, undoable } from "./change-proposal.ts";
import { endTemporaryJob } from "./proposal-jobs.ts";
import type { ProposalPlace } from "./proposal-place.ts";
import { decisionRecord, placeOf } from "./proposal-records.ts";
import { textDigest } from "./text-digest.ts";

/** A change that is to be shown to people. */
export interface NewProposal extends Pick<
  Proposal,
  | "cluster"
  | "namespace"
  | "kind"
  | "policyName"
  | "origin"
  | "title"
  | "baseManifest"
  | "manifest"
  | "lawBreaches"
  | "approvalsNeeded"
  | "author"
> {
  readonly dossier: Dossier;
  /** Who else wrote part of the text, beside its author. */
  readonly otherEditors?: readonly ProposalPerson[];
  readonly justification?: string;
  readonly labels?: readonly string[];
  readonly expiresAtMs?: number | undefined;
  /** The proposal that it takes back. */
  readonly reverts?: string | undefined;
}

const supersedable = new Set<ProposalState>(["draft", "pending-review", "changes-requested"]);

/**
 * Writes a new draft with its dossier and its records. A suggestion takes the place of open suggestions for the same policy that nobody
 * wrote in and nobody approved. Asked twice, by a client or by two servers, it is the proposal that is there already.
 * @param by who asked for it: not the author, where the server wrote the text
 */
export async function createProposal(
  place: ProposalPlace,
  draft: NewProposal,
  by: ProposalPerson,
): Promise<Result<Proposal, DeskFailure>> {
  const told: Proposal[] = [];
  const made = await undoable(place, async (books) => {
    told.length = 0;
    return createIn(books, place, draft, by, told);
  });
  if (made.ok) for (const proposal of told) tellProposal(place, proposal);
  return made;
}

/** The same inside a transaction that the caller holds. @param told what open pages must hear of when it is done */
export async function createIn(
  books: Books,
  place: ProposalPlace,
  draft: NewProposal,
  by: ProposalPerson,
  told: Proposal[],
): Promise<Result<Proposal, DeskFailure>> {
  const nowMs = place.nowMs();
  const replaced: Proposal[] = [];
  for (const open of await books.proposals.openOf(draft, draft.kind)) {
    if (open.policyName !== draft.policyName || open.origin !== draft.origin) continue;
    if (isThat(open, draft)) return ok(open);
    if (open.origin === "suggested" && isUntouched(open) && supersedable.has(open.state)) replaced.push(open);
  }
  const proposal = proposalOf(draft, place.newId(), replaced.at(-1)?.id, nowMs);
  const decision: Decision = {
    atMs: nowMs,
    by,
    action: "create",
    from: "draft",
    to: "draft",
    revision: 1,
    comment: "",
  };
  const { evidence } = draft.dossier;
  const records = await books.audit.append([
    {
      atMs: nowMs,
      kind: "observation.digest",
      subject: `namespace/${draft.cluster}/${draft.namespace}`,
      actor: by,
      payload: { ...evidence },
    },
    {
      atMs: nowMs,
      kind: "suggestion",
      subject: `proposal/${proposal.id}`,
      actor: draft.author,
      payload: {
        ...placeOf(draft),
        origin: draft.origin,
        manifestDigest: textDigest(draft.manifest),
        baseDigest: proposal.baseDigest,
        dossierDigest: proposal.dossierDigest,
        evidenceDigest: evidence.digest,
        reverts: draft.reverts,
      },
    },
    decisionRecord(proposal, decision),
  ]);
  await books.namespaces.set({ cluster: draft.cluster, namespace: draft.namespace }, {});
  await books.proposals.putDossier(proposal.dossierDigest, draft.dossier);
  const auditSequence = records.at(-1)?.sequence;
  const written = await books.proposals.add({ ...proposal, decisions: [{ ...decision, auditSequence }] });
  if (written.expiresAtMs !== undefined) await books.jobs.put(endTemporaryJob(written.id, written.expiresAtMs));
  for (const old of replaced) {
    const comment = `a newer suggestion, #${written.number}, takes its place`;
    const event = { type: "supersede", by: draft.author, comment, supersededBy: written.id } as const;
    const superseded = await takeStep(books, old, { event }, nowMs);
    if (!superseded.ok) return superseded;
    told.push(superseded.value);
  }
  told.push(written);
  return ok(written);
}

/** Whether an open proposal of the same origin is what the draft asks for. */
function isThat(open: Proposal, draft: NewProposal): boolean {
  if (draft.origin === "revert") return open.reverts === draft.reverts;
  if (open.manifest !== draft.manifest || open.baseManifest !== draft.baseManifest) return false;
  if (draft.origin === "suggested" || draft.origin === "fix") return isUntouched(open);
  const isNew = open.state === "draft" && open.revision === 1;
  return isNew && open.author.subject === draft.author.subject && open.title === draft.title;
}

/** SHA-256 of the dossier's canonical JSON, hexadecimal. */
export function dossierDigest(dossier: Dossier): string {
  return textDigest(canonicalJson(dossier));
}

function proposalOf(
  draft: NewProposal,
  id: string,
  supersedes: string | undefined,
  nowMs: number,
): Omit<Proposal, "number"> {
  const { dossier, otherEditors = [], ...own } = draft;
  return {
    ...own,
    id,
    state: "draft",
    version: 1,
    revision: 1,
    baseDigest: draft.baseManifest === undefined ? undefined : textDigest(draft.baseManifest),
    dossierDigest: dossierDigest(dossier),
    ...judgedBy(dossier),
    justification: draft.justification ?? "",
    ticket: "",
    labels: draft.labels ?? [],
    reviewers: [],
    expiresAtMs: draft.expiresAtMs,
    editors: [draft.author, ...otherEditors.filter(({ subject }) => subject !== draft.author.subject)],
    decisions: [],
    delivery: undefined,
    supersedes,
    supersededBy: undefined,
    reverts: draft.reverts,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
  };
}

/** What lists show of a dossier. */
export function judgedBy(dossier: Dossier): Pick<Proposal, "risk" | "readinessDay" | "newlyDenied" | "newlyAllowed"> {
  return {
    risk: dossier.risk.level,
    readinessDay: dossier.readiness?.day,
    newlyDenied: dossier.replay.newlyDenied,
    newlyAllowed: dossier.replay.newlyAllowed,
  };
}
