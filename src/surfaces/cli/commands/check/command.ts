import { type Command, InvalidArgumentError, Option } from "commander";
import { quoted } from "../../../../core/quoted.ts";
import { collect } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { addHistoryOptions, historyChoice, type ParsedHistory } from "../../history-options.ts";
import { addOpaOptions, opaRequestOf, type ParsedOpa } from "../../opa-options.ts";
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
import type { CheckOptions } from "./run.ts";

interface Flags extends ParsedClusterOptions, ParsedFlowOptions, ParsedHistory, ParsedOpa {
  readonly law: readonly string[];
  readonly base?: string;
  readonly baseRev?: string;
  readonly flows: readonly string[];
  readonly justification?: string;
  readonly ticket?: string;
  readonly expires?: number;
  readonly failOn: CheckOptions["failOn"];
  readonly output: CheckOptions["output"];
}

/** Declares the command; what it needs is loaded when it runs. */
export function addCheck(program: Command, context: Context, finish: Finish): void {
  const command = program
    .command("check")
    .summary("judge a change of policies, such as a pull request, as the server judges a proposal")
    .description(
      "Judges policies that people changed by hand: what is wrong with the objects that change, which clauses of the law they " +
        "break, what they open and close compared with `--base`, and, with recorded flows, what would break. Answers `3` when " +
        "the change must not be merged. Clauses about a justification or a ticket are judged when these are given.",
    )
    .argument("<policies...>", "YAML or JSON files, or folders of them, as the change leaves them")
    .addOption(
      new Option("--law <path>", "the organisation's law: a file or folder; can be repeated")
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(
      new Option("--base <path>", "the policies before the change: a file or folder")
        .conflicts("baseRev")
        .default(undefined, "none: all are new"),
    )
    .addOption(
      new Option("--base-rev <revision>", "the same files in a revision of the repository, such as `origin/main`"),
    )
    .addOption(
      new Option("--flows <path>", "recorded flows: files, folders or patterns; can be repeated")
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(clusterOption())
    .addOption(featureOption());
  addOpaOptions(addHistoryOptions(addFlowOptions(command)))
    .addOption(new Option("--justification <text>", "why the change is made, such as the text of a pull request"))
    .addOption(new Option("--ticket <text>", "the ticket it belongs to"))
    .addOption(new Option("--expires <day>", "the day by which it must be gone: `2026-12-31`").argParser(parseDay))
    .addOption(
      new Option("--fail-on <severity>", "fail for findings at least this bad")
        .choices(["error", "warning", "note"])
        .default("error"),
    )
    .addOption(outputOption(["table", "json", "sarif", "junit", "markdown"], "table"))
    .action(async (paths: string[], flags: Flags) => {
      const { runCheck } = await import("./run.ts");
      const { law, base, baseRev, flows, cluster, justification, ticket, expires, failOn, output } = flags;
      const isSaid = justification !== undefined || ticket !== undefined || expires !== undefined;
      const words = isSaid
        ? { justification: justification ?? "", ticket: ticket ?? "", expiresAtMs: expires }
        : undefined;
      const history = historyChoice(flags, context.io);
      const options = {
        paths,
        laws: law,
        base,
        baseRev,
        flows,
        history,
        namespaces: [],
        cluster,
        words,
        failOn,
        output,
      };
      const clusterName = flags.clusterName ?? "";
      finish(
        await runCheck(
          {
            ...options,
            clusterName,
            opa: opaRequestOf(flags),
            dnsNameResolver: hasResolver(flags),
            ...flowOptionsOf(flags),
          },
          context,
        ),
      );
    });
}

/** The day is over at its end, in UTC. */
function parseDay(text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  if (!Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)) return ms + 86_400_000;
  throw new InvalidArgumentError(`${quoted(text)} is no day: write \`2026-12-31\``);
}
