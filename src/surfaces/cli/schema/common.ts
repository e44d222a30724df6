import { z } from "zod";

/** Parts of several outputs. Schemas are imported for their types; only tests and the generator run them. */
export const severity = z.enum(["error", "warning", "note"]);

export const location = z
  .strictObject({
    file: z.string(),
    line: z.int().min(1).optional().describe("from 1"),
    column: z.int().min(1).optional().describe("from 1"),
    path: z.string().describe("in the document, as `spec.egress[3].to.cidrSelector`; empty for the object itself"),
  })
  .meta({ id: "Location" });

/** Policies that sources say gave recorded flows their verdict. */
export const toldDeciders = z
  .array(z.string())
  .describe(
    "policies that the recording says decided the flows: kind/namespace/name#rule, rules from 0, name * for the default deny",
  );
export const verdictKind = z.enum(["allow", "deny", "unknown"]);

export const ruleNumber = z
  .int()
  .min(0)
  .nullable()
  .describe("index in the object's own rule list, from 0; null where no rule matches");

export const policyName = z
  .strictObject({
    kind: z.enum([
      "EgressFirewall",
      "EgressNetworkPolicy",
      "NetworkPolicy",
      "AdminNetworkPolicy",
      "BaselineAdminNetworkPolicy",
      "ClusterNetworkPolicy",
      "CiliumNetworkPolicy",
      "CiliumClusterwideNetworkPolicy",
      "CalicoNetworkPolicy",
      "CalicoGlobalNetworkPolicy",
    ]),
    namespace: z.string(),
    name: z.string(),
  })
  .meta({ id: "PolicyName" });

export const decidedBy = z
  .strictObject({
    policy: policyName.nullable().describe("null where no object applies"),
    rule: ruleNumber,
    text: z.string().describe("the rule in one line, or why none decides"),
    at: location.nullable(),
  })
  .meta({ id: "DecidedBy" });

export const exposure = z
  .strictObject({
    v4: z.number().nullable(),
    v6: z.number().nullable(),
    unresolvedRules: z.int().min(0).describe("allow rules by name or selector, whose addresses are not counted"),
  })
  .describe("reachable address and port pairs per family as a power of two; null means nothing is reachable")
  .meta({ id: "Exposure" });

export const workload = z.strictObject({ kind: z.string(), name: z.string() }).meta({ id: "Workload" });

export const time = z.iso.datetime();

export type LocationOutput = z.output<typeof location>;
export type PolicyNameOutput = z.output<typeof policyName>;
export type DecidedByOutput = z.output<typeof decidedBy>;
export type ExposureOutput = z.output<typeof exposure>;
