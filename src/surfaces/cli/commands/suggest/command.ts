import { type Command, Option } from "commander";
import { maxOvnPriority } from "../../../../core/policy/kinds/network-policy-api/dialect.ts";
import type { Posture } from "../../../../pipeline/suggest/choose/choice.ts";
import { postures } from "../../../../pipeline/suggest/choose/posture.ts";
import { collect, collectCidrs, collectNamespaces, toPriority } from "../../arguments.ts";
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
  readonly namespace: readonly string[];
  readonly kind: KindWord;
  readonly posture: Posture;
  readonly policies: readonly string[];
  readonly never: ReturnType<typeof collectCidrs>;
  readonly companions: boolean;
  readonly rewrite: boolean;
  readonly priority?: number;
  readonly out?: string;
  readonly output: "yaml" | "json" | "table";
}

/** Declares the command; what it needs is loaded when it runs. */
export function addSuggest(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("suggest")
    .summary("learn the minimal egress policy of each namespace from recorded flows")
    .description(
      "Learns the minimal egress policy of each namespace from recorded flows, proves it by replaying them, and prints " +
        "it with the evidence for every rule. A policy that fails its own proof is not printed.",
    )
    .argument("[flows...]", flowsText)
    .addOption(
      new Option("-n, --namespace <namespace>", "only this namespace; can be repeated")
        .argParser(collectNamespaces)
        .default([], "every namespace with traffic"),
    )
    .addOption(
      new Option("--posture <posture>", "whether to rather block or rather open what is uncertain")
        .choices(postures)
        .default("balanced"),
    )
    .addOption(new Option("--kind <kind>", "kind of policy").choices(kindWords).default("egressfirewall"))
    .addOption(
      new Option(
        "--policies <path>",
        "what is in force today, to show what would change: YAML or JSON files, or folders of them; can be repeated",
      )
        .argParser(collect)
        .default([], "none: egress is open"),
    )
    .addOption(clusterOption());
  addKnowledgeOptions(addHistoryOptions(addFlowOptions(command)))
    .addOption(
      new Option("--never <cidr>", "addresses that no policy may allow, whatever the flows say; can be repeated")
        .argParser(collectCidrs)
        .default([], "none; instance metadata is always denied"),
    )
    .option(
      "--companions",
      "beside an EgressFirewall also a NetworkPolicy per workload: the firewall cannot tell pods apart",
      false,
    )
    .addOption(
      new Option(
        "--priority <number>",
        "when the policy is asked, for kinds with a priority; lower is earlier; 0 to 99, for a ClusterNetworkPolicy 0 to 1000 " +
          "(default: that of the policy it takes the place of, else 50)",
      ).argParser(toPriority),
    )
    .option("--rewrite", "write policies anew, instead of changing those of `--policies` as little as possible", false)
    .option("--out <folder>", "write <folder>/<namespace>/<kind>.yaml and a report instead of printing")
    .addOption(outputOption(["yaml", "json", "table"], "yaml"))
    .action(async (flows: string[], options: Options) => {
      const { runSuggest } = await import("./run.ts");
      const { namespace, kind, posture, policies, cluster, never, companions, rewrite, priority, out, output } =
        options;
      if (companions && kind !== "egressfirewall") {
        command.error("error: `--companions` stand beside an EgressFirewall: leave `--kind` out", { exitCode: 2 });
      }
      if (priority !== undefined && kind !== "adminnetworkpolicy" && kind !== "clusternetworkpolicy") {
        command.error(
          "error: only `adminnetworkpolicy` and `clusternetworkpolicy` have a priority: leave `--priority` out, or choose one of them with `--kind`",
          { exitCode: 2 },
        );
      }
      if (kind === "adminnetworkpolicy" && priority !== undefined && priority > maxOvnPriority) {
        command.error(
          `error: OVN-Kubernetes does not apply an AdminNetworkPolicy with priority ${priority}: choose 0 to ${maxOvnPriority}`,
          { exitCode: 2 },
        );
      }
      const history = historyChoice(options, context.io, { command, flows });
      const knowledge = knowledgeRequestOf(options);
      const own = {
        flows,
        history,
        namespaces: namespace,
        kind,
        posture,
        policies,
        cluster,
        never,
        knowledge,
        companions,
        rewrite,
        priority,
        out,
        output,
      };
      finish(await runSuggest({ ...own, ...flowOptionsOf(options) }, context));
    });
}
