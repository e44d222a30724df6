import { z } from "zod";
import { policyName, workload } from "../../schema/common.ts";

const share = z.number().min(0).max(1);

const neighbour = z
  .strictObject({
    namespace: z.string(),
    workload,
    likeness: share,
    shared: z.array(z.string()).describe("what they have in common, that which tells most first; at most five"),
  })
  .meta({ id: "Neighbour" });

const expected = z
  .strictObject({
    service: z.string(),
    title: z.string(),
    confidence: share.describe("estimated chance that the namespace needs it"),
    of: workload.describe("the workload it is expected of"),
    names: z.array(z.string()),
    ports: z.array(z.string()).describe("as `tcp/443`"),
    usedBy: z.int().min(0).describe("how many of the nearest workloads use it"),
    asked: z.int().min(0).describe("how many of the nearest workloads were asked"),
    users: z.array(neighbour),
  })
  .meta({ id: "ExpectedService" });

export const onboardOutput = z
  .strictObject({
    schema: z.literal("postern/onboard/v1"),
    namespace: z.string(),
    known: z.int().min(0).describe("workloads of other namespaces that were compared with"),
    workloads: z.array(z.strictObject({ workload, nearest: z.array(neighbour) })),
    allowed: z.array(expected).describe("highest confidence first"),
    left: z.array(expected).describe("less likely than `--at-least`"),
    policy: policyName.nullable().describe("null where nothing is expected, or the policy failed its proof"),
    manifest: z.string().nullable(),
    cautions: z.array(z.string()),
    failures: z.array(z.string()).describe("why the policy failed its own proof"),
  })
  .meta({ id: "Onboarding" });

export type OnboardOutput = z.infer<typeof onboardOutput>;
