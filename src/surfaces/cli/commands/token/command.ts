import { type Command, InvalidArgumentError, Option } from "commander";
import { everyCluster, tokenScopes } from "../../../../app/state/tokens.ts";
import { quoted } from "../../../../core/quoted.ts";
import type { Context } from "../../context.ts";
import { type Finish, outputOption } from "../../options.ts";
import { addStateOptions } from "../../state-options.ts";
import { daysOf } from "../serve/days.ts";
import type { CreateFlags, ListFlags, RevokeFlags } from "./run.ts";

/** Declares the command and those below it; what they need is loaded when they run. */
export function addToken(program: Command, context: Context, finish: Finish): void {
  const token = program
    .command("token")
    .summary("make, list and revoke the tokens of a collector")
    .description(
      "A token lets an observer ship the flows of its clusters, or somebody read them. It is shown once, when it is made: the " +
        "collector keeps only a hash. A running collector knows at once of a new token and of a revoked one.",
    );
  addStateOptions(token.command("create"))
    .summary("make a token and print it")
    .description(
      "Makes a token and prints it, alone, to standard output. It cannot be shown again. A folder that no collector has used yet is made.",
    )
    .requiredOption("--cluster <name>", "a cluster it is for, or `*` for every one; can be repeated", collectCluster)
    .addOption(
      new Option("--scope <scope>", "`ship` to send batches, `read` to ask; can be repeated")
        .argParser(collectScope)
        .default(undefined, "ship"),
    )
    .addOption(
      new Option("--expires <days>", "how long it is valid, as `365d`")
        .argParser(expiry)
        .default(undefined, "for ever"),
    )
    .option("--label <text>", "where it is used, for `token list`", label)
    .action(async (flags: CreateFlags) => {
      const { createToken } = await import("./run.ts");
      finish(await createToken(flags, context));
    });
  addStateOptions(token.command("list"))
    .summary("list tokens, without their secrets")
    .description("Lists the tokens of a collector, the oldest first, without their secrets.")
    .addOption(outputOption(["table", "json"], "table"))
    .action(async (flags: ListFlags) => {
      const { listTokens } = await import("./run.ts");
      finish(await listTokens(flags, context));
    });
  addStateOptions(token.command("revoke"))
    .summary("make a token invalid for ever")
    .description("Makes a token invalid for ever. Batches that are answered already stay stored.")
    .argument("<id>", "the 12 digits after `postern_`, as `token list` shows them", identifier)
    .action(async (id: string, flags: RevokeFlags) => {
      const { revokeToken } = await import("./run.ts");
      finish(await revokeToken(id, flags, context));
    });
}

function collectCluster(value: string, earlier: readonly string[] | undefined): readonly string[] {
  const name = value.trim();
  if (name === "" || name.length > 253 || /[\p{Cc}\p{Cs}]/u.test(name)) {
    throw new InvalidArgumentError(`${quoted(value)} is no name of a cluster`);
  }
  const all = [...(earlier ?? []), name];
  if (all.includes(everyCluster) && all.length > 1)
    throw new InvalidArgumentError("`*` is every cluster; name it alone");
  return all;
}

function collectScope(value: string, earlier: CreateFlags["scope"]): NonNullable<CreateFlags["scope"]> {
  const scope = tokenScopes.find((own) => own === value);
  if (scope === undefined)
    throw new InvalidArgumentError(`${quoted(value)} is no scope; there are \`ship\` and \`read\``);
  return [...(earlier ?? []), scope];
}

function expiry(value: string): number {
  const days = daysOf(value);
  if (days !== undefined) return days;
  throw new InvalidArgumentError("write a number of days as `365d`");
}

function label(value: string): string {
  if (value.length <= 200) return value;
  throw new InvalidArgumentError("a label has at most 200 characters");
}

/** The whole token is forgiven: people copy what they have, and it is not repeated. */
function identifier(value: string): string {
  const [, id] = /^(?:postern_)?([0-9a-f]{12})(?:_[A-Za-z0-9_-]{43})?$/.exec(value) ?? [];
  if (id !== undefined) return id;
  throw new InvalidArgumentError(
    "the identifier of a token has 12 digits from 0 to f, as `postern token list` shows it",
  );
}
