import type { Access } from "../../../../app/access/access.ts";
import type { Principal } from "../../../../app/access/principal.ts";
import { type UserDesk, userDesk } from "../../../../app/access/user-desk.ts";
import type { State } from "../../../../app/state/state.ts";
import type { UserLink, UserView } from "../../../../app/wire/users.ts";
import { fail } from "../../complain.ts";
import type { Context } from "../../context.ts";
import { Exit, type ExitCode } from "../../exit.ts";
import { formatJson } from "../../formats/json.ts";
import { timeOutput } from "../../schema/common-output.ts";
import { type StateFlags, withState } from "../../state-options.ts";
import { tableLines } from "../../terminal/table.ts";
import { dim, text } from "../../terminal/text.ts";
import { minute } from "../../words/count.ts";
import type { UsersOutput } from "./schema.ts";

export type UserFlags = StateFlags;

export interface ListFlags extends StateFlags {
  readonly output: "table" | "json";
}

export interface AddFlags extends StateFlags {
  readonly title?: string;
  readonly administrator?: boolean;
  readonly grant?: readonly UserView["grants"][number][];
}

/** Whoever can open the state could write whatever they like into it: nobody else is asked, but the audit log says whose doing it was. */
const commandLine: Principal = { subject: "command-line", name: "command line", groups: [], kubernetesUser: undefined };
const everything: Access = { may: () => Promise.resolve(true), among: () => Promise.resolve("all") };

export async function listUsers(flags: ListFlags, context: Context): Promise<ExitCode> {
  const { out } = context;
  return withState(flags, context, async (state) => {
    const listed = await deskOf(state, context).list(commandLine);
    if (!listed.ok) return fail(context, [listed.error]);
    const users = listed.value.items.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    if (flags.output === "json") {
      out.document(formatJson(outputOf(users)));
      return Exit.ok;
    }
    const columns = ["name", "state", "may", "last seen", "title"].map((title) => ({
      title,
      shrinks: title === "may" || title === "title",
    }));
    const rows = users.map((user) => {
      const may = user.isAdministrator
        ? "everything"
        : user.grants.map(({ verb, where }) => `${verb} ${where}`).join(", ");
      const seen = user.lastSeenMs === null ? "" : minute(user.lastSeenMs);
      const cells = [nameOf(user), stateOf(user), may, seen, user.person.name];
      return user.isDisabled ? cells.map(dim) : cells;
    });
    out.asTheyAre(tableLines(columns, rows, out.view));
    return Exit.ok;
  });
}

export async function addUserOf(name: string, flags: AddFlags, context: Context): Promise<ExitCode> {
  const { title, administrator = false, grant = [] } = flags;
  return withState(flags, context, async (state) => {
    const user = {
      name,
      isAdministrator: administrator,
      grants: [...grant],
      ...(title === undefined ? {} : { title }),
    };
    const added = await deskOf(state, context).add(commandLine, user);
    return added.ok ? printLink(added.value, "is added and chooses a password", context) : fail(context, [added.error]);
  });
}

export async function linkUser(name: string, flags: UserFlags, context: Context): Promise<ExitCode> {
  return withState(flags, context, async (state) => {
    const made = await deskOf(state, context).link(commandLine, name);
    return made.ok ? printLink(made.value, "can choose a new password", context) : fail(context, [made.error]);
  });
}

export async function disableUser(name: string, flags: UserFlags, context: Context): Promise<ExitCode> {
  return withState(flags, context, async (state) => {
    const changed = await deskOf(state, context).change(commandLine, name, { isDisabled: true });
    if (!changed.ok) return fail(context, [changed.error]);
    context.err.line(text`${name} is disabled and signed out everywhere`);
    return Exit.ok;
  });
}

function deskOf(state: State, { io }: Context): UserDesk {
  return userDesk(state.decisions, everything, () => io.nowMs());
}

function printLink({ user, link }: UserLink, what: string, { out, err }: Context): ExitCode {
  out.document(`/sign-in/link#${link}\n`);
  err.line(text`${nameOf(user)} ${what} at this address of the server, once, within a week; it is not shown again`, 2);
  return Exit.ok;
}

function nameOf({ person }: UserView): string {
  return person.subject.replace(/^local:/, "");
}

function stateOf({ isDisabled, hasPassword }: UserView): "active" | "invited" | "disabled" {
  if (isDisabled) return "disabled";
  return hasPassword ? "active" : "invited";
}

function outputOf(users: readonly UserView[]): UsersOutput {
  return {
    schema: "postern/users/v1",
    users: users.map((user) => ({
      name: nameOf(user),
      title: user.person.name,
      state: stateOf(user),
      isAdministrator: user.isAdministrator,
      grants: [...user.grants],
      lastSeen: timeOutput(user.lastSeenMs ?? undefined),
    })),
  };
}
