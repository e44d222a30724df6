import { type Command, InvalidArgumentError, Option } from "commander";
import { collect, collectCidrs } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { addHistoryOptions, historyChoice, type ParsedHistory } from "../../history-options.ts";
import { addKnowledgeOptions, knowledgeRequestOf, type ParsedKnowledge } from "../../knowledge-options.ts";
import {
  type Finish,
  addFlowOptions,
  clusterOption,
  featureOption,
  flowOptionsOf,
  hasResolver,
  outputOption,
  type ParsedClusterOptions,
  type ParsedFlowOptions,
} from "../../options.ts";

interface Options extends ParsedClusterOptions, ParsedFlowOptions, ParsedHistory, ParsedKnowledge {
  readonly flows: readonly string[];
  readonly never: ReturnType<typeof collectCidrs>;
  readonly unusedDays: number;
  readonly fix: boolean;
  readonly patch: boolean;
  readonly output: "table" | "json";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addOptimise(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("optimise")
    .summary("find what could be better about policies, and change it with proof")
    .description(
      "Finds rules that are unused, never decide, could be one, open more than is used, or miss what they should follow, and " +
        "families and the API server that were forgotten. Each change is made in the text of the files, which keep their " +
        "comments and order, read back and proven before it is offered: the same meaning, or less open with no sanctioned " +
        "traffic lost. A rule that scheduled work may need is left alone. Of admin, cluster, Cilium and Calico policies, " +
        "rules that never decide or are unused are told but not changed.",
    )
    .argument("<policies...>", "YAML or JSON files, or folders of them")
    .addOption(
      new Option("--flows <path>", "recorded flows, to know what is used; can be repeated")
        .argParser(collect)
        .default([], "none: only what the policies say of themselves"),
    )
    .addOption(clusterOption())
    .addOption(featureOption());
  addKnowledgeOptions(addHistoryOptions(addFlowOptions(command)))
    .addOption(
      new Option("--never <cidr>", "addresses that no policy may allow; can be repeated")
        .argParser(collectCidrs)
        .default([], "none; instance metadata always counts"),
    )
    .addOption(
      new Option("--unused-days <days>", "remove rules that nothing needed for so many recorded days")
        .argParser(parseDays)
        .default(30),
    )
    .addOption(new Option("--fix", "change the files").default(false).conflicts("patch"))
    .addOption(new Option("--patch", "print the changes as a patch instead").default(false))
    .addOption(outputOption(["table", "json"], "table"))
    .action(async (paths: string[], options: Options) => {
      const { runOptimise } = await import("./run.ts");
      const { flows, cluster, never, unusedDays, fix, patch, output } = options;
      const history = historyChoice(options, context.io);
      const knowledge = knowledgeRequestOf(options);
      const own = { paths, flows, history, namespaces: [], cluster, never, knowledge, unusedDays, fix, patch, output };
      finish(await runOptimise({ ...own, dnsNameResolver: hasResolver(options), ...flowOptionsOf(options) }, context));
    });
}

function parseDays(text: string): number {
  const days = /^[0-9]{1,4}$/.test(text) ? Number(text) : 0;
  if (days < 1) throw new InvalidArgumentError(`\`${text}\` is no number of days, write 1 to 9999`);
  return days;
}
