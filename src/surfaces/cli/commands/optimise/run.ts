import type { KnowledgeRequest } from "../../../../app/knowledge-source.ts";
import { optimisePolicies, type OptimiseReport } from "../../../../app/optimise-policies.ts";
import { guardrailsOf } from "../../../../app/organisation-guardrails.ts";
import type { Cidr } from "../../../../core/net/ip-set.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { unifiedDiff } from "../../formats/unified-diff.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowsOrHistory, gatherHarvest } from "../../gather-history.ts";
import { gatherPolicies } from "../../gather-policies.ts";
import { gatherKnowledge } from "../../knowledge-options.ts";
import { optimiseOutputOf } from "./output.ts";
import { printOptimisations, summarise } from "./print.ts";

export interface OptimiseOptions extends FlowsOrHistory {
  readonly paths: readonly string[];
  readonly cluster: readonly string[];
  readonly dnsNameResolver: boolean;
  readonly never: readonly Cidr[];
  readonly knowledge: KnowledgeRequest;
  readonly unusedDays: number;
  readonly fix: boolean;
  readonly patch: boolean;
  readonly output: "table" | "json";
}

export async function runOptimise(options: OptimiseOptions, context: Context): Promise<ExitCode> {
  const { ports, io } = context;
  const { dnsNameResolver, never, unusedDays } = options;
  if (options.paths.includes("-")) {
    const message = "standard input has no place to be changed in: name files or folders";
    return fail(context, [{ code: "output_not_a_file", message }]);
  }
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts = cluster.value ?? noClusterFacts;
  const reading = await gatherPolicies(options.paths, { dnsNameResolver }, context);
  if (!reading.ok) return fail(context, reading.error);
  const knowledge = await gatherKnowledge(options.knowledge, context);
  if (!knowledge.ok) return fail(context, knowledge.error);
  const hasTraffic = options.flows.length > 0 || options.history !== undefined;
  const harvest = hasTraffic ? await gatherHarvest(options, facts, context) : undefined;
  if (harvest?.ok === false) return fail(context, harvest.error);
  const files = await ports.policyFiles();
  const texts = new Map<string, string>();
  for (const file of reading.value.files) {
    const text = await files.readText(file);
    if (!text.ok) return fail(context, [text.error]);
    texts.set(file, text.value);
  }
  if (io.interrupted.aborted) return Exit.interrupted;
  const request = {
    texts,
    options: { dnsNameResolver },
    facts,
    harvest: harvest?.value,
    guardrails: guardrailsOf(never, knowledge.value),
    knowledge: knowledge.value,
    unusedDays,
  };
  const report = await io.busy(() => optimisePolicies(request, files));
  if (options.fix) {
    const written = await files.replace(report.changes, io.interrupted);
    if (!written.ok) return fail(context, written.error);
  }
  write(report, options, context);
  return isDone(report, options.fix) ? Exit.ok : Exit.negative;
}

/** Nothing is left that a change was offered for, or that is more than worth knowing. */
function isDone({ findings }: OptimiseReport, isFixed: boolean): boolean {
  return findings.every(({ mend, severity }) => (mend === undefined ? severity === "note" : isFixed));
}

function write(report: OptimiseReport, options: OptimiseOptions, context: Context): void {
  const { out } = context;
  if (options.patch) {
    for (const { path, before, after } of report.changes) out.document(unifiedDiff(path, before, after));
  } else if (options.output === "json") out.document(formatJson(optimiseOutputOf(report, options.fix)));
  else printOptimisations(report, options.fix, out);
  summarise(report, options.fix, context.err);
}
