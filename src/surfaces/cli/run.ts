import { CommanderError } from "commander";
import { type Context, contextOf } from "./context.ts";
import { Exit, type ExitCode } from "./exit.ts";
import type { CliIo } from "./io.ts";
import type { CliPorts } from "./ports.ts";
import { programOf } from "./program.ts";
import { subprogramsOf } from "./subprograms.ts";
import { bold, dim, red, text } from "./terminal/text.ts";

/** Answers one command line. Never throws for anything a user can do. */
export async function runCli(args: readonly string[], io: CliIo, ports: CliPorts): Promise<ExitCode> {
  const context = contextOf(io, ports);
  let code: ExitCode = Exit.ok;
  let holds = false;
  const program = programOf(context, (own, when) => {
    code = own;
    holds = when === "even when interrupted";
  });
  for (const command of subprogramsOf(program)) {
    command.exitOverride().configureOutput({
      writeOut: (help) => context.out.document(help),
      writeErr: (help) => context.err.document(help),
      outputError: () => {},
      getOutHelpWidth: () => helpWidth(context.out.view.columns),
      getErrHelpWidth: () => helpWidth(context.err.view.columns),
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  }
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(args, { from: "user" });
    return io.interrupted.aborted && !holds ? Exit.interrupted : code;
  } catch (error) {
    if (io.interrupted.aborted) return Exit.interrupted;
    if (error instanceof CommanderError) return usage(error);
    return defect(context, error);
  }

  function usage(error: CommanderError): ExitCode {
    if (error.exitCode === 0 || error.code === "commander.help") return error.exitCode === 0 ? Exit.ok : Exit.usage;
    const [first = "", ...hints] = error.message.split("\n");
    context.err.line(text`${bold(red("error:"))} ${inOurWords(first)}`, 2);
    for (const hint of hints) context.err.line(hint.replace(/^\(Did you mean (.*)\?\)$/, "did you mean `$1`?"));
    const command = program.commands.find((own) => own.name() === args[0]);
    context.err.line(`see \`postern ${command === undefined ? "" : `${command.name()} `}--help\``);
    return Exit.usage;
  }
}

/** `error: option '-o' argument 'x' is invalid. Allowed choices are a, b.` as one sentence of ours. */
function inOurWords(message: string): string {
  return (
    message
      .replace(/^error: /, "")
      .replaceAll("'", "`")
      // Our own sentence quotes the value too, as far as anybody wants to read it.
      .replace(/ argument `.*?` is invalid\. (?!Allowed choices)/s, ": ")
      .replace(/^command-argument value `.*?` is invalid for argument `(.*?)`\. /s, "`<$1>`: ")
      .replace(" is invalid. Allowed choices are ", " is not one of ")
      .replace(/\.$/, "")
  );
}

/** Wider help is hard to read, and a pipe has no width. */
function helpWidth(columns: number): number {
  return Math.min(columns, 100);
}

/** A defect of ours: the stack is what a report needs. */
function defect({ err }: Context, error: unknown): ExitCode {
  err.line(
    text`${bold(red("error:"))} postern failed in a way it should not; please report this with the command line`,
  );
  const told = error instanceof Error ? (error.stack ?? error.message) : String(error);
  for (const line of told.split("\n")) err.line(dim(line));
  return Exit.failed;
}
