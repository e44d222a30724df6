import type { Command } from "commander";
import type { Context } from "../../context.ts";
import type { Finish } from "../../options.ts";

/** Declares the command; what it needs is loaded when it runs. */
export function addReveal(program: Command, context: Context, finish: Finish): void {
  program
    .command("reveal")
    .summary("show what an anonymised observer hid, with its key")
    .description(
      "Copies standard input to standard output with the tokens and addresses of an anonymised observer turned back into names and " +
        "addresses: policies, reports, JSON or any other text. Every address outside the kept blocks is turned, so give it only " +
        "text about the anonymised cluster.",
    )
    .requiredOption("--key-file <file>", "the observer's key")
    .action(async ({ keyFile }: { keyFile: string }) => {
      const { runReveal } = await import("./run.ts");
      finish(await runReveal(keyFile, context));
    });
}
