import {
  explainConnection,
  type ExplainedHalf,
  type ExplainRequest,
  type Explanation,
  type RuleReference,
} from "../../../../app/explain-connection.ts";
import { formatIpSet } from "../../../../core/net/ip-set.ts";
import type { EgressPolicy } from "../../../../core/policy/model.ts";
import { type ClusterFacts, noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { gatherHarvest } from "../../gather-history.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { locationOutput, policyOutput, timeOutput } from "../../schema/common-output.ts";
import { edgeAddress } from "../../words/edge.ts";
import type { ExplainOptions } from "./explain-options.ts";
import { printExplanation } from "./print.ts";
import type { ExplainOutput } from "./schema.ts";

export async function runExplain(options: ExplainOptions, context: Context): Promise<ExitCode> {
  const { dnsNameResolver, namespace, workload, labels, to } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts: ClusterFacts = cluster.value ?? noClusterFacts;
  const reading = await gatherPolicies(options.policies, { dnsNameResolver }, context);
  if (!reading.ok) return fail(context, reading.error);
  const harvest =
    options.flows.length === 0 && options.history === undefined
      ? undefined
      : await gatherHarvest({ ...options, namespaces: [namespace] }, facts, context);
  if (harvest?.ok === false) return fail(context, harvest.error);
  const request: ExplainRequest = {
    namespace,
    workload,
    labels,
    ...to,
    reading: reading.value,
    facts,
    harvest: harvest?.value,
  };
  const explanation = await context.io.busy(() => explainConnection(request));
  if (options.output === "json") context.out.document(formatJson(explainOutputOf(options, explanation)));
  else await printExplanation(options, explanation, context);
  return explanation.kind === "allow" ? Exit.ok : Exit.negative;
}

function explainOutputOf({ namespace, workload, to, toText }: ExplainOptions, explanation: Explanation): ExplainOutput {
  const { kind, reason, cases, seen, addresses, names } = explanation;
  return {
    schema: "postern/explain/v1",
    question: {
      namespace,
      workload: workload ?? null,
      to: toText,
      protocol: to.protocol,
      port: to.port,
      addresses: [...addresses],
      names: [...names],
    },
    kind,
    reason: reason ?? null,
    cases: cases.map((own) => ({ pods: own.pods, kind: own.kind, halves: own.halves.map(halfOutput) })),
    seen:
      seen?.map((edge) => ({
        workload: edge.workload,
        address: edgeAddress(edge),
        names: [...edge.names],
        decidedBy: [...edge.decidedBy],
        flows: edge.flows,
        firstSeen: timeOutput(edge.firstSeenMs),
        lastSeen: timeOutput(edge.lastSeenMs),
        verdict: edge.verdict,
      })) ?? null,
  };
}

type HalfOutput = ExplainOutput["cases"][number]["halves"][number];

function halfOutput({
  half,
  kind,
  policies,
  override,
  passed,
  outcomes,
  doubts,
  nearMisses,
  remedy,
}: ExplainedHalf): HalfOutput {
  return {
    half,
    kind,
    policies: policies.map((policy: EgressPolicy) => policyOutput(policy)),
    override: override ?? null,
    passed: passed.map(ruleOutput),
    outcomes: outcomes.map(({ action, addresses, rule }) => ({
      action,
      addresses: formatIpSet(addresses),
      rule: rule === undefined ? null : ruleOutput(rule),
    })),
    doubts: doubts.map(ruleOutput),
    nearMisses: nearMisses.map(({ why, rule }) => ({ why, rule: ruleOutput(rule) })),
    remedy:
      remedy === undefined
        ? null
        : {
            policy: policyOutput(remedy.policy),
            before: remedy.before ?? null,
            at: remedy.at === undefined ? null : locationOutput(remedy.at),
            yaml: `${remedy.yaml.join("\n")}\n`,
            cautions: [...remedy.cautions],
          },
  };
}

function ruleOutput({ policy, written, text, at }: RuleReference): HalfOutput["doubts"][number] {
  return {
    policy: policyOutput(policy),
    rule: written === "otherwise" ? null : written,
    text,
    at: at === undefined ? null : locationOutput(at),
  };
}
