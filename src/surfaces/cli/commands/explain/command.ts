import { type Command, Option } from "commander";
import { collect, parseDestination, parseLabels, parseNamespace } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { addHistoryOptions, historyChoice, type ParsedHistory } from "../../history-options.ts";
import {
  type Finish,
  addFlowOptions,
  clusterOption,
  featureOption,
  flowOptionsOf,
  hasResolver,
  outputOption,
  policiesText,
  type ParsedClusterOptions,
  type ParsedFlowOptions,
} from "../../options.ts";

interface Options extends ParsedClusterOptions, ParsedFlowOptions, ParsedHistory {
  readonly namespace: string;
  readonly workload?: string;
  readonly labels?: ReturnType<typeof parseLabels>;
  readonly to: ReturnType<typeof parseDestination>;
  readonly policies: readonly string[];
  readonly flows: readonly string[];
  readonly output: "text" | "json";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addExplain(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("explain")
    .summary("say why one connection is allowed or denied, and what would allow it")
    .description(
      "Says whether a connection is allowed, which rule of which object decides in each of the two stages (egress firewall " +
        "and network policies), which rules came close, what would allow it, and what was recorded.",
    )
    .addOption(
      new Option("-n, --namespace <namespace>", "namespace of the pod").argParser(parseNamespace).makeOptionMandatory(),
    )
    .option("--workload <name>", "owner of the pod, `Deployment/web` or `web`")
    .addOption(
      new Option("--labels <labels>", "labels of the pod, `app=web,tier=edge`, for pod selectors")
        .argParser(parseLabels)
        .default(undefined, "from the dump"),
    )
    .addOption(
      new Option(
        "--to <host:port>",
        "destination: `198.51.100.7:443`, `[2001:db8::1]:53/udp`, `api.example.com:443`, `192.0.2.1/icmp`",
      )
        .argParser(parseDestination)
        .makeOptionMandatory(),
    )
    .addOption(new Option("--policies <path>", policiesText).argParser(collect).makeOptionMandatory())
    .addOption(
      new Option(
        "--flows <path>",
        "recorded flows: addresses of names, names of addresses, and what was seen; can be repeated",
      )
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(clusterOption())
    .addOption(featureOption());
  addHistoryOptions(addFlowOptions(command))
    .addOption(outputOption(["text", "json"], "text"))
    .action(async (options: Options) => {
      const { runExplain } = await import("./run.ts");
      const { namespace, workload, labels, to, policies, flows, cluster, output } = options;
      const history = historyChoice(options, context.io);
      const own = {
        history,
        namespace,
        workload,
        labels,
        to: to.target,
        toText: to.text,
        policies,
        flows,
        cluster,
        output,
      };
      finish(await runExplain({ ...own, dnsNameResolver: hasResolver(options), ...flowOptionsOf(options) }, context));
    });
}
