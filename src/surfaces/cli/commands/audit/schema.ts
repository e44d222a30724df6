import { z } from "zod";
import { type AuditReport, auditProblemKinds } from "../../../../app/audit/verify/audit-report.ts";
import { timeOutput } from "../../schema/common-output.ts";
import { time } from "../../schema/common.ts";

/** Of `audit verify`, for a store or an export. */
export const auditVerifyOutput = z.strictObject({
  schema: z.literal("postern/audit-verify/v1"),
  isWhole: z.boolean().describe("nothing was found, and a key that was given has signed it where one was given"),
  records: z.number().int(),
  checkpoints: z.number().int(),
  problems: z
    .array(
      z
        .strictObject({
          kind: z.enum(auditProblemKinds),
          first: z.number().int().nullable().describe("number of the first record it is about"),
          last: z.number().int().nullable(),
          where: z.string().describe("`line 17` of an export; empty in a store"),
          message: z.string(),
        })
        .meta({ id: "AuditProblem" }),
    )
    .describe("in the order of the log"),
  problemsLeftOut: z.number().int(),
  proven: z
    .strictObject({ records: z.number().int(), at: time.nullable(), keyName: z.string(), keyId: z.string() })
    .nullable()
    .describe("the largest checkpoint that a trusted key has signed and that the records lead to"),
  keysGiven: z.boolean(),
  rootHash: z.string().nullable(),
  chainHash: z.string(),
});
export type AuditVerifyOutput = z.output<typeof auditVerifyOutput>;

export function isWhole({ problems, hasKeys, proven }: AuditReport): boolean {
  return problems.length === 0 && (!hasKeys || proven !== undefined);
}

export function outputOf(report: AuditReport): AuditVerifyOutput {
  const { problems, proven } = report;
  return {
    schema: "postern/audit-verify/v1",
    isWhole: isWhole(report),
    records: report.records,
    checkpoints: report.checkpoints,
    problems: problems.map(({ first, last, ...rest }) => ({ ...rest, first: first ?? null, last: last ?? null })),
    problemsLeftOut: report.problemsLeftOut,
    proven:
      proven === undefined
        ? null
        : { records: proven.size, at: timeOutput(proven.atMs), keyName: proven.keyName, keyId: proven.keyId },
    keysGiven: report.hasKeys,
    rootHash: report.rootHash ?? null,
    chainHash: report.chainHash,
  };
}
