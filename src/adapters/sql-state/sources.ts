import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type {
  LedgerRow,
  ReportedMinute,
  SourceKey,
  SourceLedger,
  SourceMinute,
  SourceSums,
} from "../../app/state/sources.ts";
import type { SourceState } from "../../pipeline/flows/sealed-batch.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";
import { largerOf, sumOf } from "./upsert.ts";

const byName = inTextOrder("cluster", "observer", "source");
const dayMs = 86_400_000;

export function sqlSources(database: Kysely<Schema>): SourceLedger {
  return {
    add: async (minutes) => {
      if (minutes.length === 0) return;
      await database.transaction().execute(async (transaction) => {
        // Always in the same order, so that two collectors never wait for each other in a circle.
        for (const minute of minutes.toSorted(byName)) {
          await addStanding(transaction, minute);
          await addMinute(transaction, minute);
        }
      });
    },
    since: (minute) => since(database, minute),
    minutesOf: (sources, minute) => minutesOf(database, sources, minute),
    forget: async (minute, reportedBeforeMs) => {
      await database.transaction().execute(async (transaction) => {
        await transaction.deleteFrom("source_minutes").where("minute", "<", minute).execute();
        await transaction.deleteFrom("source_left_out").where("minute", "<", minute).execute();
        await transaction.deleteFrom("source_standings").where("reported_at_ms", "<", reportedBeforeMs).execute();
      });
    },
  };
}

async function addStanding(transaction: Transaction<Schema>, added: SourceMinute): Promise<void> {
  const { cluster, observer, source, standing } = added;
  const own = {
    kind: standing.kind,
    state: standing.state,
    message: standing.message,
    sampling_max: standing.samplingMax,
    reported_at_ms: standing.reportedAtMs,
  };
  const arrival = standing.lastArrivalMs ?? null;
  const first = standing.reportedAtMs;
  await transaction
    .insertInto("source_standings")
    .values({ cluster, observer, source, ...own, last_arrival_ms: arrival, first_reported_ms: first })
    .onConflict((conflict) =>
      conflict
        .columns(["cluster", "observer", "source"])
        // A report without arrivals does not undo an earlier arrival.
        .doUpdateSet({
          ...own,
          last_arrival_ms: sql`coalesce(excluded.last_arrival_ms, source_standings.last_arrival_ms)`,
        })
        // A report from far ahead was written by a clock that was wrong; it must not stand until that time comes.
        .where((stored) =>
          stored.or([
            stored("source_standings.reported_at_ms", "<=", standing.reportedAtMs),
            stored("source_standings.reported_at_ms", ">", standing.reportedAtMs + dayMs),
          ]),
        ),
    )
    .execute();
}

async function addMinute(transaction: Transaction<Schema>, added: SourceMinute): Promise<void> {
  const { cluster, observer, source, minute, sums, lag } = added;
  const key = { cluster, observer, source, minute };
  const sum = (column: string) => sumOf("source_minutes", column);
  await transaction
    .insertInto("source_minutes")
    .values({
      ...key,
      records: sums.records,
      malformed: sums.malformed,
      lost: sums.lost,
      outages: sums.outages,
      dropped: sums.dropped,
      received_bytes: sums.receivedBytes,
      lag_weighted_ms: lag.weightedMs,
      lag_weight: lag.weight,
      lag_max_ms: lag.maxMs,
    })
    .onConflict((conflict) =>
      conflict.columns(["cluster", "observer", "source", "minute"]).doUpdateSet({
        records: sum("records"),
        malformed: sum("malformed"),
        lost: sum("lost"),
        outages: sum("outages"),
        dropped: sum("dropped"),
        received_bytes: sum("received_bytes"),
        lag_weighted_ms: sum("lag_weighted_ms"),
        lag_weight: sum("lag_weight"),
        lag_max_ms: largerOf("source_minutes", "lag_max_ms"),
      }),
    )
    .execute();
  for (const [reason, flows] of Object.entries(sums.leftOut)) {
    await transaction
      .insertInto("source_left_out")
      .values({ ...key, reason, flows })
      .onConflict((conflict) =>
        conflict
          .columns(["cluster", "observer", "source", "minute", "reason"])
          .doUpdateSet({ flows: sumOf("source_left_out", "flows") }),
      )
      .execute();
  }
}

async function since(database: Kysely<Schema>, minute: number): Promise<readonly LedgerRow[]> {
  const standings = await database.selectFrom("source_standings").selectAll().execute();
  const summed = await database
    .selectFrom("source_minutes")
    .where("minute", ">=", minute)
    .groupBy(["cluster", "observer", "source"])
    .select(({ fn }) => [
      "cluster",
      "observer",
      "source",
      total("records").as("records"),
      total("malformed").as("malformed"),
      total("lost").as("lost"),
      total("outages").as("outages"),
      total("dropped").as("dropped"),
      total("received_bytes").as("received_bytes"),
      fn.sum<number>("lag_weighted_ms").as("lag_weighted_ms"),
      fn.sum<number>("lag_weight").as("lag_weight"),
      fn.max("lag_max_ms").as("lag_max_ms"),
    ])
    .execute();
  const reasons = await database
    .selectFrom("source_left_out")
    .where("minute", ">=", minute)
    .groupBy(["cluster", "observer", "source", "reason"])
    .select(["cluster", "observer", "source", "reason", total("flows").as("flows")])
    .execute();
  const sumsOfSource = new Map(summed.map((row) => [keyOf(row), row]));
  const reasonsOfSource = Map.groupBy(reasons, keyOf);
  return standings.sort(byName).map((row): LedgerRow => {
    const sums = sumsOfSource.get(keyOf(row));
    const leftOut = (reasonsOfSource.get(keyOf(row)) ?? []).map(({ reason, flows }) => [reason, flows] as const);
    return {
      cluster: row.cluster,
      observer: row.observer,
      source: row.source,
      standing: {
        kind: row.kind,
        state: row.state as SourceState,
        message: row.message,
        samplingMax: row.sampling_max,
        lastArrivalMs: row.last_arrival_ms ?? undefined,
        reportedAtMs: row.reported_at_ms,
      },
      sums: sumsOf(sums, Object.fromEntries(leftOut)),
      lag: {
        weightedMs: sums?.lag_weighted_ms ?? 0,
        weight: sums?.lag_weight ?? 0,
        maxMs: sums?.lag_max_ms ?? 0,
      },
      firstReportedMs: row.first_reported_ms,
    };
  });
}

/** Conditions of one question; databases bound how many there may be. */
const mostAtOnce = 100;

async function minutesOf(
  database: Kysely<Schema>,
  sources: readonly SourceKey[],
  minute: number,
): Promise<readonly ReportedMinute[]> {
  const found: ReportedMinute[] = [];
  for (let start = 0; start < sources.length; start += mostAtOnce) {
    const some = sources.slice(start, start + mostAtOnce);
    const rows = await database
      .selectFrom("source_minutes")
      .select(["cluster", "observer", "source", "minute", "records", "lost", "dropped"])
      .select(["lag_weighted_ms", "lag_weight"])
      .where((row) =>
        row.or(
          some.map(({ cluster, observer, source }) =>
            row.and([
              row("cluster", "=", cluster),
              row("observer", "=", observer),
              row("source", "=", source),
              row("minute", ">=", minute),
            ]),
          ),
        ),
      )
      .orderBy("minute")
      .execute();
    for (const { lost, dropped, lag_weighted_ms: sum, lag_weight: weight, ...row } of rows) {
      found.push({ ...row, missing: lost + dropped, lagMs: weight === 0 ? undefined : sum / weight });
    }
  }
  return found;
}

/** As a double: a sum of whole numbers may be one that the database, or this program, has no room for. */
function total(column: string): RawBuilder<number> {
  const most = sql.lit(Number.MAX_SAFE_INTEGER);
  const sum = sql`sum(cast(${sql.ref(column)} as double precision))`;
  return sql`case when ${sum} > ${most} then ${most} else ${sum} end`;
}

type SummedRow = Pick<
  Schema["source_minutes"],
  "records" | "malformed" | "lost" | "outages" | "dropped" | "received_bytes"
>;

function sumsOf(row: SummedRow | undefined, leftOut: SourceSums["leftOut"]): SourceSums {
  return {
    records: row?.records ?? 0,
    malformed: row?.malformed ?? 0,
    lost: row?.lost ?? 0,
    outages: row?.outages ?? 0,
    dropped: row?.dropped ?? 0,
    receivedBytes: row?.received_bytes ?? 0,
    leftOut,
  };
}

function keyOf({ cluster, observer, source }: Readonly<Record<"cluster" | "observer" | "source", string>>): string {
  return JSON.stringify([cluster, observer, source]);
}
