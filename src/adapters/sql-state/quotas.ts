import type { Kysely } from "kysely";
import type { QuotaBook } from "../../app/state/quotas.ts";
import type { Schema } from "./schema.ts";
import { inTextOrder } from "./text-order.ts";

export function sqlQuotas(database: Kysely<Schema>): QuotaBook {
  return {
    all: async () => {
      const rows = await database.selectFrom("quotas").selectAll().execute();
      return rows.sort(inTextOrder("cluster")).map((row) => ({
        cluster: row.cluster,
        edgesPerHour: row.edges_per_hour ?? undefined,
        edgesPerDay: row.edges_per_day ?? undefined,
        bytesPerMinute: row.bytes_per_minute ?? undefined,
      }));
    },
    set: async (cluster, { edgesPerHour = null, edgesPerDay = null, bytesPerMinute = null }) => {
      const limits = { edges_per_hour: edgesPerHour, edges_per_day: edgesPerDay, bytes_per_minute: bytesPerMinute };
      await database
        .insertInto("quotas")
        .values({ cluster, ...limits })
        .onConflict((conflict) => conflict.column("cluster").doUpdateSet(limits))
        .execute();
    },
    remove: async (cluster) => {
      const { numDeletedRows } = await database.deleteFrom("quotas").where("cluster", "=", cluster).executeTakeFirst();
      return numDeletedRows > 0n;
    },
  };
}
