import { z } from "zod";
import { location } from "../../schema/common.ts";

export const lawCheckOutput = z
  .strictObject({
    schema: z.literal("postern/law-check/v1"),
    laws: z.array(
      z.strictObject({
        file: z.string(),
        name: z.string().nullable().describe("what the law calls itself; null when it cannot be used"),
        clauses: z.int().min(0),
        findings: z
          .array(
            z.strictObject({
              code: z.string().describe("stable"),
              severity: z.enum(["error", "warning"]),
              at: location,
              message: z.string().describe("what is wrong, one sentence"),
              fix: z.string().describe("what to do"),
            }),
          )
          .describe("in the order in which they stand"),
      }),
    ),
  })
  .meta({ title: "Output of `postern law check -o json`" });

export type LawCheckOutput = z.output<typeof lawCheckOutput>;
