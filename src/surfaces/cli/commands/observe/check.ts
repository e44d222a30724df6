import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatWords } from "./words.ts";

/** Reads a configuration and tells what it asks for. */
export async function runCheck(file: string, context: Context): Promise<ExitCode> {
  const { readFile } = await context.ports.observer();
  const settings = await readFile(file);
  if (!settings.ok) return fail(context, settings.error);
  context.out.lines(formatWords(settings.value));
  return Exit.ok;
}
