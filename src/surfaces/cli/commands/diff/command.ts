import type { Command } from "commander";
import type { Context } from "../../context.ts";
import {
  type Finish,
  clusterOption,
  featureOption,
  hasResolver,
  outputOption,
  type ParsedClusterOptions,
} from "../../options.ts";

interface Options extends ParsedClusterOptions {
  readonly output: "table" | "json" | "sarif" | "junit";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addDiff(program: Command, context: Context, finish: Finish): void {
  program
    .command("diff")
    .summary("say which connections two sets of policies decide differently")
    .description(
      "Compares two sets of policies by what they do: for each namespace the connections that become allowed or denied, " +
        "with an example and the rules that decide before and after. Rewritten policies with the same effect are equal.\n\n" +
        "Network policies add up for each pod. They are compared for each class of pods: those that exactly one " +
        "`podSelector` matches, those that only policies for all pods select and, where it can matter, those that several " +
        "match. Where there is too much to compare it says so, and answers `3` as for a difference: nothing found does not " +
        "mean equal then.",
    )
    .argument("<old>", "a file or folder; `/dev/null` for no policies")
    .argument("<new>", "a file or folder; `/dev/null` for no policies")
    .addOption(clusterOption())
    .addOption(featureOption())
    .addOption(outputOption(["table", "json", "sarif", "junit"], "table"))
    .action(async (before: string, after: string, options: Options) => {
      const { runDiff } = await import("./run.ts");
      const { cluster, output } = options;
      finish(await runDiff({ before, after, cluster, dnsNameResolver: hasResolver(options), output }, context));
    });
}
