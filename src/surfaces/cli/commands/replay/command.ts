import { type Command, Option } from "commander";
import { collect, collectNamespaces } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { addHistoryOptions, historyChoice, type ParsedHistory } from "../../history-options.ts";
import {
  type Finish,
  addFlowOptions,
  clusterOption,
  featureOption,
  flowOptionsOf,
  flowsText,
  hasResolver,
  outputOption,
  policiesText,
  type ParsedClusterOptions,
  type ParsedFlowOptions,
} from "../../options.ts";

interface Options extends ParsedClusterOptions, ParsedFlowOptions, ParsedHistory {
  readonly policies: readonly string[];
  readonly against: readonly string[];
  readonly namespace: readonly string[];
  readonly strict: boolean;
  readonly all: boolean;
  readonly rules: boolean;
  readonly by?: "workload";
  readonly output: "table" | "json";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addReplay(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("replay")
    .summary("judge recorded flows by policies: what would break")
    .description(
      "Judges recorded flows by a set of policies, before anybody applies them: for each workload and destination the " +
        "verdict before and after, and the object and rule that decide. Before is what `--against` says, or what was observed.",
    )
    .argument("[flows...]", flowsText)
    .addOption(new Option("--policies <path>", policiesText).argParser(collect).makeOptionMandatory())
    .addOption(
      new Option(
        "--against <path>",
        "policies to compare with: YAML or JSON files, or folders of them; can be repeated",
      )
        .argParser(collect)
        .default([], "what was observed"),
    )
    .addOption(
      new Option("-n, --namespace <namespace>", "only this namespace; can be repeated")
        .argParser(collectNamespaces)
        .default([], "every namespace with traffic"),
    )
    .addOption(clusterOption())
    .addOption(featureOption());
  addHistoryOptions(addFlowOptions(command))
    .option("--strict", "exit with 3 for unknown verdicts too", false)
    .option("--all", "on a terminal, also show what stays the same", false)
    .addOption(new Option("--by <what>", "sum up what changes for each workload").choices(["workload"]))
    .option("--rules", "show what each rule decides, and since when, instead of what changes", false)
    .addOption(outputOption(["table", "json"], "table"))
    .action(async (flows: string[], options: Options) => {
      const { runReplay } = await import("./run.ts");
      const { policies, against, namespace, cluster, strict, all, rules, by, output } = options;
      const history = historyChoice(options, context.io, { command, flows });
      const own = { flows, history, policies, against, namespaces: namespace, cluster, strict, all, rules, by, output };
      finish(await runReplay({ ...own, dnsNameResolver: hasResolver(options), ...flowOptionsOf(options) }, context));
    });
}
