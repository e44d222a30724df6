import { sql } from "kysely";
import { z } from "zod";
import type { User, UserBook } from "../../app/state/people.ts";
import type { BooksDatabase } from "./books-database.ts";
import type { Schema } from "./schema.ts";

const grantList = z.array(z.object({ verb: z.string(), where: z.string() }));

export function sqlUsers({ kysely }: BooksDatabase): UserBook {
  return {
    put: async (user) => {
      const { subject, ...rest } = rowOf(user);
      await kysely
        .insertInto("users")
        .values({ subject, ...rest })
        .onConflict((conflict) => conflict.column("subject").doUpdateSet(rest))
        .execute();
    },
    bySubject: async (subject) => {
      const row = await kysely.selectFrom("users").selectAll().where("subject", "=", subject).executeTakeFirst();
      return row === undefined ? undefined : userOf(row);
    },
    all: async () => {
      const rows = await kysely.selectFrom("users").selectAll().orderBy("created_at_ms").orderBy("subject").execute();
      return rows.map(userOf);
    },
    seen: async (subject, atMs) => {
      await kysely
        .updateTable("users")
        .set({ last_seen_ms: atMs })
        .where("subject", "=", subject)
        .where((own) => own.or([own("last_seen_ms", "is", null), own("last_seen_ms", "<", atMs)]))
        .execute();
    },
    putLink: async (secretHash, subject, untilMs) => {
      await kysely
        .insertInto("sign_in_links")
        .values({ secret_hash: secretHash, subject, until_ms: untilMs })
        .onConflict((conflict) => conflict.column("secret_hash").doUpdateSet({ subject, until_ms: untilMs }))
        .execute();
    },
    useLink: async (secretHash, nowMs) => {
      // Taking it away is what uses it: of two that try, one gets the row.
      const { rows } = await sql<Pick<Schema["sign_in_links"], "subject" | "until_ms">>`
        delete from sign_in_links where secret_hash = ${secretHash} returning subject, until_ms`.execute(kysely);
      const [row] = rows;
      return row !== undefined && row.until_ms > nowMs ? row.subject : undefined;
    },
  };
}

function rowOf(user: User): Schema["users"] {
  return {
    subject: user.subject,
    name: user.name,
    password_hash: user.passwordHash ?? null,
    is_administrator: user.isAdministrator ? 1 : 0,
    grants: JSON.stringify(user.grants),
    created_at_ms: user.createdAtMs,
    disabled_at_ms: user.disabledAtMs ?? null,
    last_seen_ms: user.lastSeenMs ?? null,
  };
}

function userOf(row: Schema["users"]): User {
  return {
    subject: row.subject,
    name: row.name,
    passwordHash: row.password_hash ?? undefined,
    isAdministrator: row.is_administrator !== 0,
    grants: grantList.parse(JSON.parse(row.grants)),
    createdAtMs: row.created_at_ms,
    disabledAtMs: row.disabled_at_ms ?? undefined,
    lastSeenMs: row.last_seen_ms ?? undefined,
  };
}
