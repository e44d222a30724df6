import type { KnowledgeRequest } from "../../../../app/knowledge-source.ts";
import { guardrailsOf } from "../../../../app/organisation-guardrails.ts";
import { verifyPolicies, type VerifyReport } from "../../../../app/verify-policies.ts";
import type { Cidr } from "../../../../core/net/ip-set.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { formatJunit } from "../../formats/junit.ts";
import { formatSarif } from "../../formats/sarif.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowsOrHistory, gatherHarvest } from "../../gather-history.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { gatherKnowledge } from "../../knowledge-options.ts";
import { version } from "../../version.ts";
import { entriesOf, verifyRules } from "./entries.ts";
import { verifyOutputOf } from "./output.ts";
import { printVerification, summarise } from "./print.ts";

export interface VerifyOptions extends FlowsOrHistory {
  readonly paths: readonly string[];
  readonly against: readonly string[];
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly never: readonly Cidr[];
  readonly knowledge: KnowledgeRequest;
  readonly output: "table" | "json" | "sarif" | "junit";
}

export async function runVerify(options: VerifyOptions, context: Context): Promise<ExitCode> {
  const { dnsNameResolver, never, namespaces } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts = cluster.value ?? noClusterFacts;
  const reading = await gatherPolicies(options.paths, { dnsNameResolver }, context);
  if (!reading.ok) return fail(context, reading.error);
  const against =
    options.against.length === 0 ? undefined : await gatherPolicies(options.against, { dnsNameResolver }, context);
  if (against?.ok === false) return fail(context, against.error);
  const knowledge = await gatherKnowledge(options.knowledge, context);
  if (!knowledge.ok) return fail(context, knowledge.error);
  const harvest = await gatherHarvest(options, facts, context);
  if (!harvest.ok) return fail(context, harvest.error);
  if (context.io.interrupted.aborted) return Exit.interrupted;
  if (harvest.value.edges.length === 0) {
    const message = "no egress was recorded, so nothing can be proven: check `--since`, `--until`, the flows and `-n`";
    return fail(context, [{ code: "flows_none", message }]);
  }
  const request = {
    reading: reading.value,
    against: against?.value,
    harvest: harvest.value,
    facts,
    guardrails: guardrailsOf(never, knowledge.value),
    knowledge: knowledge.value,
    namespaces,
  };
  const report = await context.io.busy(() => verifyPolicies(request));
  if (report.namespaces.length === 0) {
    const message = "the policies speak of none of the namespaces that were asked for: check `-n`";
    return fail(context, [{ code: "policies_none", message }]);
  }
  write(report, options.output, context);
  summarise(report, context.err);
  return report.passed ? Exit.ok : Exit.negative;
}

function write(report: VerifyReport, output: VerifyOptions["output"], { out, io }: Context): void {
  switch (output) {
    case "table":
      return printVerification(report, out);
    case "json":
      return out.document(formatJson(verifyOutputOf(report)));
    case "sarif": {
      const entries = report.namespaces.flatMap(entriesOf);
      return out.document(formatSarif({ version, rules: verifyRules, entries, workingDirectory: io.workingDirectory }));
    }
    case "junit": {
      const suites = report.namespaces.map((own) => ({ name: own.namespace, entries: entriesOf(own) }));
      return out.document(formatJunit("postern verify", suites, (severity) => severity === "error"));
    }
    default:
      return output satisfies never;
  }
}
