import { type Command, Option } from "commander";
import type { Context } from "../../context.ts";
import { addOpaOptions, opaRequestOf, type ParsedOpa } from "../../opa-options.ts";
import { type Finish, outputOption } from "../../options.ts";

interface CheckFlags extends ParsedOpa {
  readonly output: "table" | "json" | "sarif";
}

interface ExportFlags {
  readonly to: "validating-admission-policy";
  readonly clusterName?: string;
}

/** Declares the command and those below it; what they need is loaded when they run. */
export function addLaw(program: Command, context: Context, finish: Finish): void {
  const law = program
    .command("law")
    .summary("check the organisation's law, and let a cluster hold it")
    .description(
      "The organisation's law says what its policies may be: destinations that no policy may open, the widest block, ports, who " +
        "approves. It is a document of the kind `EgressLaw`; docs/guardrails.md tells what it can ask for.",
    );
  addOpaOptions(law.command("check"))
    .summary("find what is wrong with a law")
    .description(
      "Reads laws and says what is wrong with them and where: fields that are not known, values that cannot be, expressions that do " +
        "not compile. Answers `3` when a law cannot be used as it is.",
    )
    .argument("<files...>", "laws: YAML or JSON files, or folders of them")
    .addOption(outputOption(["table", "json", "sarif"], "table"))
    .action(async (paths: string[], flags: CheckFlags) => {
      const { runLawCheck } = await import("./check.ts");
      finish(await runLawCheck({ paths, output: flags.output, opa: opaRequestOf(flags) }, context));
    });
  law
    .command("export")
    .summary("write what a cluster can hold of a law by itself")
    .description(
      "Writes ValidatingAdmissionPolicies with their bindings for the clauses that an expression can judge, so that the cluster " +
        "refuses what Postern would, whoever applies it. Says on standard error which clauses it cannot hold, and where it asks for more.",
    )
    .argument("<files...>", "laws: YAML or JSON files, or folders of them")
    .addOption(
      new Option("--to <form>", "what to write")
        .choices(["validating-admission-policy"])
        .default("validating-admission-policy"),
    )
    .option("--cluster-name <name>", "which cluster they are for: clauses for other clusters are left out")
    .action(async (paths: string[], flags: ExportFlags) => {
      const { runLawExport } = await import("./export.ts");
      finish(await runLawExport({ paths, cluster: flags.clusterName }, context));
    });
}
