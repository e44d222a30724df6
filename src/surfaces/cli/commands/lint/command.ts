import { type Command, Option } from "commander";
import { collect } from "../../arguments.ts";
import type { Context } from "../../context.ts";
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

interface Options extends ParsedClusterOptions, ParsedFlowOptions {
  readonly flows: readonly string[];
  readonly failOn: "error" | "warning" | "note";
  readonly output: "table" | "json" | "sarif" | "junit";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addLint(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("lint")
    .summary("find what is wrong with policies, and what a cluster would make of it")
    .description(
      "Finds what is wrong or doubtful with policies: what the API server or the controller refuses, what works otherwise " +
        "than it reads, rules that never decide, families left open. Each finding says what a real cluster does and the mend.",
    )
    .argument("<policies...>", "YAML or JSON files, or folders of them; `-` for standard input")
    .addOption(
      new Option("--flows <path>", `recorded flows, to find rules that nobody uses; can be repeated`)
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(clusterOption())
    .addOption(featureOption());
  addFlowOptions(command)
    .addOption(
      new Option("--fail-on <severity>", "exit with 3 when something at least this bad is found")
        .choices(["error", "warning", "note"])
        .default("warning"),
    )
    .addOption(outputOption(["table", "json", "sarif", "junit"], "table"))
    .action(async (paths: string[], options: Options) => {
      const { runLint } = await import("./run.ts");
      const { flows, cluster, failOn, output } = options;
      const own = { paths, flows, cluster, dnsNameResolver: hasResolver(options), failOn, output };
      finish(await runLint({ ...own, ...flowOptionsOf(options) }, context));
    });
}
