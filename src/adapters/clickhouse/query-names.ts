import type { NameQuery, StoredName } from "../../app/history/edge-store.ts";
import { nameOfRow } from "../../app/history/rows/answers.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import type { Reader } from "./client.ts";
import { ownerColumns } from "./edge-sql.ts";
import { ownersCondition } from "./scope.ts";

const dayMs = dayHours * hourMs;

/** Names by day; several sources that heard the same answer count once. */
export async function queryNames(
  reader: Reader,
  { window, name, address, limit, ...asked }: NameQuery,
): Promise<readonly StoredName[]> {
  if (window.fromMs >= window.toMs) return [];
  const owners = ownersCondition(asked);
  const conditions = [
    owners.sql,
    `day >= ${Math.floor(window.fromMs / dayMs)} AND day < ${Math.ceil(window.toMs / dayMs)}`,
    ...(name === undefined ? [] : ["name = {name:String}"]),
    ...(address === undefined ? [] : [`family = ${address.family} AND address = toUInt128('${address.value}')`]),
  ];
  const key = `${ownerColumns}, family, address, name, origin`;
  const rows = await reader.rows(
    `SELECT ${ownerColumns}, family, toString(address) AS address, name, origin, max(latest).2 AS chain, min(ttl) AS ttl,
       max(count) AS count, min(first_ms) AS first_ms, max(last_ms) AS last_ms
     FROM (
       SELECT ${key}, source, max(latest) AS latest, min(ttl) AS ttl, sum(count) AS count, min(first_ms) AS first_ms,
         max(last_ms) AS last_ms
       FROM ${reader.table("names_v1")} WHERE ${conditions.join(" AND ")} GROUP BY ${key}, source
     )
     GROUP BY ${key} ORDER BY name, family, address, ${ownerColumns}, origin LIMIT ${limit}`,
    { ...owners.parameters, ...(name === undefined ? {} : { name }) },
  );
  return rows.map(nameOfRow);
}
