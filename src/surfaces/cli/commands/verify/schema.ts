import { z } from "zod";
import { decidedBy, exposure, policyName, ruleNumber, time, verdictKind, workload } from "../../schema/common.ts";

const beyond = z.strictObject({
  text: z.string().describe("in words: `tcp/443 to 203.0.113.0/24: 256 addresses, 3 seen`"),
  addresses: z.array(z.string()).describe("CIDR blocks"),
  ports: z.string().describe("`tcp/443 udp/53`, or `any`"),
  addressCount: z.string().describe("a whole number of any size"),
  seenCount: z.string().describe("addresses of it that recorded traffic used"),
  unusedPairs: z.number().describe("address and port pairs that nobody was seen to use, as a power of two"),
  by: z.string().describe("the rule that allows it"),
  policy: policyName.nullable().describe("null where no policy applies"),
  rule: ruleNumber,
});

const namespace = z.strictObject({
  namespace: z.string(),
  passed: z.boolean(),
  policies: z.array(policyName),
  checks: z.array(z.strictObject({ name: z.string(), passed: z.boolean(), detail: z.string() })),
  counterexamples: z
    .array(
      z.strictObject({
        workload,
        address: z.string(),
        names: z.array(z.string()),
        port: z.string(),
        flows: z.int().min(0),
        verdict: verdictKind,
        by: decidedBy,
        reason: z.string().nullable().describe("why the verdict is unknown; null when it is known"),
        forbidden: z.string().nullable().describe("why it must not pass; null for sanctioned traffic, which must"),
      }),
    )
    .describe("recorded traffic that the policies do not treat as they must"),
  open: z
    .array(
      z.strictObject({
        addresses: z.array(z.string()).describe("CIDR blocks"),
        because: z.string().describe("why they must stay closed"),
        by: z.string().describe("the rule that opens them"),
        policy: policyName.nullable(),
      }),
    )
    .describe("what must stay closed and is open, recorded or not"),
  scopes: z
    .array(
      z.strictObject({
        workloads: z.array(workload).describe("empty where nothing of the namespace was recorded"),
        exposure: z.strictObject({ before: exposure, after: exposure }),
        beyond: z.array(beyond).describe("what is allowed besides what was recorded, largest first, at most 1,000"),
        unresolved: z
          .array(z.strictObject({ policy: policyName, text: z.string() }))
          .describe("allow rules by a name or selector whose addresses nobody knows"),
      }),
    )
    .describe("workloads that the same policies decide for"),
});

export const verifyOutput = z
  .strictObject({
    schema: z.literal("postern/verify/v1"),
    passed: z.boolean(),
    namespaces: z.array(namespace).describe("in order of name"),
    ungoverned: z.array(z.string()).describe("namespaces with recorded traffic that no policy speaks of"),
    window: z.strictObject({ first: time.nullable(), last: time.nullable() }),
  })
  .meta({ title: "Output of `postern verify -o json`" });

export type VerifyOutput = z.output<typeof verifyOutput>;
