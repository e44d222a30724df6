import { type Kysely, sql } from "kysely";
import type { ObserverArrival, ObserverRegistry } from "../../app/state/observers.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";
import { largerOf } from "./upsert.ts";

export function sqlObservers(database: Kysely<Schema>): ObserverRegistry {
  return {
    seen: async (arrivals) => {
      if (arrivals.length === 0) return;
      await database.transaction().execute(async (transaction) => {
        // Always in the same order, so that two collectors never wait for each other in a circle.
        for (const arrival of arrivals.toSorted(inArrivalOrder)) await note(transaction, arrival);
      });
    },
    observers: async () => {
      const rows = await database.selectFrom("observers").selectAll().execute();
      return rows.sort(inTextOrder("cluster", "observer")).map((row) => ({
        cluster: row.cluster,
        observer: row.observer,
        incarnation: row.incarnation,
        lastSequence: row.last_sequence,
        version: row.version,
        address: row.address,
        firstSeenMs: row.first_seen_ms,
        lastSeenMs: row.last_seen_ms,
        sharedAtMs: row.shared_at_ms ?? undefined,
      }));
    },
    clusters: async () => {
      const rows = await database.selectFrom("clusters").selectAll().execute();
      return rows.sort(inTextOrder("cluster")).map((row) => ({
        cluster: row.cluster,
        firstSeenMs: row.first_seen_ms,
        lastSeenMs: row.last_seen_ms,
      }));
    },
    forget: async (seenBeforeMs) => {
      await database.deleteFrom("observers").where("last_seen_ms", "<", seenBeforeMs).execute();
      await database.deleteFrom("clusters").where("last_seen_ms", "<", seenBeforeMs).execute();
    },
  };
}

const byName = inTextOrder("cluster", "observer");

function inArrivalOrder(a: ObserverArrival, b: ObserverArrival): number {
  return byName(a, b) || a.atMs - b.atMs;
}

async function note(database: Kysely<Schema>, arrival: ObserverArrival): Promise<void> {
  const { cluster, observer, incarnation, lastSequence, version, address, atMs, sharedAtMs } = arrival;
  await database
    .insertInto("clusters")
    .values({ cluster, first_seen_ms: atMs, last_seen_ms: atMs })
    .onConflict((conflict) =>
      conflict.column("cluster").doUpdateSet({ last_seen_ms: largerOf("clusters", "last_seen_ms") }),
    )
    .execute();
  // Sequences of two incarnations do not compare: a new one starts again.
  const sequence = sql<number>`case when observers.incarnation = excluded.incarnation
    and observers.last_sequence > excluded.last_sequence then observers.last_sequence else excluded.last_sequence end`;
  await database
    .insertInto("observers")
    .values({
      cluster,
      observer,
      incarnation,
      last_sequence: lastSequence,
      version,
      address,
      first_seen_ms: atMs,
      last_seen_ms: atMs,
      shared_at_ms: sharedAtMs ?? null,
    })
    .onConflict((conflict) =>
      conflict.columns(["cluster", "observer"]).doUpdateSet({
        incarnation,
        last_sequence: sequence,
        version,
        address,
        last_seen_ms: largerOf("observers", "last_seen_ms"),
        ...(sharedAtMs === undefined ? {} : { shared_at_ms: sharedAtMs }),
      }),
    )
    .execute();
}
