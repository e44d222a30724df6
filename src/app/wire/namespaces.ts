import { z } from "zod";
import { ruleEvidence } from "./dossier.ts";
import { exposureView, findingView, listQuery, namespaceRef, severalOf } from "./list.ts";
import { proposalSummary, riskLevel } from "./proposals.ts";

/** How far Postern may go in a namespace. */
export const phase = z.enum(["observe", "review", "automate"]);

/** `enforced` a default-deny policy is in force · `partial` there is a policy, egress is open beside it · `none` · `unknown` the cluster was not asked. */
export const coverageState = z.enum(["enforced", "partial", "none", "unknown"]);

export const namespaceQuery = listQuery.extend({
  cluster: severalOf(z.string()),
  phase: severalOf(phase),
  coverage: severalOf(coverageState),
});
export type NamespaceQuery = z.infer<typeof namespaceQuery>;
export const namespaceSorts = [
  "namespace",
  "cluster",
  "flows",
  "destinations",
  "readiness",
  "exposure",
  "lastSeenMs",
  "findings",
] as const;

export const namespaceSummary = z.object({
  ...namespaceRef.shape,
  phase,
  coverage: coverageState,
  /** In the last seven days. */
  flows: z.number(),
  destinations: z.number().int(),
  workloads: z.number().int(),
  firstSeenMs: z.number().nullable(),
  lastSeenMs: z.number().nullable(),
  readinessDay: z.number().nullable(),
  exposure: exposureView.nullable(),
  findings: z.number().int(),
  openProposals: z.number().int(),
});
export type NamespaceSummary = z.infer<typeof namespaceSummary>;

export const policyView = z.object({
  kind: z.string(),
  name: z.string(),
  manifest: z.string(),
  rules: z.array(ruleEvidence),
  findings: z.array(findingView),
  /** What the cluster says of the object: `EgressFirewall Rules applied`; empty where it says nothing. */
  status: z.string(),
});
export type PolicyView = z.infer<typeof policyView>;

/** What a phase stands on. */
const phaseTerms = z.object({
  threshold: z.number(),
  reviewByMs: z.number().nullable(),
  /** Set by automation when it stopped itself; null: it did not. */
  stoppedBecause: z.string().nullable(),
  risk: riskLevel,
});

export const namespaceDetail = namespaceSummary.extend({
  policies: z.array(policyView),
  proposals: z.array(proposalSummary),
  /** Latest last; one a day. */
  history: z.array(
    z.object({
      dayMs: z.number(),
      exposure: z.number().nullable(),
      readiness: z.number().nullable(),
      denied: z.number(),
    }),
  ),
  /** When what was learned was last computed; null: never. */
  learnedAtMs: z.number().nullable(),
  /** What its phase stands on, and whether who asks may change it. */
  automation: phaseTerms.extend({ mayChange: z.boolean() }),
});
export type NamespaceDetail = z.infer<typeof namespaceDetail>;

/**
 * Who talks to what, of one namespace: workloads on one side, services (groups of destinations) on the other. `most` services by flows,
 * the rest in one node of its own (`isRest`).
 */
export const flowMapQuery = z.object({
  fromMs: z.coerce.number().optional(),
  toMs: z.coerce.number().optional(),
  workload: severalOf(z.string()),
  most: z.coerce.number().int().min(5).max(500).default(40),
});
export const flowMap = z.object({
  workloads: z.array(z.object({ id: z.string(), flows: z.number() })),
  services: z.array(
    z.object({
      id: z.string(),
      title: z.string(),
      /** `public` `private` `provider` `name` …: for grouping and colour, never colour alone. */
      group: z.string(),
      destinations: z.number().int(),
      examples: z.array(z.string()),
      flows: z.number(),
      isRest: z.boolean(),
    }),
  ),
  links: z.array(
    z.object({
      workload: z.string(),
      service: z.string(),
      flows: z.number(),
      bytes: z.number().nullable(),
      ports: z.array(z.string()),
      /** Under what is in force today. */
      verdict: z.enum(["allow", "deny", "mixed", "unknown"]),
    }),
  ),
});
export type FlowMap = z.infer<typeof flowMap>;

export const phaseChange = z.object({
  phase,
  /** Of `automate`; left out: the organisation's. */
  threshold: z.number().min(0.5).max(1).optional(),
  /** Day at which people must look again; needed for `automate`. */
  reviewByMs: z.number().optional(),
});
export type PhaseChange = z.infer<typeof phaseChange>;

export const phaseView = z.object({ ...namespaceRef.shape, phase, ...phaseTerms.shape });
export type PhaseView = z.infer<typeof phaseView>;
