import { z } from "zod";
import { exposureView } from "./list.ts";

/** A destination as people write it: `203.0.113.7`, `10.0.0.0/8`, `api.example.com`, `*.example.com`. */
const destination = z.string();

export const edgeView = z.object({
  cluster: z.string(),
  namespace: z.string(),
  /** `Deployment/cart` */
  workload: z.string(),
  address: z.string(),
  names: z.array(z.string()),
  protocol: z.string(),
  port: z.number().int(),
  verdict: z.enum(["seen", "allowed", "denied", "unanswered"]),
  flows: z.number(),
  bytes: z.number().nullable(),
  firstSeenMs: z.number().nullable(),
  lastSeenMs: z.number().nullable(),
});
export type EdgeView = z.infer<typeof edgeView>;

/** Why a rule is there. */
export const ruleEvidence = z.object({
  /** 0-based, in the order of the policy. */
  index: z.number().int(),
  action: z.enum(["Allow", "Deny", "Pass"]),
  destination,
  ports: z.string(),
  /** One sentence for people. */
  reason: z.string(),
  /** The service a person would name; empty where there is none. */
  service: z.string(),
  /** What was nearly chosen instead, and why not; empty where there was no choice. */
  runnerUp: z.string(),
  workloads: z.array(z.string()),
  /** Recorded connections that this rule decides in the replay. */
  connections: z.number().int(),
  flows: z.number(),
  lastSeenMs: z.number().nullable(),
  line: z.number().int().nullable(),
});
export type RuleEvidence = z.infer<typeof ruleEvidence>;

export const differenceView = z.object({
  change: z.enum(["newly allowed", "newly denied"]),
  destination,
  ports: z.string(),
  /** One connection of it: `203.0.113.7:443/tcp`. */
  example: z.string(),
  /** The rule that decides, in words. */
  before: z.string(),
  after: z.string(),
});
export type DifferenceView = z.infer<typeof differenceView>;

export const replayView = z.object({
  edge: edgeView,
  before: z.enum(["allow", "deny", "unknown"]),
  after: z.enum(["allow", "deny", "unknown"]),
  beforeBy: z.string(),
  afterBy: z.string(),
});
export type ReplayView = z.infer<typeof replayView>;

/** Most rows of each kind that a dossier keeps; what is left out is counted. */
export const mostDossierRows = 500;

/** What a proposal is judged by: made once per revision, kept, and named by its digest. */
export const dossier = z.object({
  /** What was looked at: `fromMs` to `toMs` are null where nothing had a time. */
  evidence: z.object({
    fromMs: z.number().nullable(),
    toMs: z.number().nullable(),
    connections: z.number().int(),
    destinations: z.number().int(),
    workloads: z.number().int(),
    flows: z.number(),
    samplingMax: z.number(),
    /** SHA-256 over the recorded edges that were judged. */
    digest: z.string(),
  }),
  checks: z.array(z.object({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  rules: z.array(ruleEvidence),
  differences: z.array(differenceView),
  differencesLeftOut: z.number().int(),
  /** False: no difference found does not mean equal. */
  isComparisonComplete: z.boolean(),
  replay: z.object({
    unchangedAllowed: z.number().int(),
    unchangedDenied: z.number().int(),
    newlyDenied: z.number().int(),
    newlyAllowed: z.number().int(),
    unknown: z.number().int(),
    /** Those whose verdict changes or is unknown first. */
    rows: z.array(replayView),
    rowsLeftOut: z.number().int(),
  }),
  notLearned: z.array(z.object({ edge: edgeView, reason: z.string() })),
  notLearnedLeftOut: z.number().int(),
  cautions: z.array(z.string()),
  readiness: z
    .object({
      day: z.number(),
      week: z.number(),
      risks: z.array(z.object({ kind: z.string(), text: z.string(), week: z.number() })),
      missing: z.array(z.object({ text: z.string(), workload: z.string().nullable() })),
    })
    .nullable(),
  exposureBefore: exposureView,
  exposureAfter: exposureView,
  risk: z.object({
    level: z.enum(["low", "medium", "high"]),
    /** 0 to 100. */
    score: z.number(),
    /** One sentence each, what weighs most first. */
    reasons: z.array(z.string()),
  }),
});
export type Dossier = z.infer<typeof dossier>;
