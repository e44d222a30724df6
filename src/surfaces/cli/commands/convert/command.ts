import { type Command, Option } from "commander";
import type { Context } from "../../context.ts";
import { type Finish, clusterOption, featureOption, hasResolver, type ParsedClusterOptions } from "../../options.ts";
import { type ConvertibleKindWord, convertibleKindWords } from "../../words/kind.ts";

interface Options extends ParsedClusterOptions {
  readonly to: ConvertibleKindWord;
  readonly out?: string;
}

/** Declares the command; what it needs is loaded when it runs. */
export function addConvert(program: Command, context: Context, finish: Finish): void {
  program
    .command("convert")
    .summary("turn policies into another kind, and say every change of meaning")
    .description(
      "Turns policies into another kind. What the other kind cannot say, or means differently, is told on standard error " +
        "and written as comments above the policy: nothing is lost silently.",
    )
    .argument("<policies...>", "YAML or JSON files, or folders of them; `-` for standard input")
    .addOption(new Option("--to <kind>", "kind to turn them into").choices(convertibleKindWords).makeOptionMandatory())
    .addOption(clusterOption())
    .addOption(featureOption())
    .option("--out <folder>", "write <folder>/<namespace>/<kind>.yaml instead of printing")
    .action(async (paths: string[], options: Options) => {
      const { runConvert } = await import("./run.ts");
      const { to, out, cluster } = options;
      finish(await runConvert({ paths, to, out, cluster, dnsNameResolver: hasResolver(options) }, context));
    });
}
