import { type RawBuilder, sql } from "kysely";
import type { NamespaceRef } from "../../app/wire/list.ts";

/** Whether the row's cluster and namespace are one of these. */
export function isWithin(places: readonly NamespaceRef[]): RawBuilder<boolean> {
  if (places.length === 0) return sql<boolean>`1 = 0`;
  const rows = places.map(({ cluster, namespace }) => sql`(${cluster}, ${namespace})`);
  return sql<boolean>`(cluster, namespace) in (values ${sql.join(rows)})`;
}
