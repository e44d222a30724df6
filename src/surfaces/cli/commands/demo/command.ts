import type { Command } from "commander";
import type { Context } from "../../context.ts";
import { type Finish } from "../../options.ts";

/** Declares the command; what it needs is loaded when it runs. */
export function addDemo(program: Command, context: Context, finish: Finish): void {
  program
    .command("demo")
    .summary("do the main job on the bundled sample of a small shop")
    .description(
      "Learns from a week of recorded flows of a small shop, and shows what was learned, what is proposed, what would " +
        "change, and where the files are.",
    )
    .option("--out <folder>", "where to write the proposals", "postern-out")
    .action(async ({ out }: { readonly out: string }) => {
      const { runDemo } = await import("./run.ts");
      finish(await runDemo({ out }, context));
    });
}
