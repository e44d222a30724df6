import { type Command, InvalidArgumentError, Option } from "commander";
import { quoted } from "../../../../core/quoted.ts";
import { parseNamespace } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import {
  addServerOptions,
  addWindowOptions,
  clusterNameOption,
  dataOption,
  parseServer,
} from "../../history-options.ts";
import {
  addFlowOptions,
  clusterOption,
  type Finish,
  flowOptionsOf,
  flowsText,
  outputOption,
  type ParsedFlowOptions,
} from "../../options.ts";
import type { QuestionOptions } from "./ask.ts";
import type { ExportOptions } from "./export.ts";
import type { ParsedImport } from "./import.ts";
import type { ParsedMaintain } from "./maintain.ts";

/** Declares the commands; what they need is loaded when one runs. */
export function addHistory(program: Command, context: Context, finish: Finish): void {
  const history = program
    .command("history")
    .summary("keep flows over time, and ask what was seen")
    .description(
      "Keeps edges (who talked to what, hour by hour) in a folder, from recorded files or from a collector, and answers " +
        "questions about them. Policies are learned from it with `--history` of suggest, replay and explain.",
    );
  addImport(history, context, finish);
  const ask = (command: Command, question: QuestionOptions["question"]): void => {
    command.action(async (options: Omit<QuestionOptions, "question">) => {
      const { runQuestion } = await import("./ask.ts");
      finish(await runQuestion({ ...options, question }, context));
    });
  };
  ask(
    withWindow(about(history, "edges", "who talked to what: workloads, destinations, names, hours"), "7d")
      .addOption(new Option("--workload <kind/name>", "only this workload, `Deployment/web`"))
      .addOption(limitOption(1000)),
    "edges",
  );
  ask(
    withWindow(about(history, "names", "which names stood for which addresses, and who asked"), "7d")
      .addOption(new Option("--name <name>", "only this name"))
      .addOption(new Option("--address <address>", "only this address"))
      .addOption(limitOption(1000)),
    "names",
  );
  ask(
    about(history, "new", "destinations that a namespace did not have before")
      .addOption(new Option("--since <time>", "what counts as before").default("24h"))
      .addOption(limitOption(1000)),
    "new",
  );
  ask(
    withWindow(about(history, "talkers", "who sends most, or what is called most"), "7d")
      .addOption(
        new Option("--of <what>", "what to add up")
          .choices(["workload", "namespace", "destination"])
          .default("workload"),
      )
      .addOption(new Option("--by <count>", "what to sort by").choices(["flows", "bytes"]).default("flows"))
      .addOption(limitOption(20)),
    "talkers",
  );
  ask(
    withWindow(
      about(
        history,
        "coarse",
        "who sends anything out at all, from metrics without addresses",
        "Coarse: it is known that a workload sends, not to whom; no policy is learned from it.",
      ),
      "7d",
    )
      .addOption(new Option("--workload <kind/name>", "only this workload, `Deployment/web`"))
      .addOption(limitOption(1000)),
    "coarse",
  );
  ask(
    withWindow(about(history, "coverage", "what there is: namespaces, times, sources, their losses and gaps"), "7d"),
    "coverage",
  );
  addExport(history, context, finish);
  addMaintain(history, context, finish);
}

function addImport(history: Command, context: Context, finish: Finish): void {
  const command = history
    .command("import")
    .summary("bring recorded flows into the history")
    .description(
      "Brings recorded flows into the history. Files are known by their content: what was imported before, under any " +
        "name, is not counted again.",
    )
    .argument("<flows...>", flowsText)
    .addOption(dataOption())
    .addOption(clusterNameOption("cluster of records that do not name theirs").default("cluster"))
    .addOption(
      new Option(
        "--source <name>",
        "imports of one name add up; of two names the larger count holds, so name another source of the same traffic differently",
      ).default("import"),
    )
    .addOption(clusterOption());
  addFlowOptions(command).action(async (flows: string[], options: ParsedImport & ParsedFlowOptions) => {
    const { runImport } = await import("./import.ts");
    finish(await runImport({ ...options, flows, ...flowOptionsOf(options) }, context));
  });
}

function addExport(history: Command, context: Context, finish: Finish): void {
  const command = history
    .command("export")
    .summary("write the history as Parquet files")
    .description("Writes a file for each day of edges, names, coarse counts and source health into a new folder.")
    .addOption(dataOption())
    .addOption(new Option("--out <folder>", "new or empty folder").makeOptionMandatory());
  addWindowOptions(command, "the first hour").action(async (options: ExportOptions) => {
    const { runExport } = await import("./export.ts");
    finish(await runExport(options, context));
  });
}

function addMaintain(history: Command, context: Context, finish: Finish): void {
  history
    .command("maintain")
    .summary("roll up hours to days, drop what is old, put in order")
    .description(
      "Rolls hours up to days, drops days that are past their time, and puts rows in order. A collector does it by itself.",
    )
    .addOption(dataOption())
    .addOption(new Option("--hourly-days <days>", "hours older than this become days").argParser(parseDays).default(14))
    .addOption(new Option("--daily-days <days>", "days older than this are dropped").argParser(parseDays).default(400))
    .action(async (options: ParsedMaintain) => {
      const { runMaintain } = await import("./maintain.ts");
      finish(await runMaintain(options, context));
    });
}

function about(history: Command, name: string, summary: string, more = ""): Command {
  return addServerOptions(
    history
      .command(name)
      .summary(summary)
      .description(`Says ${summary}. ${more}`.trim())
      .addOption(new Option("-n, --namespace <namespace>", "only this namespace").argParser(parseNamespace))
      .addOption(clusterNameOption("only this cluster"))
      .addOption(dataOption())
      .addOption(
        new Option("--server <url>", "ask a collector instead of a folder").argParser(parseServer).conflicts("data"),
      ),
  ).addOption(outputOption(["table", "json"], "table"));
}

function withWindow(command: Command, preset: string): Command {
  return addWindowOptions(command, preset);
}

function limitOption(preset: number): Option {
  return new Option("--limit <rows>", "at most so many rows").argParser(parseLimit).default(preset);
}

function parseLimit(text: string): number {
  if (/^[1-9][0-9]{0,6}$/.test(text) && Number(text) <= 1_000_000) return Number(text);
  throw new InvalidArgumentError(`${quoted(text)} is no number of rows from 1 to 1000000`);
}

function parseDays(text: string): number {
  if (/^[0-9]{1,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError(`${quoted(text)} is no number of days`);
}
