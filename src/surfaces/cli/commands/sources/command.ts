import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultWindowMinutes, longestWindowMinutes } from "../../../../app/sources-report.ts";
import type { Context } from "../../context.ts";
import { type Finish, outputOption } from "../../options.ts";
import { addStateOptions } from "../../state-options.ts";
import type { SourcesFlags } from "./run.ts";

/** Declares the command; what it needs is loaded when it runs. */
export function addSources(program: Command, context: Context, finish: Finish): void {
  addStateOptions(program.command("sources"))
    .summary("say what arrives at a collector, how fast, how late, and what was lost")
    .description(
      "Shows every source of every observer: records a second, lag, what was lost or dropped on the way, why a source does " +
        "not run, and what to do about it. The answer is no (exit code 3) when a source failed, is trying again or has an " +
        "observer that says nothing, or when records are missing; not because records are late, none came, or some were " +
        "not understood.",
    )
    .option("--server <url>", "a collector to ask, instead of its folder")
    .option("--token-file <file>", "file with a token that may read")
    .option("--ca-file <file>", "PEM file with the authorities to trust instead of the system's")
    .addOption(
      new Option("--window <minutes>", "what sums and means are over").argParser(minutes).default(defaultWindowMinutes),
    )
    .option("--watch", "show it again every two seconds, until interrupted")
    .addOption(outputOption(["table", "json"], "table"))
    .action(async (flags: SourcesFlags) => {
      const { runSources } = await import("./run.ts");
      finish(await runSources(flags, context), ...(flags.watch === true ? (["even when interrupted"] as const) : []));
    });
}

function minutes(value: string): number {
  const count = /^[0-9]{1,6}$/.test(value) ? Number(value) : 0;
  if (count >= 1 && count <= longestWindowMinutes) return count;
  throw new InvalidArgumentError(`write a number of minutes from 1 to ${longestWindowMinutes}`);
}
