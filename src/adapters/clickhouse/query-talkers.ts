import type { EdgeStore, Talker } from "../../app/history/edge-store.ts";
import { talkerOfRow } from "../../app/history/rows/answers.ts";
import type { Client } from "./client.ts";
import { countedHours } from "./edge-sql.ts";
import { edgeRows, ownersCondition, rolledBefore } from "./scope.ts";

const groups = {
  workload: "cluster, namespace, kind, workload",
  namespace: "cluster, namespace",
  destination: "cluster, family, address",
} as const;

/** Who sends most, or what is called most; equal ones in the order of their names. */
export async function queryTalkers(
  client: Client,
  { cluster, window, of, by, limit }: Parameters<EdgeStore["topTalkers"]>[0],
): Promise<readonly Talker[]> {
  const owners = ownersCondition({ cluster });
  const group = groups[of];
  const rows = await client.rows(
    `SELECT ${group.replace("address", "toString(address) AS address")}, sum(flows) AS flows, sum(bytes) AS bytes,
       uniqExact(family, address, prefix, protocol, port) AS destinations
     FROM (${countedHours(edgeRows(client, window, await rolledBefore(client), owners))})
     GROUP BY ${group} ORDER BY sum(${by}) DESC NULLS LAST, ${group} LIMIT ${limit}`,
    owners.parameters,
  );
  return rows.map((row) => talkerOfRow(row, of));
}
