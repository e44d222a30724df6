import { z } from "zod";
import {
  decidedBy,
  location,
  policyName,
  ruleNumber,
  time,
  toldDeciders,
  verdictKind,
  workload,
} from "../../schema/common.ts";

const verdict = z
  .strictObject({
    kind: verdictKind,
    by: decidedBy.nullable().describe("null where the flow source itself says what happened"),
    reason: z.string().nullable().describe("why it is unknown; null when it is known"),
  })
  .meta({ id: "Verdict" });

const amount = z.strictObject({ groups: z.int().min(0), flows: z.int().min(0) }).meta({ id: "Amount" });

export const replayOutput = z
  .strictObject({
    schema: z.literal("postern/replay/v1"),
    groups: z
      .array(
        z.strictObject({
          namespace: z.string(),
          workload,
          destination: z.strictObject({
            address: z.string().describe("an address, or a block where the source recorded blocks"),
            names: z.array(z.string()),
            protocol: z.enum(["tcp", "udp", "sctp", "icmp", "other"]),
            port: z.int().min(0).max(65535).describe("0 where the protocol has none"),
          }),
          flows: z.int().min(0),
          firstSeen: time.nullable(),
          lastSeen: time.nullable(),
          decidedBy: toldDeciders,
          outcome: z
            .enum(["broken", "doubtful", "opened", "kept"])
            .describe(
              "broken: was not denied and would be; doubtful: the answer is unknown; opened: was denied and would be allowed",
            ),
          before: verdict,
          after: verdict,
        }),
      )
      .describe("flows of one workload to one destination, protocol and port; broken ones first"),
    workloads: z
      .array(
        z.strictObject({
          namespace: z.string(),
          workload,
          outcome: z.strictObject({ broken: amount, doubtful: amount, opened: amount, kept: amount }),
          deciders: z
            .array(
              z.strictObject({
                outcome: z.enum(["broken", "doubtful", "opened"]),
                by: decidedBy,
                groups: z.int().min(0),
                flows: z.int().min(0),
              }),
            )
            .describe("rules that decide what does not stay as it was"),
        }),
      )
      .describe("the groups summed up for each workload; those that lose most flows first"),
    rules: z
      .array(
        z.strictObject({
          policy: policyName,
          rule: ruleNumber,
          text: z.string(),
          at: location.nullable(),
          groups: z.int().min(0),
          flows: z.int().min(0),
          firstSeen: time.nullable(),
          lastSeen: time.nullable(),
          days: z.int().min(0).describe("days, UTC, with at least one flow"),
        }),
      )
      .describe("what each rule of `--policies` decides, in their order, with those that decide nothing"),
    summary: z.strictObject({
      outcome: z.strictObject({ broken: amount, doubtful: amount, opened: amount, kept: amount }),
      after: z.strictObject({ allow: amount, deny: amount, unknown: amount }),
      ungoverned: amount.describe("flows of namespaces that no policy speaks of; they are counted as allowed too"),
    }),
    warnings: z.array(z.string()).describe("what must be known to trust the recording"),
  })
  .meta({ title: "Output of `postern replay -o json`" });

export type ReplayOutput = z.output<typeof replayOutput>;
