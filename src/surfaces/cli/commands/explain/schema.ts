import { z } from "zod";
import { location, policyName, ruleNumber, time, toldDeciders, verdictKind, workload } from "../../schema/common.ts";

const rule = z
  .strictObject({
    policy: policyName,
    rule: ruleNumber,
    text: z.string(),
    at: location.nullable(),
  })
  .meta({ id: "RuleReference" });

const half = z
  .strictObject({
    half: z.enum(["egress-firewall", "network-policy"]),
    kind: verdictKind,
    policies: z.array(policyName).describe("objects that apply to the pod; empty: nothing restricts it here"),
    override: z.string().nullable().describe("why the objects do not do what their rules say; null when they do"),
    passed: z.array(rule).describe("rules that leave the connection to a later tier, in the order they are asked"),
    outcomes: z
      .array(
        z.strictObject({
          action: z.enum(["allow", "deny"]),
          addresses: z.string().describe("the part of the destination's addresses that this decides"),
          rule: rule.nullable().describe("null where no rule matches"),
        }),
      )
      .describe("in the order of the list; several where addresses of one name are treated differently"),
    doubts: z.array(rule).describe("rules whose addresses would have to be known"),
    nearMisses: z.array(z.strictObject({ why: z.enum(["other-port", "too-late", "other-name", "unresolved"]), rule })),
    remedy: z
      .strictObject({
        policy: policyName,
        before: z.int().min(0).nullable().describe("index the new rule gets; null: the place does not matter"),
        at: location.nullable(),
        yaml: z.string(),
        cautions: z.array(z.string()),
      })
      .nullable()
      .describe("a rule that would let the connection pass this half"),
  })
  .meta({ id: "Half" });

export const explainOutput = z
  .strictObject({
    schema: z.literal("postern/explain/v1"),
    question: z.strictObject({
      namespace: z.string(),
      workload: z.string().nullable(),
      to: z.string(),
      protocol: z.enum(["tcp", "udp", "sctp", "icmp"]),
      port: z.int().min(0).max(65535),
      addresses: z.array(z.string()).describe("known addresses of the destination, as blocks and ranges; empty: any"),
      names: z.array(z.string()).describe("names that recorded flows show for it"),
    }),
    kind: verdictKind,
    reason: z.string().nullable().describe("why it is unknown; null when it is known"),
    cases: z
      .array(z.strictObject({ pods: z.string(), kind: verdictKind, halves: z.array(half).length(2) }))
      .describe("one, or one per class of pods when the pod's labels are not known; both halves must allow"),
    seen: z
      .array(
        z.strictObject({
          workload,
          address: z.string(),
          names: z.array(z.string()),
          decidedBy: toldDeciders,
          flows: z.int().min(0),
          firstSeen: time.nullable(),
          lastSeen: time.nullable(),
          verdict: z.enum(["seen", "allowed", "denied", "unanswered"]),
        }),
      )
      .nullable()
      .describe("recorded traffic to the same place; null when no flows were given"),
  })
  .meta({ title: "Output of `postern explain -o json`" });

export type ExplainOutput = z.output<typeof explainOutput>;
