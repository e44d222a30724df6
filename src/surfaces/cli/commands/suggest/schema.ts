import { z } from "zod";
import { notLearnedReasons } from "../../../../pipeline/baseline/namespace-baseline.ts";
import { flowFormats } from "../../../../pipeline/sources/flow-format.ts";
import { formKinds } from "../../../../pipeline/suggest/choose/choice.ts";
import { postures } from "../../../../pipeline/suggest/choose/posture.ts";
import { exposure, policyName, time, workload } from "../../schema/common.ts";

const chance = z.number().min(0).max(1);

const connection = z
  .strictObject({
    workload,
    address: z.string(),
    names: z.array(z.string()),
    port: z.string().describe("as `tcp/443`"),
    flows: z.int().min(0),
    because: z.string(),
  })
  .meta({ id: "Connection" });

const chances = {
  exposure: z.number().describe("log2 of the pairs of address and port that it opens"),
  blockedShare: z.number().min(0).max(1).describe("of the service's flows of the next week"),
  breaksWithinDay: z.number().min(0).max(1).describe("chance that it blocks something legitimate"),
  breaksWithinWeek: z.number().min(0).max(1),
};

const choice = z
  .strictObject({
    service: z.strictObject({ id: z.string().describe("stable from day to day"), title: z.string() }),
    form: z.strictObject({ kind: z.enum(formKinds), title: z.string(), ...chances }),
    because: z.string(),
    runnerUp: z
      .strictObject({ kind: z.enum(formKinds), title: z.string(), ...chances, because: z.string() })
      .nullable()
      .describe("the next best, and why it is not the choice; null where there is no other way"),
  })
  .meta({ id: "Choice" });

const suggestion = z
  .strictObject({
    policy: policyName,
    manifest: z.string().describe("the exact YAML to commit"),
    rules: z
      .array(
        z.strictObject({
          rule: z.int().min(0),
          text: z.string(),
          why: z.enum(["guardrail", "api-server", "inside-cluster", "learned", "default-deny"]),
          reason: z.string(),
          evidence: z
            .strictObject({
              workloads: z.array(workload),
              flows: z.int().min(0),
              bytes: z.number().min(0).nullable(),
              firstSeen: time.nullable(),
              lastSeen: time.nullable(),
              addressCount: z.int().min(0),
              addresses: z.array(z.string()).describe("some of them"),
              activeHours: z.int().min(0).nullable().describe("distinct hours with traffic"),
              decidedBy: z.array(z.string()).describe("policies that decided it when it was recorded, where known"),
              attention: z.string().nullable().describe("what a reviewer should look at; null for ordinary traffic"),
            })
            .nullable(),
          choices: z.array(z.int().min(0)).describe("indexes into `choices`: the services that the rule is for"),
        }),
      )
      .describe("same order as in the manifest"),
    posture: z.enum(postures),
    choices: z.array(choice).describe("how each service is allowed, in the order of the rules"),
    learned: z.strictObject({
      flows: z.int().min(0),
      connections: z.int().min(0).describe("distinct workload, destination, protocol and port"),
      destinations: z.int().min(0),
      workloads: z.int().min(0),
    }),
    notLearned: z
      .array(connection.extend({ reason: z.enum(notLearnedReasons) }).meta({ id: "NotLearned" }))
      .describe("seen, and not allowed on purpose"),
    notExpressible: z.array(connection).describe("needed, and this kind has no words for it: it would be denied"),
    cautions: z.array(z.string()),
    checks: z.array(z.strictObject({ name: z.string(), passed: z.boolean(), detail: z.string() })),
    companions: z
      .array(
        z.strictObject({
          policy: policyName,
          manifest: z.string(),
          exposure: exposure.describe("what its pods can reach with firewall and network policies in force"),
        }),
      )
      .nullable()
      .describe("NetworkPolicies per workload, proved together with the firewall; null where none were asked for"),
    readiness: z
      .strictObject({
        day: chance.describe("that nothing needed is stopped within 24 hours of the end of the recording"),
        week: chance.describe("the same within seven days"),
        risks: z
          .array(
            z.strictObject({
              kind: z.enum([
                "service-changes",
                "new-service",
                "schedule-not-seen",
                "left-out",
                "sampling",
                "not-observed",
                "short-window",
              ]),
              text: z.string(),
              week: chance.describe("that this alone stops something within seven days"),
            }),
          )
          .describe("largest first"),
        missing: z
          .array(
            z.strictObject({
              text: z.string(),
              workload: z
                .string()
                .nullable()
                .describe("as `CronJob/monthly-report`; null where it is about no single one"),
            }),
          )
          .describe("evidence that would change the chances"),
      })
      .describe("how safe it is to enforce"),
    replaces: policyName.nullable().describe("the policy of today that it takes the place of"),
    edit: z
      .strictObject({
        path: z.string().describe("the file whose text was changed, or was to be"),
        rules: z
          .array(
            z.strictObject({
              state: z.enum(["kept", "changed", "added", "removed"]),
              text: z.string(),
              was: z.string().nullable().describe("as it was, where it is changed"),
            }),
          )
          .nullable()
          .describe("in the order of the edited policy; null where it was written anew"),
        because: z.string().nullable().describe("why it was written anew"),
      })
      .nullable()
      .describe("how `manifest` came of the text of a file; null where there was none"),
    exposure: z.strictObject({ before: exposure, after: exposure }),
    impact: z
      .strictObject({
        kept: z.int().min(0),
        stopped: z.int().min(0).describe("allowed today and denied by the suggestion"),
        opened: z.int().min(0).describe("denied today and allowed by the suggestion"),
        unknown: z.int().min(0).describe("the answer is unknown before or after"),
      })
      .describe("recorded connections by what happens to them"),
  })
  .meta({ id: "Suggestion" });

export const suggestOutput = z
  .strictObject({
    schema: z.literal("postern/suggest/v1"),
    suggestions: z.array(suggestion).describe("in order of namespace"),
    refused: z
      .array(z.strictObject({ namespace: z.string(), failures: z.array(z.string()) }))
      .describe("namespaces whose policy failed its own proof: nothing is proposed for them"),
    withoutTraffic: z.array(z.string()).describe("namespaces that were asked for and had no traffic"),
    recording: z.strictObject({
      inputs: z.array(
        z.strictObject({
          path: z.string(),
          format: z.enum(flowFormats).nullable().describe("null for an empty file"),
          bytes: z.number().min(0),
          flows: z.int().min(0),
          malformed: z.int().min(0),
        }),
      ),
      first: time.nullable(),
      last: time.nullable(),
      complete: z.boolean().describe("false when sampling, gaps or limits mean that traffic may have been missed"),
      leftOut: z.array(z.strictObject({ reason: z.string(), flows: z.int().min(0), example: z.string() })),
      malformed: z.array(
        z.strictObject({ file: z.string(), line: z.int().nullable(), text: z.string(), reason: z.string() }),
      ),
      clusterNetworks: z.strictObject({
        pods: z.array(z.string()),
        services: z.array(z.string()),
        origin: z.enum(["given", "dump", "inferred", "unknown"]),
      }),
      warnings: z.array(z.string()),
    }),
  })
  .meta({ title: "Output of `postern suggest -o json`, and `report.json` of `--out`" });

export type SuggestOutput = z.output<typeof suggestOutput>;
