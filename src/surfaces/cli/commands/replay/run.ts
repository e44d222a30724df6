import { impactByWorkload, type WorkloadImpact } from "../../../../app/impact-by-workload.ts";
import { type ReplayBefore, replayFlows, type ReplayGroup, type ReplayReport } from "../../../../app/replay-flows.ts";
import { ruleActivity, type RuleActivity } from "../../../../app/rule-activity.ts";
import type { HalfVerdict } from "../../../../core/policy/effective.ts";
import { type ClusterFacts, noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import type { ReplayVerdict } from "../../../../pipeline/verify/replay.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowsOrHistory, gatherHarvest } from "../../gather-history.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { decidedByOutput, locationOutput, policyOutput, timeOutput } from "../../schema/common-output.ts";
import { edgeAddress } from "../../words/edge.ts";
import { unknownReason } from "../../words/reason.ts";
import { printRules } from "./print-rules.ts";
import { printWorkloads } from "./print-workloads.ts";
import { printReplay } from "./print.ts";
import type { ReplayOutput } from "./schema.ts";

export interface ReplayOptions extends FlowsOrHistory {
  readonly policies: readonly string[];
  readonly against: readonly string[];
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly strict: boolean;
  readonly all: boolean;
  readonly rules: boolean;
  readonly by: "workload" | undefined;
  readonly output: "table" | "json";
}

export async function runReplay(options: ReplayOptions, context: Context): Promise<ExitCode> {
  const { dnsNameResolver, namespaces } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts: ClusterFacts = cluster.value ?? noClusterFacts;
  const policies = await gatherPolicies(options.policies, { dnsNameResolver }, context);
  if (!policies.ok) return fail(context, policies.error);
  const against =
    options.against.length === 0 ? undefined : await gatherPolicies(options.against, { dnsNameResolver }, context);
  if (against?.ok === false) return fail(context, against.error);
  const harvest = await gatherHarvest(options, facts, context);
  if (!harvest.ok) return fail(context, harvest.error);
  const report = await context.io.busy(() =>
    replayFlows({ harvest: harvest.value, facts, policies: policies.value, against: against?.value, namespaces }),
  );
  if (options.output === "json") {
    const warnings = harvest.value.warnings.map(({ message }) => message);
    const rules = ruleActivity(policies.value.policies, report.groups);
    context.out.document(formatJson(replayOutputOf(report, rules, warnings)));
  } else if (options.rules) printRules(ruleActivity(policies.value.policies, report.groups), context);
  else if (options.by === "workload") printWorkloads(impactByWorkload(report.groups), options.all, context);
  else printReplay(report, options.all, context);
  const { broken, doubtful } = report.counts;
  return broken.groups > 0 || (options.strict && doubtful.groups > 0) ? Exit.negative : Exit.ok;
}

function replayOutputOf(
  report: ReplayReport,
  rules: readonly RuleActivity[],
  warnings: readonly string[],
): ReplayOutput {
  const { counts, after, ungoverned } = report;
  return {
    schema: "postern/replay/v1",
    groups: report.groups.map(groupOutput),
    workloads: impactByWorkload(report.groups).map(workloadOutput),
    rules: rules.map(ruleOutput),
    summary: { outcome: counts, after, ungoverned },
    warnings: [...warnings],
  };
}

function workloadOutput({ namespace, workload, counts, deciders }: WorkloadImpact): ReplayOutput["workloads"][number] {
  return {
    namespace,
    workload,
    outcome: counts,
    deciders: deciders.map(({ outcome, groups, flows, ...by }) => ({
      outcome,
      by: decidedByOutput(deciderOf(by)),
      groups,
      flows,
    })),
  };
}

function ruleOutput({
  policy,
  rule,
  text,
  firstSeenMs,
  lastSeenMs,
  ...counts
}: RuleActivity): ReplayOutput["rules"][number] {
  const at = rule === "otherwise" ? policy.at : policy.ruleLocations[rule];
  return {
    policy: policyOutput(policy),
    rule: rule === "otherwise" ? null : rule,
    text,
    at: at === undefined ? null : locationOutput(at),
    ...counts,
    firstSeen: timeOutput(firstSeenMs),
    lastSeen: timeOutput(lastSeenMs),
  };
}

type GroupOutput = ReplayOutput["groups"][number];

function groupOutput({ edge, before, after, outcome }: ReplayGroup): GroupOutput {
  const { namespace, workload, names, decidedBy, protocol, port, flows, firstSeenMs, lastSeenMs } = edge;
  return {
    namespace,
    workload,
    destination: { address: edgeAddress(edge), names: [...names], protocol, port },
    flows,
    firstSeen: timeOutput(firstSeenMs),
    lastSeen: timeOutput(lastSeenMs),
    decidedBy: [...decidedBy],
    outcome,
    before: beforeOutput(before),
    after: verdictOutput(after),
  };
}

function beforeOutput(before: ReplayBefore): GroupOutput["before"] {
  if (before.from === "policies") return verdictOutput(before.verdict);
  return { kind: before.kind, by: null, reason: null };
}

function verdictOutput(verdict: ReplayVerdict): GroupOutput["after"] {
  return {
    kind: verdict.kind,
    by: decidedByOutput(deciderOf(verdict.decidedBy)),
    reason: unknownReason(verdict) ?? null,
  };
}

function deciderOf({
  policy,
  rule,
  text,
}: Pick<HalfVerdict, "policy" | "rule" | "text">): Parameters<typeof decidedByOutput>[0] {
  const at = rule === "otherwise" ? policy?.at : policy?.ruleLocations[rule];
  return { policy, rule, text, at };
}
