import { z } from "zod";
import type { DraftKind } from "../../core/policy/draft.ts";
import { type Proposal, type ProposalState, proposalStates } from "../../pipeline/propose/proposal.ts";
import type { Schema } from "./schema.ts";

/** What JSON leaves out. */
function maybe<T extends z.ZodType>(inner: T): z.ZodType<z.output<T> | undefined> {
  return inner.nullish().transform((value) => value ?? undefined);
}

const person = z.object({ subject: z.string(), name: z.string() });
const stateShape = z.enum(proposalStates);
/** Nobody waits for these any more. */
const closedStates: ReadonlySet<ProposalState> = new Set(["rejected", "verified", "superseded", "rolled-back"]);

// Loose objects: what a newer version adds to decisions and deliveries is not lost when an older one writes.
const decision = z.looseObject({
  atMs: z.number(),
  by: person,
  action: z.string(),
  from: stateShape,
  to: stateShape,
  revision: z.number(),
  comment: z.string(),
});

const delivery = z.looseObject({
  repository: z.string(),
  branch: z.string(),
  path: z.string(),
  commit: maybe(z.string()),
  pullRequest: maybe(
    z.looseObject({ id: z.string(), url: maybe(z.string()), state: z.enum(["open", "merged", "closed"]) }),
  ),
  mergeCommit: maybe(z.string()),
  isTakenOver: z.boolean(),
  trouble: maybe(z.string()),
});

const body = z.looseObject({
  id: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  kind: z.string().transform((kind) => kind as DraftKind),
  policyName: z.string(),
  state: stateShape,
  origin: z.enum(["suggested", "edited", "fix", "revert", "onboarding", "request"]),
  title: z.string(),
  revision: z.number(),
  baseManifest: maybe(z.string()),
  baseDigest: maybe(z.string()),
  manifest: z.string(),
  dossierDigest: z.string(),
  risk: z.enum(["low", "medium", "high"]),
  readinessDay: maybe(z.number()),
  newlyDenied: z.number(),
  newlyAllowed: z.number(),
  lawBreaches: z.number(),
  justification: z.string(),
  ticket: z.string(),
  labels: z.array(z.string()),
  reviewers: z.array(z.string()),
  approvalsNeeded: z.number(),
  expiresAtMs: maybe(z.number()),
  author: person,
  editors: z.array(person),
  decisions: z.array(decision),
  delivery: maybe(delivery),
  supersedes: maybe(z.string()),
  supersededBy: maybe(z.string()),
  reverts: maybe(z.string()),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});

/** Throws for a row that this program did not write. */
export function proposalOf(row: {
  readonly number: number;
  readonly version: number;
  readonly body: string;
}): Proposal {
  return { ...body.parse(JSON.parse(row.body)), number: row.number, version: row.version };
}

export function bodyOf(proposal: Proposal): string {
  return JSON.stringify(proposal);
}

export function columnsOf(proposal: Proposal): Schema["proposals"] {
  const { number, id, cluster, namespace, kind, origin, risk, version, author, title, policyName } = proposal;
  return {
    number,
    id,
    cluster,
    namespace,
    kind,
    state: proposal.state,
    state_rank: rankOfState(proposal.state),
    is_open: closedStates.has(proposal.state) ? 0 : 1,
    origin,
    risk,
    risk_rank: rankOfRisk(risk),
    readiness_day: proposal.readinessDay ?? null,
    author: author.subject,
    search: [title, namespace, cluster, policyName].join("\n").toLowerCase(),
    version,
    created_at_ms: proposal.createdAtMs,
    updated_at_ms: proposal.updatedAtMs,
  };
}

/** In the order in which a proposal goes through them. */
export function rankOfState(state: string): number {
  return proposalStates.indexOf(state as ProposalState);
}

export function rankOfRisk(risk: string): number {
  return ["low", "medium", "high"].indexOf(risk);
}
