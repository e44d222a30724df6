import { Command } from "commander";
import { addAudit } from "./commands/audit/command.ts";
import { addCheck } from "./commands/check/command.ts";
import { addConvert } from "./commands/convert/command.ts";
import { addDemo } from "./commands/demo/command.ts";
import { addDiff } from "./commands/diff/command.ts";
import { addExplain } from "./commands/explain/command.ts";
import { addHistory } from "./commands/history/command.ts";
import { addLaw } from "./commands/law/command.ts";
import { addLint } from "./commands/lint/command.ts";
import { addObserve } from "./commands/observe/command.ts";
import { addOnboard } from "./commands/onboard/command.ts";
import { addOptimise } from "./commands/optimise/command.ts";
import { addQuota } from "./commands/quota/command.ts";
import { addReplay } from "./commands/replay/command.ts";
import { addReveal } from "./commands/reveal/command.ts";
import { addServe } from "./commands/serve/command.ts";
import { addSources } from "./commands/sources/command.ts";
import { addSuggest } from "./commands/suggest/command.ts";
import { addToken } from "./commands/token/command.ts";
import { addUser } from "./commands/user/command.ts";
import { addVerify } from "./commands/verify/command.ts";
import type { Context } from "./context.ts";
import { examples, exitCodes } from "./help.ts";
import type { Finish } from "./options.ts";
import { subprogramsOf } from "./subprograms.ts";
import { description, version } from "./version.ts";

/** The whole command line. What a command needs is loaded when it runs, so that help is quick. */
export function programOf(context: Context, finish: Finish): Command {
  const program = new Command("postern")
    .description(`${description}.`)
    .version(version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help for the command")
    .helpCommand("help [command]", "print help for a command")
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .addHelpText("after", `${examples("postern", context)}${exitCodes}`);
  addSuggest(program, context, finish);
  addLint(program, context, finish);
  addDiff(program, context, finish);
  addReplay(program, context, finish);
  addVerify(program, context, finish);
  addCheck(program, context, finish);
  addLaw(program, context, finish);
  addOptimise(program, context, finish);
  addExplain(program, context, finish);
  addConvert(program, context, finish);
  addOnboard(program, context, finish);
  addObserve(program, context, finish);
  addReveal(program, context, finish);
  addHistory(program, context, finish);
  addServe(program, context, finish);
  addSources(program, context, finish);
  addToken(program, context, finish);
  addUser(program, context, finish);
  addQuota(program, context, finish);
  addAudit(program, context, finish);
  addDemo(program, context, finish);
  for (const command of subprogramsOf(program)) {
    if (command !== program) command.addHelpText("after", examples(commandPath(command), context));
  }
  return program;
}

/** `history import`: the words after the program's own name. */
function commandPath(command: Command): string {
  const above = command.parent ?? undefined;
  const isTop = above === undefined || above.parent === null;
  return isTop ? command.name() : `${commandPath(above)} ${command.name()}`;
}
