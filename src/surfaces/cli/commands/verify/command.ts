import { type Command, Option } from "commander";
import { collect, collectCidrs, collectNamespaces } from "../../arguments.ts";
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
  readonly against: readonly string[];
  readonly namespace: readonly string[];
  readonly never: ReturnType<typeof collectCidrs>;
  readonly output: "table" | "json" | "sarif" | "junit";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addVerify(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("verify")
    .summary("prove policies against recorded traffic: what they must allow, must not, and allow besides")
    .description(
      "Proves policies, whoever wrote them, against recorded traffic: all sanctioned traffic passes, nothing passes that " +
        "guardrails, `--never` or `--threat-feed` forbid, and a cluster would apply them. Says how much is open, before and " +
        "after, and what the policies allow that nobody was seen to use, largest first.",
    )
    .argument("<policies...>", "YAML or JSON files, or folders of them; `-` for standard input")
    .addOption(
      new Option("--flows <path>", "recorded flows: files, folders or patterns; can be repeated")
        .argParser(collect)
        .default([], "none; or `--history`"),
    )
    .addOption(
      new Option("--against <path>", "policies of today, to show what was open before; can be repeated")
        .argParser(collect)
        .default([], "none: egress is open"),
    )
    .addOption(
      new Option("-n, --namespace <namespace>", "only this namespace; can be repeated")
        .argParser(collectNamespaces)
        .default([], "every namespace that a policy speaks of"),
    )
    .addOption(clusterOption())
    .addOption(featureOption());
  addKnowledgeOptions(addHistoryOptions(addFlowOptions(command)))
    .addOption(
      new Option("--never <cidr>", "addresses that no policy may allow; can be repeated")
        .argParser(collectCidrs)
        .default([], "none; instance metadata always counts"),
    )
    .addOption(outputOption(["table", "json", "sarif", "junit"], "table"))
    .action(async (paths: string[], options: Options) => {
      const { runVerify } = await import("./run.ts");
      const { flows, against, namespace, cluster, never, output } = options;
      const history = historyChoice(options, context.io);
      if (history === undefined && flows.length === 0) {
        const code = "commander.missingMandatoryOptionValue";
        command.error("there is nothing to verify against: name `--flows` or `--history`", { code, exitCode: 1 });
      }
      const knowledge = knowledgeRequestOf(options);
      const own = { paths, flows, history, against, namespaces: namespace, cluster, never, knowledge, output };
      finish(await runVerify({ ...own, dnsNameResolver: hasResolver(options), ...flowOptionsOf(options) }, context));
    });
}
