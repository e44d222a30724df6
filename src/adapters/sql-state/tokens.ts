import type { Kysely } from "kysely";
import { z } from "zod";
import { type StoredToken, type TokenBook, tokenScopes } from "../../app/state/tokens.ts";
import type { Schema } from "./schema.ts";

const clusterList = z.array(z.string());
const scopeList = z.array(z.enum(tokenScopes));

export function sqlTokens(database: Kysely<Schema>): TokenBook {
  return {
    add: async (token) => {
      await database.insertInto("tokens").values(rowOf(token)).execute();
    },
    byId: async (id) => {
      const row = await database.selectFrom("tokens").selectAll().where("id", "=", id).executeTakeFirst();
      return row === undefined ? undefined : tokenOf(row);
    },
    all: async () => {
      const rows = await database.selectFrom("tokens").selectAll().orderBy("created_at_ms").orderBy("id").execute();
      return rows.map(tokenOf);
    },
    revoke: async (id, atMs) => {
      const { numUpdatedRows } = await database
        .updateTable("tokens")
        .set((own) => ({ revoked_at_ms: own.fn.coalesce("revoked_at_ms", own.val(atMs)) }))
        .where("id", "=", id)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    used: async (id, atMs) => {
      await database
        .updateTable("tokens")
        .set({ last_used_at_ms: atMs })
        .where("id", "=", id)
        .where((own) => own.or([own("last_used_at_ms", "is", null), own("last_used_at_ms", "<", atMs)]))
        .execute();
    },
  };
}

function rowOf(token: StoredToken): Schema["tokens"] {
  return {
    id: token.id,
    label: token.label,
    secret_hash: token.secretHash,
    clusters: JSON.stringify(token.clusters),
    scopes: JSON.stringify(token.scopes),
    created_at_ms: token.createdAtMs,
    expires_at_ms: token.expiresAtMs ?? null,
    revoked_at_ms: token.revokedAtMs ?? null,
    last_used_at_ms: token.lastUsedAtMs ?? null,
  };
}

function tokenOf(row: Schema["tokens"]): StoredToken {
  return {
    id: row.id,
    label: row.label,
    secretHash: row.secret_hash,
    clusters: clusterList.parse(JSON.parse(row.clusters)),
    scopes: scopeList.parse(JSON.parse(row.scopes)),
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms ?? undefined,
    revokedAtMs: row.revoked_at_ms ?? undefined,
    lastUsedAtMs: row.last_used_at_ms ?? undefined,
  };
}
