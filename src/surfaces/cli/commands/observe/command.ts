import { type Command, Option } from "commander";
import { collect } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { clusterOption, type Finish } from "../../options.ts";
import type { ObserveOptions } from "./run.ts";

/** Declares the command; what it needs is loaded when it runs. */
export function addObserve(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("observe")
    .summary("listen to a cluster's flows, and ship what they add up to")
    .description(
      "Listens to flow sources, gives flows their workloads, counts them as edges, and ships the counts to a collector every " +
        "few seconds. What cannot be shipped waits on disk. It reads and never changes anything in the cluster.\n\n" +
        "A file names any number of sources; one source can be given on the command line. The kinds of sources and their " +
        "options are listed in docs/reference/sources.md.",
    )
    .option("--config <file>", "YAML file with sources, collector and buffer; see deploy/observer.yaml")
    .option("--source <kind>", "instead of a file: one source of this kind")
    .addOption(
      new Option(
        "--set <option=value>",
        "option of that source, as `address=hubble-relay:443` or `tls.caFile=ca.pem`; can be repeated",
      )
        .argParser(collect)
        .default([], "none"),
    )
    .option("--cluster-name <name>", "name of the cluster, as the collector's token knows it")
    .option("--name <name>", "name of this observer, unique within the cluster (default: the host's)")
    .option("--to <url>", "collector that batches go to")
    .option("--token-file <file>", "file with the collector's bearer token, read again for each batch")
    .option("--ca-file <file>", "PEM file with the authorities to trust for the collector, instead of the system's")
    .option("--every <duration>", "how often what was counted is shipped (default: 2s)")
    .option("--buffer <size>", "disk that waiting batches may use (default: 512MiB)")
    .option("--buffer-folder <folder>", "where they wait (default: below the user's state folder)")
    .option("--anonymise <key-file>", "hide addresses and names with this key; see `postern observe key`")
    .option("--metrics <address>", "answer /metrics, /healthz and /readyz here, as `127.0.0.1:9400`")
    .addOption(clusterOption())
    .option("--no-kubernetes", "do not ask the cluster's API: flows name their workloads themselves")
    .option("--once", "end when all sources have ended and everything is delivered", false)
    .action(async (options: ObserveOptions) => {
      const { runObserve } = await import("./run.ts");
      finish(await runObserve(options, context), "even when interrupted");
    });
  command
    .command("check")
    .summary("read a configuration, and say every mistake in it")
    .description(
      "Reads a configuration of `postern observe` and says every mistake in it. Nothing is opened or connected.",
    )
    .argument("<file>", "YAML file")
    .action(async (file: string) => {
      const { runCheck } = await import("./check.ts");
      finish(await runCheck(file, context));
    });
  command
    .command("key")
    .summary("make a key for an observer that anonymises")
    .description(
      "Prints a new key for `anonymise.keyFile`. It is what `postern reveal` needs to show addresses and names again: keep it in the " +
        "cluster, or wherever those who may know them are.",
    )
    .action(async () => {
      const { newKey } = await context.ports.observer();
      context.out.document(newKey());
    });
}
