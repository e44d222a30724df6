import { z } from "zod";
import { location, severity } from "../../schema/common.ts";

export const lintOutput = z
  .strictObject({
    schema: z.literal("postern/lint/v1"),
    findings: z
      .array(
        z.strictObject({
          code: z.string().describe("stable, documented in docs/reference/findings.md"),
          severity,
          at: location,
          message: z.string().describe("what is wrong, one sentence"),
          effect: z.string().describe("what a real cluster does with it"),
          fix: z.string().describe("what to do"),
        }),
      )
      .describe("in order of file, line, column and code"),
    summary: z.strictObject({
      files: z.int().min(0).describe("files read"),
      policies: z.int().min(0).describe("policies found in them"),
      errors: z.int().min(0),
      warnings: z.int().min(0),
      notes: z.int().min(0),
    }),
  })
  .meta({ title: "Output of `postern lint -o json`" });

export type LintOutput = z.output<typeof lintOutput>;
