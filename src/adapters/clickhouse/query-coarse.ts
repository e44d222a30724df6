import type { EdgeQuery, StoredCoarse } from "../../app/history/edge-store.ts";
import type { Client } from "./client.ts";
import { dayHours, noPort, noProtocol, protocolCodes, verdictCodes } from "./codes.ts";
import { ownerColumns } from "./edge-sql.ts";
import { hoursOf, ownersCondition, rolledBefore } from "./scope.ts";

/** What sources told without addresses, source by source: what they count is not comparable. */
export async function queryCoarse(
  client: Client,
  { window, limit, ...asked }: EdgeQuery,
): Promise<readonly StoredCoarse[]> {
  const owners = ownersCondition(asked);
  const rolled = await rolledBefore(client);
  const { from, to } = hoursOf(window);
  const key = `${ownerColumns}, destination, protocol, port, verdict, source, at`;
  const rows = await client.rows(
    `SELECT ${key}, sum(flows) AS flows, sum(bytes) AS bytes
     FROM (
       SELECT *, if(hour < ${rolled}, hour - hour % ${dayHours}, hour) AS at,
         if(hour < ${rolled}, ${dayHours}, 1) AS span
       FROM ${client.table("coarse_v1")} WHERE ${owners.sql}
     )
     WHERE at < ${to} AND at + span > ${from} GROUP BY ${key} ORDER BY ${key} LIMIT ${limit}`,
    owners.parameters,
  );
  return rows.map((row) => {
    const [protocol, port] = [row.number("protocol"), row.number("port")];
    return {
      cluster: row.text("cluster"),
      namespace: row.text("namespace"),
      workload: { kind: row.text("kind"), name: row.text("workload") },
      source: row.text("source"),
      destination: row.text("destination"),
      protocol: protocol === noProtocol ? undefined : (protocolCodes[protocol] ?? "other"),
      port: port === noPort ? undefined : port,
      verdict: verdictCodes[row.number("verdict")] ?? "seen",
      hour: row.number("at"),
      flows: row.maybe("flows"),
      bytes: row.maybe("bytes"),
    };
  });
}
