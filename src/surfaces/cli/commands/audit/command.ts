import { type Command, InvalidArgumentError, Option } from "commander";
import { collect } from "../../arguments.ts";
import type { Context } from "../../context.ts";
import { type Finish, outputOption } from "../../options.ts";
import { addStateOptions } from "../../state-options.ts";
import type { ExportFlags } from "./export.ts";
import type { KeyFlags } from "./key.ts";
import type { ProveFlags } from "./prove.ts";
import type { VerifyFlags } from "./verify.ts";

/** Declares the command and those below it; what they need is loaded when they run. */
export function addAudit(program: Command, context: Context, finish: Finish): void {
  const audit = program
    .command("audit")
    .summary("check, export and prove the audit log")
    .description(
      "Every decision, change and sign-in of the server leaves a record in a log that shows when it is touched: a chain of hashes, a Merkle " +
        "tree, and checkpoints signed with the server's key. docs/audit.md tells what it proves and what it does not.",
    );
  addStateOptions(audit.command("verify"))
    .summary("find out whether the log was touched, and where")
    .description(
      "Checks every record, the chain, the tree and the signed checkpoints, without the server: of a file that `audit export` or `audit " +
        "prove` has written, or of the store itself. Names what was changed, removed, inserted or moved, and says what still stands. Answers " +
        "`3` when something does not fit, or when no key that was given has signed it.",
    )
    .argument("[file]", "an export or a proof, `-` for standard input; without it the store is checked")
    .addOption(
      new Option("--key <key>", "a verifier key that is trusted, as `audit key` prints it; can be repeated")
        .argParser(collect)
        .default([], "those that the log names itself, which proves less"),
    )
    .addOption(
      new Option(
        "--checkpoint <file>",
        "a signed checkpoint that was kept elsewhere: the log must lead to it; can be repeated",
      )
        .argParser(collect)
        .default([], "none"),
    )
    .addOption(outputOption(["text", "json"], "text"))
    .action(async (file: string | undefined, flags: VerifyFlags) => {
      const { runVerify } = await import("./verify.ts");
      finish(await runVerify(file, flags, context));
    });
  addStateOptions(audit.command("export"))
    .summary("write the log for others")
    .description(
      "Writes the whole log to standard output as JSON lines with its hashes and checkpoints, for `audit verify`; or its records as events of " +
        "the Open Cybersecurity Schema Framework, or as messages of syslog (RFC 5424).",
    )
    .addOption(new Option("--format <format>", "what to write").choices(["jsonl", "ocsf", "syslog"]).default("jsonl"))
    .option("--from <sequence>", "with the number of the first record, for `ocsf` and `syslog`", sequence)
    .option("--to <address>", "send syslog there: `udp://host:514`, `tcp://host:601` or `tls://host:6514`")
    .option("--ca <file>", "PEM file with the authorities to trust for `tls://` instead of the system's")
    .action(async (flags: ExportFlags) => {
      const { runExport } = await import("./export.ts");
      finish(await runExport(flags, context));
    });
  addStateOptions(audit.command("prove"))
    .summary("write what shows that a record is in the log")
    .description(
      "Writes a proof that `audit verify` and the server's key are enough to check: of one record, or of everything that was decided about a " +
        "proposal. The rest of the log stays where it is.",
    )
    .argument("[sequence]", "number of the record", sequence)
    .option("--proposal <id>", "all records of a proposal: `p-…`, or its number")
    .action(async (record: number | undefined, flags: ProveFlags) => {
      const { runProve } = await import("./prove.ts");
      finish(await runProve(record, flags, context));
    });
  addStateOptions(audit.command("key"))
    .summary("print the key that checks signatures, or change it")
    .description(
      "Prints the verifier key of the log, to be kept where who can change the server cannot: it is not secret. `--rotate` makes a new key; the " +
        "one before signs the record that names it, and is gone afterwards.",
    )
    .option("--audit-key <file>", "the key, where the server is given one with `serve --audit-key`")
    .option("--rotate", "make a new key, in the data folder")
    .action(async (flags: KeyFlags) => {
      const { runKey } = await import("./key.ts");
      finish(await runKey(flags, context));
    });
}

function sequence(value: string): number {
  if (/^[0-9]{1,15}$/.test(value)) return Number(value);
  throw new InvalidArgumentError("write the number of a record, as the audit page shows it");
}
