import { z } from "zod";
import { listQuery, namespaceRef, severalOf } from "./list.ts";

/** What is wrong with rules that are in force. */
export const ruleProblem = z.enum(["zombie", "shadowed", "redundant", "over-broad", "conflict", "dead-name", "other"]);

export const ruleQuery = listQuery.extend({
  cluster: severalOf(z.string()),
  namespace: severalOf(z.string()),
  problem: severalOf(ruleProblem),
  severity: severalOf(z.enum(["error", "warning", "info"])),
});
export type RuleQuery = z.infer<typeof ruleQuery>;
/** Default order: `severity`, then namespace. */
export const ruleSorts = ["severity", "namespace", "problem", "lastHitMs"] as const;

export const ruleFinding = z.object({
  /** Stable as long as the rule's text is: given to make a proposal of its fix. */
  id: z.string(),
  ...namespaceRef.shape,
  kind: z.string(),
  policyName: z.string(),
  /** 0-based. */
  rule: z.number().int().nullable(),
  ruleText: z.string(),
  problem: ruleProblem,
  code: z.string(),
  severity: z.enum(["error", "warning", "info"]),
  message: z.string(),
  effect: z.string(),
  /** What the fix does; null: there is none that is proven safe. */
  fix: z.string().nullable(),
  /** Last recorded traffic; null: none. */
  lastHitMs: z.number().nullable(),
  /** An open proposal that mends it already. */
  proposal: z.string().nullable(),
});
export type RuleFinding = z.infer<typeof ruleFinding>;
