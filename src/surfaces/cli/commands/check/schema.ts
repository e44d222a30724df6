import { z } from "zod";
import { location, policyName, severity } from "../../schema/common.ts";

const verdict = z.strictObject({
  clause: z.string().describe("stable name of the clause"),
  law: z.string(),
  effect: z.enum(["forbids", "warns"]),
  message: z.string().describe("how the clause is broken, one sentence"),
  rule: z
    .int()
    .min(0)
    .nullable()
    .describe("rule of the policy, counted from 0; null where it is about the whole of it"),
  at: location,
});

const approval = z.strictObject({
  clause: z.string(),
  law: z.string(),
  needed: z.int().min(1),
  groups: z.array(z.string()).describe("empty: whoever may approve"),
});

export const checkOutput = z
  .strictObject({
    schema: z.literal("postern/check/v1"),
    passed: z.boolean(),
    objects: z.array(
      z.strictObject({
        policy: policyName,
        change: z.enum(["added", "removed", "rewritten"]),
        at: location,
        verdicts: z.array(verdict),
        approvals: z.array(approval).describe("what the law asks of those who approve"),
      }),
    ),
    findings: z
      .array(
        z.strictObject({
          code: z.string(),
          severity,
          at: location,
          message: z.string(),
          effect: z.string(),
          fix: z.string(),
        }),
      )
      .describe("of objects that change"),
    changes: z.strictObject({
      newlyAllowed: z.int().min(0),
      newlyDenied: z.int().min(0),
      complete: z.boolean().describe("false: there was too much to compare"),
    }),
    replay: z
      .strictObject({
        broken: z.int().min(0),
        doubtful: z.int().min(0),
        stoppedOnPurpose: z.int().min(0).describe("scans, failures and what is forbidden"),
        opened: z.int().min(0),
        kept: z.int().min(0),
      })
      .nullable()
      .describe("recorded connections by what becomes of them; null without flows"),
    risk: z.strictObject({
      level: z.enum(["low", "medium", "high"]),
      score: z.number().min(0).max(100),
      reasons: z.array(z.string()),
    }),
    wordsJudged: z.boolean().describe("whether clauses about justification, ticket and expiry were judged"),
  })
  .meta({ title: "Output of `postern check -o json`" });

export type CheckOutput = z.output<typeof checkOutput>;
