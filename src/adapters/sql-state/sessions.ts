import { z } from "zod";
import type { Principal } from "../../app/access/principal.ts";
import type { Session, SessionBook } from "../../app/state/people.ts";
import type { BooksDatabase } from "./books-database.ts";
import type { Schema } from "./schema.ts";

const principalShape = z.looseObject({
  subject: z.string(),
  name: z.string(),
  groups: z.array(z.string()),
  kubernetesUser: z.string().optional(),
});

export function sqlSessions({ kysely }: BooksDatabase): SessionBook {
  return {
    put: async (session) => {
      const { id_hash, ...rest } = rowOf(session);
      await kysely
        .insertInto("sessions")
        .values({ id_hash, ...rest })
        .onConflict((conflict) => conflict.column("id_hash").doUpdateSet(rest))
        .execute();
    },
    byIdHash: async (idHash) => {
      const row = await kysely.selectFrom("sessions").selectAll().where("id_hash", "=", idHash).executeTakeFirst();
      return row === undefined ? undefined : sessionOf(row);
    },
    touch: async (idHash, seenAtMs, expiresAtMs) => {
      await kysely
        .updateTable("sessions")
        .set({ seen_at_ms: seenAtMs, expires_at_ms: expiresAtMs })
        .where("id_hash", "=", idHash)
        .execute();
    },
    end: async (idHash) => {
      await kysely.deleteFrom("sessions").where("id_hash", "=", idHash).execute();
    },
    endAllOf: async (subject) => {
      await kysely.deleteFrom("sessions").where("subject", "=", subject).execute();
    },
    dropExpired: async (nowMs) => {
      const sessions = await kysely.deleteFrom("sessions").where("expires_at_ms", "<=", nowMs).executeTakeFirst();
      await kysely.deleteFrom("sign_in_links").where("until_ms", "<=", nowMs).execute();
      return Number(sessions.numDeletedRows);
    },
  };
}

function rowOf(session: Session): Schema["sessions"] {
  return {
    id_hash: session.idHash,
    subject: session.principal.subject,
    principal: JSON.stringify(session.principal),
    csrf: session.csrf,
    created_at_ms: session.createdAtMs,
    seen_at_ms: session.seenAtMs,
    expires_at_ms: session.expiresAtMs,
  };
}

function sessionOf(row: Schema["sessions"]): Session {
  const principal = principalShape.parse(JSON.parse(row.principal));
  return {
    idHash: row.id_hash,
    principal: { ...principal, kubernetesUser: principal.kubernetesUser } satisfies Principal,
    csrf: row.csrf,
    createdAtMs: row.created_at_ms,
    seenAtMs: row.seen_at_ms,
    expiresAtMs: row.expires_at_ms,
  };
}
