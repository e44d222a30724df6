import { fail, ok, type Result } from "../../core/result.ts";
import type { AuditEntry } from "../audit/audit-log.ts";
import type { DeskFailure, DeskFailureKind, DeskResult } from "../desk/desk-failure.ts";
import type { Books, Decisions } from "../state/books.ts";
import type { User } from "../state/people.ts";
import type { NewUser, UserChange, UserLink, UserView } from "../wire/users.ts";
import { type Access, verbs } from "./access.ts";
import { makeLink } from "./local-sign-in.ts";
import { personOf, type Principal } from "./principal.ts";

/** The server's own users, for administrators of the server. */
export interface UserDesk {
  list(who: Principal): DeskResult<{ readonly items: readonly UserView[] }>;
  /** Who it is chooses a password by the link. */
  add(who: Principal, user: NewUser): DeskResult<UserLink>;
  /** Disabling ends their sessions; somebody who administers always stays. */
  change(who: Principal, name: string, change: UserChange): DeskResult<UserView>;
  /** For a forgotten password. */
  link(who: Principal, name: string): DeskResult<UserLink>;
}

export function userDesk(
  decisions: Pick<Decisions, "users" | "change">,
  access: Access,
  nowMs: () => number,
): UserDesk {
  const administering = async <T>(
    who: Principal,
    work: () => Promise<Result<T, DeskFailure>>,
  ): Promise<Result<T, DeskFailure>> => {
    if (await access.may(who, "administer", undefined)) return work();
    return refuse("forbidden", "access_administer", "only who administers the server may see and change its users");
  };
  const record = (who: Principal, kind: string, user: User): AuditEntry => ({
    atMs: nowMs(),
    kind: `access.${kind}`,
    subject: `person/${user.subject}`,
    actor: personOf(who),
    payload: {
      isAdministrator: user.isAdministrator,
      grants: user.grants.map(({ verb, where }) => `${verb} ${where}`),
      isDisabled: user.disabledAtMs !== undefined,
    },
  });

  return {
    list: (who) =>
      administering(who, async () => {
        const users = await decisions.users.all();
        return ok({ items: users.filter(({ subject }) => subject.startsWith("local:")).map(viewOf) });
      }),
    add: (who, { name, title, isAdministrator, grants }) =>
      administering(who, () =>
        decisions.change(async (books) => {
          const subject = `local:${name}`;
          if ((await books.users.bySubject(subject)) !== undefined) {
            return refuse("conflict", "access_user_exists", "there is a user of this name; change that one");
          }
          const user: User = {
            subject,
            name: title ?? name,
            passwordHash: undefined,
            isAdministrator,
            grants,
            createdAtMs: nowMs(),
            disabledAtMs: undefined,
            lastSeenMs: undefined,
          };
          await books.users.put(user);
          await books.audit.append([record(who, "user-added", user)]);
          return ok({ user: viewOf(user), link: await makeLink(books, subject, nowMs()) });
        }),
      ),
    change: (who, name, { isAdministrator, grants, isDisabled }) =>
      administering(who, () =>
        decisions.change(async (books) => {
          const user = await books.users.bySubject(`local:${name}`);
          if (user === undefined) return missing;
          const changed: User = {
            ...user,
            isAdministrator: isAdministrator ?? user.isAdministrator,
            grants: grants ?? user.grants,
            disabledAtMs: isDisabled === undefined ? user.disabledAtMs : isDisabled ? nowMs() : undefined,
          };
          if (isRuling(user) && !isRuling(changed) && !(await isRuledBesides(books, user))) {
            return refuse(
              "conflict",
              "access_last_administrator",
              "this is the last one who administers; make another first",
            );
          }
          await books.users.put(changed);
          if (changed.disabledAtMs !== undefined) await books.sessions.endAllOf(user.subject);
          await books.audit.append([record(who, "user-changed", changed)]);
          return ok(viewOf(changed));
        }),
      ),
    link: (who, name) =>
      administering(who, () =>
        decisions.change(async (books) => {
          const user = await books.users.bySubject(`local:${name}`);
          if (user === undefined) return missing;
          if (user.disabledAtMs !== undefined) {
            return refuse("conflict", "access_user_disabled", "this user is disabled, so a link would open nothing");
          }
          await books.audit.append([record(who, "user-link", user)]);
          return ok({ user: viewOf(user), link: await makeLink(books, user.subject, nowMs()) });
        }),
      ),
  };
}

const missing = refuse("not-found", "access_user_missing", "there is no user of this name");

function refuse(kind: DeskFailureKind, code: string, message: string): Result<never, DeskFailure> {
  return fail({ kind, code, message });
}

function isRuling({ isAdministrator, passwordHash, disabledAtMs }: User): boolean {
  return isAdministrator && passwordHash !== undefined && disabledAtMs === undefined;
}

async function isRuledBesides({ users }: Books, { subject }: User): Promise<boolean> {
  return (await users.all()).some((other) => other.subject !== subject && isRuling(other));
}

function viewOf(user: User): UserView {
  const { passwordHash, disabledAtMs, lastSeenMs, isAdministrator, grants } = user;
  return {
    person: { subject: user.subject, name: user.name },
    isAdministrator,
    grants: grants.flatMap(({ verb, where }) => {
      const known = verbs.find((each) => each === verb);
      return known === undefined ? [] : [{ verb: known, where }];
    }),
    hasPassword: passwordHash !== undefined,
    isDisabled: disabledAtMs !== undefined,
    lastSeenMs: lastSeenMs ?? null,
  };
}
