import { type Command, InvalidArgumentError } from "commander";
import { verbs } from "../../../../app/access/access.ts";
import { grantPlace, userName } from "../../../../app/access/user-form.ts";
import { quoted } from "../../../../core/quoted.ts";
import type { Context } from "../../context.ts";
import { type Finish, outputOption } from "../../options.ts";
import { addStateOptions } from "../../state-options.ts";
import type { AddFlags, ListFlags, UserFlags } from "./run.ts";

type Grants = NonNullable<AddFlags["grant"]>;

/** Declares the command and those below it; what they need is loaded when they run. */
export function addUser(program: Command, context: Context, finish: Finish): void {
  const user = program
    .command("user")
    .summary("list and add people who sign in with a password")
    .description(
      "People whom no identity provider knows have a name and password of the server's own. They choose the password " +
        "themselves, by a link that works once within a week. What is done here is in the audit log, done by the command line. " +
        "A running server knows of it at once.",
    );
  addStateOptions(user.command("list"))
    .summary("list users and what they may do")
    .description("Lists the users of the server's own and what they may do, by name.")
    .addOption(outputOption(["table", "json"], "table"))
    .action(async (flags: ListFlags) => {
      const { listUsers } = await import("./run.ts");
      finish(await listUsers(flags, context));
    });
  addStateOptions(user.command("add"))
    .summary("add somebody and print their link")
    .description(
      "Adds somebody and prints the end of a link, alone, to standard output: write the server's address before it, and " +
        "give it to them. There they choose a password. It cannot be shown again.",
    )
    .argument("<name>", "to sign in with, as `ada`", name)
    .option("--title <text>", "as others read it, as `Ada Lovelace`", title)
    .option("--administrator", "may do everything, users and settings included")
    .option(
      "--grant <verb=where>",
      "what they may do where, as `approve=east/shop-*`; verbs are `view`, `edit`, `approve`, `administer`; can be repeated",
      collectGrant,
    )
    .action(async (own: string, flags: AddFlags) => {
      const { addUserOf } = await import("./run.ts");
      finish(await addUserOf(own, flags, context));
    });
  addStateOptions(user.command("link"))
    .summary("print a link to choose a new password")
    .description(
      "Prints the end of a link to choose a new password, alone, to standard output: write the server's address before it. " +
        "It works once within a week. The old password holds until then; with a new one, everything that was signed in is out.",
    )
    .argument("<name>", "what they sign in with", name)
    .action(async (own: string, flags: UserFlags) => {
      const { linkUser } = await import("./run.ts");
      finish(await linkUser(own, flags, context));
    });
  addStateOptions(user.command("disable"))
    .summary("shut somebody out, at once")
    .description(
      "Ends somebody's sessions and lets them sign in no more. What they did stays as it is. The last one who " +
        "administers cannot be disabled.",
    )
    .argument("<name>", "what they sign in with", name)
    .action(async (own: string, flags: UserFlags) => {
      const { disableUser } = await import("./run.ts");
      finish(await disableUser(own, flags, context));
    });
}

function name(value: string): string {
  if (userName.test(value)) return value;
  throw new InvalidArgumentError(
    `${quoted(value)} cannot be a name; take small letters, digits, \`.\`, \`_\` and \`-\`, at most 63`,
  );
}

function title(value: string): string {
  if (value !== "" && value.length <= 100) return value;
  throw new InvalidArgumentError("a title has from 1 to 100 characters");
}

function collectGrant(value: string, earlier: Grants | undefined): Grants {
  const cut = value.indexOf("=");
  const verb = verbs.find((own) => own === value.slice(0, cut));
  const where = value.slice(cut + 1);
  if (cut === -1 || verb === undefined) {
    throw new InvalidArgumentError(`${quoted(value)} is no grant; write as \`approve=east/shop-*\``);
  }
  if (!grantPlace.test(where)) {
    throw new InvalidArgumentError(
      `${quoted(where)} is no place; write \`cluster/namespace\`, or \`*\` for everything`,
    );
  }
  return [...(earlier ?? []), { verb, where }];
}
