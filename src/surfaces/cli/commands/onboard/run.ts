import type { KnowledgeRequest } from "../../../../app/knowledge-source.ts";
import { type Onboarding, onboardNamespace } from "../../../../app/onboard-namespace.ts";
import type { Cidr } from "../../../../core/net/ip-set.ts";
import { noClusterFacts } from "../../../../pipeline/flows/cluster-facts.ts";
import { fail, warn } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { gatherCluster } from "../../gather-cluster.ts";
import { type FlowsOrHistory, gatherHarvest } from "../../gather-history.ts";
import { gatherKnowledge } from "../../knowledge-options.ts";
import { count } from "../../words/count.ts";
import { kindOfWord, type KindWord } from "../../words/kind.ts";
import { printRefused } from "../suggest/print.ts";
import { type Described, newcomersOf } from "./newcomers.ts";
import { onboardOutputOf } from "./output.ts";
import { printOnboarding } from "./print.ts";

export interface OnboardOptions extends FlowsOrHistory {
  readonly namespace: string;
  readonly described: Described;
  readonly atLeast: number;
  readonly kind: KindWord;
  readonly cluster: readonly string[];
  readonly never: readonly Cidr[];
  readonly knowledge: KnowledgeRequest;
  readonly output: "table" | "yaml" | "json";
}

export async function runOnboard(options: OnboardOptions, context: Context): Promise<ExitCode> {
  const { io, ports } = context;
  const { namespace, described, atLeast, kind, never, output } = options;
  const cluster = await gatherCluster(options.cluster, context);
  if (!cluster.ok) return fail(context, cluster.error);
  const facts = cluster.value ?? noClusterFacts;
  const knowledge = await gatherKnowledge(options.knowledge, context);
  if (!knowledge.ok) return fail(context, knowledge.error);
  const harvest = await gatherHarvest(options, facts, context);
  if (!harvest.ok) return fail(context, harvest.error);
  const manifests = await ports.manifests();
  if (io.interrupted.aborted) return Exit.interrupted;
  const learning = {
    harvest: harvest.value,
    facts,
    kind: kindOfWord[kind],
    existing: [],
    never,
    knowledge: knowledge.value,
  };
  const newcomers = newcomersOf(namespace, described, facts);
  const result = await io.busy(() => onboardNamespace({ learning, namespace, newcomers, atLeast }, manifests));
  if (harvest.value.edges.some((edge) => edge.namespace === namespace)) {
    warn(
      context,
      `flows of \`${namespace}\` were recorded, and are left aside here: \`postern suggest\` learns from them`,
    );
  }
  if (result.known === 0) {
    return fail(context, [
      {
        code: "onboard_nothing_known",
        message: "no traffic of other namespaces was recorded, so there is nothing to compare with",
      },
    ]);
  }
  if (output === "json") context.out.document(formatJson(onboardOutputOf(result)));
  else if (output === "yaml") printManifest(result, context);
  else printOnboarding(result, context);
  if (result.refused !== undefined) printRefused([result.refused], context);
  if (result.suggestion === undefined) {
    const all = result.left.length;
    const what =
      all === 0
        ? "no workload like these uses anything"
        : `${count(all, "service")} ${all === 1 ? "is" : "are"} less likely than that`;
    if (result.refused === undefined) {
      warn(context, `nothing is expected with ${Math.round(atLeast * 100)} % or more, so there is no policy: ${what}`);
    }
    return Exit.negative;
  }
  return Exit.ok;
}

function printManifest({ suggestion }: Onboarding, context: Context): void {
  if (suggestion === undefined) return;
  context.out.document(suggestion.manifest);
  for (const caution of suggestion.cautions) warn(context, caution);
}
