import type { Command } from "commander";

/** A command and all commands below it. */
export function subprogramsOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(subprogramsOf)];
}
