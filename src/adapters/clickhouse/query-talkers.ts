import type { EdgeStore, Talker } from "../../app/history/edge-store.ts";
import { talkerOfRow } from "../../app/history/rows/answers.ts";
import type { Reader } from "./client.ts";
import { countedHours } from "./edge-sql.ts";
import { edgeRows, ownersCondition, rolledBefore } from "./scope.ts";

const groups = {
  workload: "cluster, namespace, kind, workload",
  namespace: "cluster, namespace",
  destination: "cluster, family, address",
} as const;

/** Who sends most, or what is called most; equal ones in the order of their names. */
export async function queryTalkers(
  reader: Reader,
  { cluster, window, of, by, limit }: Parameters<EdgeStore["topTalkers"]>[0],
): Promise<readonly Talker[]> {
  const owners = ownersCondition({ cluster });
  const group = groups[of];
  const rows = await reader.rows(
    `SELECT ${group.replace("address", "toString(address) AS address")}, sum(flows) AS flows, sum(bytes) AS bytes,
       uniqExact(family, address, prefix, protocol, port) AS destinations
     FROM (${countedHours(edgeRows(reader, window, await rolledBefore(reader), owners))})
     GROUP BY ${group} ORDER BY sum(${by}) DESC NULLS LAST, ${group} LIMIT ${limit}`,
    owners.parameters,
  );
  return rows.map((row) => talkerOfRow(row, of));
}
