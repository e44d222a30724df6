import { z } from "zod";
import { dossier } from "./dossier.ts";
import { exposureView, findingView, listQuery, namespaceRef, person, severalOf } from "./list.ts";

export const proposalState = z.enum([
  "draft",
  "pending-review",
  "changes-requested",
  "approved",
  "rejected",
  "pull-request-open",
  "merged",
  "synced",
  "enforced",
  "verified",
  "superseded",
  "rolled-back",
]);

/** Why it was made. `suggested` learned from traffic, `fix` for a finding of existing rules, `revert` to take a merged one back. */
export const proposalOrigin = z.enum(["suggested", "edited", "fix", "revert", "onboarding", "request"]);

export const riskLevel = z.enum(["low", "medium", "high"]);

export const proposalQuery = listQuery.extend({
  state: severalOf(proposalState),
  cluster: severalOf(z.string()),
  namespace: severalOf(z.string()),
  kind: severalOf(z.string()),
  risk: severalOf(riskLevel),
  origin: severalOf(proposalOrigin),
  author: z.string().optional(),
  /** Only what the one who asks may decide now. */
  mine: z.stringbool().optional(),
});
export type ProposalQuery = z.infer<typeof proposalQuery>;
/** Orders: `number` `updatedAtMs` (default, descending) `createdAtMs` `namespace` `state` `risk` `readiness`. */
export const proposalSorts = [
  "updatedAtMs",
  "createdAtMs",
  "number",
  "namespace",
  "state",
  "risk",
  "readiness",
] as const;

export const proposalSummary = z.object({
  id: z.string(),
  /** For people: `#12`. */
  number: z.number().int(),
  ...namespaceRef.shape,
  kind: z.string(),
  policyName: z.string(),
  title: z.string(),
  state: proposalState,
  origin: proposalOrigin,
  risk: riskLevel,
  /** Chance that a day after enforcing nothing needed is blocked, 0 to 1; null where nothing was recorded to say so. */
  readinessDay: z.number().nullable(),
  newlyDenied: z.number().int(),
  newlyAllowed: z.number().int(),
  lawBreaches: z.number().int(),
  author: person,
  approvals: z.number().int(),
  approvalsNeeded: z.number().int(),
  pullRequestUrl: z.string().nullable(),
  createdAtMs: z.number(),
  updatedAtMs: z.number(),
});
export type ProposalSummary = z.infer<typeof proposalSummary>;

export const decisionView = z.object({
  atMs: z.number(),
  by: person,
  /** What was done: `submit` `edit` `approve` `request-changes` `reject` `open-pull-request` `merge` `sync` `enforce` `verify` `supersede` `roll-back` `comment` … */
  action: z.string(),
  from: proposalState,
  to: proposalState,
  /** The text of the policy it was about. */
  revision: z.number().int(),
  comment: z.string(),
  /** Number of the record in the audit log. */
  auditSequence: z.number().int().nullable(),
});
export type DecisionView = z.infer<typeof decisionView>;

export const lawVerdict = z.object({
  /** Stable name of the clause in the law: `widest-prefix`. */
  clause: z.string(),
  /** Name and version of the document: `company@3`. */
  law: z.string(),
  /** A breach that `warns` does not stop an approval. */
  effect: z.enum(["forbids", "warns"]),
  message: z.string(),
  /** Of the policy, where it is about one: 0-based. */
  rule: z.number().int().nullable(),
  line: z.number().int().nullable(),
});
export type LawVerdict = z.infer<typeof lawVerdict>;

export const deliveryView = z.object({
  repository: z.string(),
  branch: z.string(),
  /** File in the repository. */
  path: z.string(),
  commit: z.string().nullable(),
  pullRequest: z
    .object({ id: z.string(), url: z.string().nullable(), state: z.enum(["open", "merged", "closed"]) })
    .nullable(),
  mergeCommit: z.string().nullable(),
  /** A person's commits stand on the branch: nothing is pushed over them. */
  isTakenOver: z.boolean(),
  /** Why the last try failed; null when it worked. */
  trouble: z.string().nullable(),
});
export type DeliveryView = z.infer<typeof deliveryView>;

export const proposalDetail = proposalSummary.extend({
  /** For `If-Match`. */
  version: z.number().int(),
  revision: z.number().int(),
  /** What is replaced; null when nothing is there yet. */
  baseManifest: z.string().nullable(),
  manifest: z.string(),
  justification: z.string(),
  ticket: z.string(),
  reviewers: z.array(z.string()),
  labels: z.array(z.string()),
  /** First moment at which a temporary change must be gone; null: lasting. */
  expiresAtMs: z.number().nullable(),
  decisions: z.array(decisionView),
  laws: z.array(lawVerdict),
  delivery: deliveryView.nullable(),
  dossier,
  /** SHA-256 of the dossier's canonical JSON. */
  dossierDigest: z.string(),
  /** Proposals this one is tied to. */
  supersedes: z.string().nullable(),
  supersededBy: z.string().nullable(),
  reverts: z.string().nullable(),
  /** What the one who asks may do now: actions of {@link decisionView}, with the reason where not. */
  may: z.array(z.object({ action: z.string(), allowed: z.boolean(), why: z.string() })),
});
export type ProposalDetail = z.infer<typeof proposalDetail>;

/** Judge a text without keeping anything: what the editor shows while somebody types. */
export const previewRequest = z.object({ manifest: z.string().max(1_000_000) });
export const previewAnswer = z.object({
  findings: z.array(findingView),
  laws: z.array(lawVerdict),
  /** Null where the text is no policy. */
  dossier: dossier.nullable(),
  exposure: exposureView.nullable(),
});
export type PreviewAnswer = z.infer<typeof previewAnswer>;

export const proposalEdit = z.object({
  manifest: z.string().max(1_000_000).optional(),
  title: z.string().min(1).max(200).optional(),
  justification: z.string().max(10_000).optional(),
  ticket: z.string().max(200).optional(),
  reviewers: z.array(z.string().max(200)).max(20).optional(),
  expiresAtMs: z.number().nullable().optional(),
});
export type ProposalEdit = z.infer<typeof proposalEdit>;

export const proposalAction = z.object({
  action: z.enum([
    "submit",
    "approve",
    "request-changes",
    "reject",
    "withdraw",
    "open-pull-request",
    "roll-back",
    "comment",
  ]),
  comment: z.string().max(10_000).default(""),
  /** What was looked at: another revision is refused. */
  revision: z.number().int(),
});
export type ProposalAction = z.infer<typeof proposalAction>;

/** Make one: learn a namespace now, take a text, or take the fix of a finding. */
export const proposalRequest = z.discriminatedUnion("from", [
  z.object({
    from: z.literal("traffic"),
    ...namespaceRef.shape,
    kind: z.string().default("EgressFirewall"),
    posture: z.enum(["strict", "balanced", "available"]).default("balanced"),
  }),
  z.object({
    from: z.literal("text"),
    ...namespaceRef.shape,
    manifest: z.string().max(1_000_000),
    title: z.string().max(200).optional(),
  }),
  z.object({ from: z.literal("finding"), finding: z.string().max(500) }),
]);
export type ProposalRequest = z.infer<typeof proposalRequest>;
