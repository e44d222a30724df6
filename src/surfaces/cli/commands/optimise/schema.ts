import { z } from "zod";
import { exposure, location, policyName, ruleNumber, severity } from "../../schema/common.ts";

const finding = z
  .strictObject({
    code: z.string().describe("stable, documented in docs/reference/findings.md"),
    severity,
    at: location,
    policy: policyName,
    rule: ruleNumber.describe("index in the object's own rule list, from 0; null for the object as a whole"),
    message: z.string().describe("what is found, one sentence"),
    effect: z.string().describe("what a real cluster does with it"),
    fix: z.string().describe("what to do, in general"),
    change: z.string().nullable().describe("the proven change; null where none is offered"),
    state: z.enum(["offered", "changed", "left"]).describe("changed: the file was written"),
    because: z.string().nullable().describe("why no change is offered"),
  })
  .meta({ id: "Optimisation" });

export const optimiseOutput = z
  .strictObject({
    schema: z.literal("postern/optimise/v1"),
    findings: z.array(finding).describe("in order of file and place"),
    further: z.array(finding).describe("changes that only the first ones made possible; they are in `files` too"),
    policies: z
      .array(
        z.strictObject({
          policy: policyName,
          at: location,
          rules: z.strictObject({ before: z.int().min(0), after: z.int().min(0) }),
          exposure: z.strictObject({ before: exposure, after: exposure }),
        }),
      )
      .describe("every policy that was looked at, before and after all changes"),
    files: z
      .array(z.strictObject({ path: z.string(), text: z.string() }))
      .describe("files that change, with their whole text after all changes"),
    trafficLookedAt: z.boolean().describe("false: without recorded flows only rules among themselves were looked at"),
  })
  .meta({ title: "Output of `postern optimise -o json`" });

export type OptimiseOutput = z.output<typeof optimiseOutput>;
