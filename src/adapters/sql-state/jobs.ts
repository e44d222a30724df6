import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { z } from "zod";
import type { JobBook, TakenJob } from "../../app/state/jobs.ts";
import { type BooksDatabase, inTransaction } from "./books-database.ts";
import { nextOf } from "./counters.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";

const json = z.json();

/**
 * A kind and key have one row: the job that waits or is held, and beside it the one that was put while it was held. So two processes never
 * work on one key at a time, and what was asked for meanwhile is done afterwards.
 */
export function sqlJobs(database: BooksDatabase): JobBook {
  const { kysely } = database;
  return {
    put: ({ kind, key, payload, runAtMs }) =>
      inTransaction(database, async (transaction) => {
        const text = JSON.stringify(payload ?? null);
        const id = await nextOf(transaction, "job");
        const isHeld = sql`jobs.lease is not null`;
        // As long as it is held it is not waiting, even when its time is over: it must be done once more before what comes next.
        await sql`
          insert into jobs (kind, job_key, id, payload, run_at_ms, attempts)
          values (${kind}, ${key}, ${id}, ${text}, ${runAtMs}, 0)
          on conflict (kind, job_key) do update set
            payload = case when ${isHeld} then jobs.payload else excluded.payload end,
            run_at_ms = case when ${isHeld} then jobs.run_at_ms else excluded.run_at_ms end,
            attempts = case when ${isHeld} then jobs.attempts else 0 end,
            failure = case when ${isHeld} then jobs.failure else null end,
            next_payload = case when ${isHeld} then excluded.payload else null end,
            next_run_at_ms = case when ${isHeld} then excluded.run_at_ms else null end`.execute(transaction.kysely);
      }),
    take: async (_owner, kinds, nowMs, leaseMs, limit) => {
      if (kinds.length === 0 || limit <= 0) return [];
      const lease = randomUUID();
      // Rows that another takes at this moment are passed over; SQLite has one writer at a time anyway.
      const skip = database.dialect === "postgres" ? sql`for update skip locked` : sql``;
      const { rows } = await sql<Schema["jobs"]>`
        update jobs set lease = ${lease}, leased_until_ms = ${nowMs + leaseMs}, attempts = attempts + 1
        where id in (
          select id from jobs
          where kind in (${sql.join(kinds)}) and run_at_ms <= ${nowMs}
            and (lease is null or leased_until_ms <= ${nowMs})
          order by run_at_ms, id limit ${limit} ${skip}
        )
        returning *`.execute(kysely);
      return rows.sort((a, b) => a.run_at_ms - b.run_at_ms || a.id - b.id).map((row) => takenOf(row, lease));
    },
    extend: async ({ id, lease }, untilMs) => {
      const { numUpdatedRows } = await kysely
        .updateTable("jobs")
        .set({ leased_until_ms: untilMs })
        .where("id", "=", id)
        .where("lease", "=", lease)
        .executeTakeFirst();
      return numUpdatedRows > 0n;
    },
    finish: (job) =>
      inTransaction(database, async (transaction) => {
        const { numDeletedRows } = await transaction.kysely
          .deleteFrom("jobs")
          .where("id", "=", job.id)
          .where("lease", "=", job.lease)
          .where("next_payload", "is", null)
          .executeTakeFirst();
        return numDeletedRows > 0n || goOnWithNext(transaction, job);
      }),
    again: (job, atMs, failure) =>
      inTransaction(database, async (transaction) => {
        // What was put meanwhile takes its place.
        if (await goOnWithNext(transaction, job)) return true;
        const { numUpdatedRows } = await transaction.kysely
          .updateTable("jobs")
          .set({ lease: null, leased_until_ms: null, run_at_ms: atMs, failure })
          .where("id", "=", job.id)
          .where("lease", "=", job.lease)
          .executeTakeFirst();
        return numUpdatedRows > 0n;
      }),
    waiting: async (kind) => {
      let jobs = kysely.selectFrom("jobs").selectAll();
      if (kind !== undefined) jobs = jobs.where("kind", "=", kind);
      const rows = await jobs.execute();
      return rows
        .sort((a, b) => a.run_at_ms - b.run_at_ms || byName(a, b))
        .map((row) => ({
          id: row.id,
          kind: row.kind,
          key: row.job_key,
          payload: json.parse(JSON.parse(row.payload)),
          runAtMs: row.run_at_ms,
          attempts: row.attempts,
          failure: row.failure ?? undefined,
          leasedUntilMs: row.leased_until_ms ?? undefined,
        }));
    },
  };
}

const byName = inTextOrder("kind", "job_key");

/** @returns false when nothing was put meanwhile, or the lease was lost */
async function goOnWithNext(database: BooksDatabase, { id, lease }: TakenJob): Promise<boolean> {
  const { numUpdatedRows } = await database.kysely
    .updateTable("jobs")
    .set({
      payload: sql<string>`next_payload`,
      run_at_ms: sql<number>`next_run_at_ms`,
      next_payload: null,
      next_run_at_ms: null,
      attempts: 0,
      failure: null,
      lease: null,
      leased_until_ms: null,
    })
    .where("id", "=", id)
    .where("lease", "=", lease)
    .where("next_payload", "is not", null)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

function takenOf(row: Schema["jobs"], lease: string): TakenJob {
  return {
    id: row.id,
    lease,
    kind: row.kind,
    key: row.job_key,
    payload: json.parse(JSON.parse(row.payload)),
    runAtMs: row.run_at_ms,
    attempt: row.attempts,
  };
}
