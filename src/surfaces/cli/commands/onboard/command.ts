import { type Command, InvalidArgumentError, Option } from "commander";
import { quoted } from "../../../../core/quoted.ts";
import type { Workload } from "../../../../core/workload/workload.ts";
import type { Labels } from "../../../../pipeline/flows/cluster-facts.ts";
import { collect, collectCidrs, parseLabels, parseNamespace } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { addHistoryOptions, historyChoice, type ParsedHistory } from "../../history-options.ts";
import { addKnowledgeOptions, knowledgeRequestOf, type ParsedKnowledge } from "../../knowledge-options.ts";
import {
  type Finish,
  addFlowOptions,
  clusterOption,
  flowOptionsOf,
  flowsText,
  outputOption,
  type ParsedClusterOptions,
  type ParsedFlowOptions,
} from "../../options.ts";
import { type KindWord, kindWords } from "../../words/kind.ts";

interface Options extends ParsedClusterOptions, ParsedFlowOptions, ParsedHistory, ParsedKnowledge {
  readonly workload: Workload | undefined;
  readonly image: readonly string[];
  readonly label: Labels;
  readonly namespaceLabel: Labels;
  readonly atLeast: number;
  readonly kind: KindWord;
  readonly never: ReturnType<typeof collectCidrs>;
  readonly output: "table" | "yaml" | "json";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addOnboard(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("onboard")
    .summary("expect what a new namespace will need, from workloads like its own")
    .description(
      "Makes a first allowlist for a namespace that has sent nothing yet. Its workloads are compared with those that were " +
        "recorded elsewhere, by labels, images, names and the labels of their namespaces; what the nearest of them use is " +
        "expected with a confidence each. What a cluster dump knows of the namespace is taken from there; options add to it.",
    )
    .argument("<namespace>", "the new namespace", parseNamespace)
    .argument("[flows...]", `of other namespaces: ${flowsText}`)
    .addOption(clusterOption())
    .addOption(
      new Option("--workload <kind/name>", "a workload that it will have: `Deployment/checkout`")
        .argParser(parseWorkload)
        .default(undefined, "those in the dump"),
    )
    .addOption(
      new Option("--image <image>", "an image of that workload; can be repeated")
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(
      new Option("--label <labels>", "labels of that workload's pods").argParser(parseLabels).default({}, "none"),
    )
    .addOption(
      new Option("--namespace-label <labels>", "labels that the namespace will have: its team, its environment")
        .argParser(parseLabels)
        .default({}, "none"),
    )
    .addOption(
      new Option("--at-least <percent>", "allow what is expected with this confidence or more")
        .argParser(parsePercent)
        .default(0.5, "50"),
    )
    .addOption(new Option("--kind <kind>", "kind of policy").choices(kindWords).default("egressfirewall"));
  addKnowledgeOptions(addHistoryOptions(addFlowOptions(command)))
    .addOption(
      new Option("--never <cidr>", "addresses that no policy may allow, whatever others do; can be repeated")
        .argParser(collectCidrs)
        .default([], "none; instance metadata is always denied"),
    )
    .addOption(outputOption(["table", "yaml", "json"], "table"))
    .action(async (namespace: string, flows: string[], options: Options) => {
      const { runOnboard } = await import("./run.ts");
      const { workload, image, label, namespaceLabel, atLeast, kind, cluster, never, output } = options;
      const history = historyChoice(options, context.io, { command, flows });
      const described = { workload, images: image, labels: label, namespaceLabels: namespaceLabel };
      const knowledge = knowledgeRequestOf(options);
      // What others do is what there is to learn from: every namespace is read.
      const learning = { flows, history, namespaces: [], kind, cluster, never, knowledge };
      finish(
        await runOnboard({ ...learning, namespace, described, atLeast, output, ...flowOptionsOf(options) }, context),
      );
    });
}

function parseWorkload(value: string): Workload {
  const [kind = "", name = "", ...more] = value.split("/");
  if (more.length > 0 || !/^[A-Z][A-Za-z]{0,62}$/.test(kind) || !/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name)) {
    throw new InvalidArgumentError(`${quoted(value)} is not a workload, write \`Deployment/name\``);
  }
  return { kind, name };
}

function parsePercent(value: string): number {
  const percent = /^[0-9]{1,3}$/.test(value) ? Number(value) : Number.NaN;
  if (percent >= 1 && percent <= 100) return percent / 100;
  throw new InvalidArgumentError(`${quoted(value)} is not a percentage from 1 to 100`);
}
