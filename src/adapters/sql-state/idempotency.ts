import type { IdempotencyBook } from "../../app/state/idempotency.ts";
import type { BooksDatabase } from "./books-database.ts";

export function sqlIdempotency({ kysely }: BooksDatabase): IdempotencyBook {
  return {
    begin: async (key, requestHash, nowMs, untilMs) => {
      const fresh = { request_hash: requestHash, status: null, body: null, until_ms: untilMs };
      const { numInsertedOrUpdatedRows } = await kysely
        .insertInto("idempotency_keys")
        .values({ idempotency_key: key, ...fresh })
        .onConflict((conflict) =>
          conflict.column("idempotency_key").doUpdateSet(fresh).where("idempotency_keys.until_ms", "<=", nowMs),
        )
        .executeTakeFirst();
      if ((numInsertedOrUpdatedRows ?? 0n) > 0n) return undefined;
      const row = await kysely
        .selectFrom("idempotency_keys")
        .selectAll()
        .where("idempotency_key", "=", key)
        .executeTakeFirst();
      // It was dropped in between: whoever asks may ask again.
      if (row === undefined) return { requestHash, answer: undefined };
      const { status, body, request_hash } = row;
      return { requestHash: request_hash, answer: status === null || body === null ? undefined : { status, body } };
    },
    hold: async (key, untilMs) => {
      await kysely
        .updateTable("idempotency_keys")
        .set({ until_ms: untilMs })
        .where("idempotency_key", "=", key)
        .where("status", "is", null)
        .execute();
    },
    finish: async (key, { status, body }, untilMs) => {
      await kysely
        .updateTable("idempotency_keys")
        .set({ status, body, until_ms: untilMs })
        .where("idempotency_key", "=", key)
        .execute();
    },
    forget: async (key) => {
      await kysely.deleteFrom("idempotency_keys").where("idempotency_key", "=", key).execute();
    },
    dropOld: async (nowMs) => {
      const dropped = await kysely.deleteFrom("idempotency_keys").where("until_ms", "<=", nowMs).executeTakeFirst();
      return Number(dropped.numDeletedRows);
    },
  };
}
