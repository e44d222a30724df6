import type { Failure } from "../../app/failure.ts";
import type { Context } from "./context.ts";
import { Exit, type ExitCode } from "./exit.ts";
import { bold, dim, red, text, yellow } from "./terminal/text.ts";

/** Codes of failures in which somebody refused, as opposed to something being wrong. */
function isRefusal({ code }: Failure): boolean {
  return code.endsWith("_no_permission");
}

const told = 20;

/** Tells why the command could not be done. */
export function fail({ err, io }: Pick<Context, "io" | "err">, failures: readonly Failure[]): ExitCode {
  if (io.interrupted.aborted) return Exit.interrupted;
  for (const { code, message } of failures.slice(0, told)) {
    err.line(text`${bold(red("error:"))} ${message} ${dim(`[${code}]`)}`, 2);
  }
  if (failures.length > told) err.line(text`and ${failures.length - told} more like these`);
  return failures.length > 0 && failures.every(isRefusal) ? Exit.notAllowed : Exit.failed;
}

export function warn({ err }: Context, message: string, code?: string): void {
  err.line(text`${yellow("warning:")} ${message}${dim(code === undefined ? "" : ` [${code}]`)}`, 2);
}
