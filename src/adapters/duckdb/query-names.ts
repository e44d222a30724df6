import type { NameQuery, StoredName } from "../../app/history/edge-store.ts";
import { nameOfRow } from "../../app/history/rows/answers.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import type { Parameters } from "./rows-of.ts";
import { ownersCondition } from "./scope.ts";
import type { Snapshot } from "./snapshot.ts";

const dayMs = dayHours * hourMs;

/** Names by day; several sources that heard the same answer count once. */
export async function queryNames(
  snapshot: Snapshot,
  { window, name, address, limit, ...asked }: NameQuery,
): Promise<readonly StoredName[]> {
  const owners = await ownersCondition(snapshot, asked);
  if (owners === undefined || window.fromMs >= window.toMs) return [];
  const parameters: Parameters = {};
  const conditions = [
    owners,
    `day >= ${Math.floor(window.fromMs / dayMs)} AND day < ${Math.ceil(window.toMs / dayMs)}`,
  ];
  if (name !== undefined) {
    conditions.push("name = $name");
    Object.assign(parameters, { name });
  }
  if (address !== undefined) conditions.push(`family = ${address.family} AND address = ${address.value}::UHUGEINT`);
  const key = "owner, family, address, name, origin";
  const rows = await snapshot.rows(
    `
    SELECT o.cluster, o.namespace, o.kind, o.name AS workload, n.*
    FROM (
      SELECT ${key}, max(latest).chain AS chain, min(ttl) AS ttl, max(count) AS count, min(first) AS first_ms, max(last) AS last_ms
      FROM (
        SELECT ${key}, max({ 'last': last_ms, 'chain': chain }) AS latest, min(ttl) AS ttl, sum(count) AS count,
          min(first_ms) AS first, max(last_ms) AS last
        FROM all_name_rows WHERE ${conditions.join(" AND ")} GROUP BY ${key}, source
      )
      GROUP BY ${key}
    ) n JOIN owners o ON o.id = n.owner
    ORDER BY n.name, family, address, o.cluster, o.namespace, o.name, o.kind, origin LIMIT ${limit}`,
    parameters,
  );
  return rows.map(nameOfRow);
}
