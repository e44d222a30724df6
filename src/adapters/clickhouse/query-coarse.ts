import type { CoarseQuery, StoredCoarse } from "../../app/history/edge-store.ts";
import { coarseOfRow } from "../../app/history/rows/answers.ts";
import { dayHours } from "../../app/history/rows/codes.ts";
import type { Reader } from "./client.ts";
import { ownerColumns } from "./edge-sql.ts";
import { hoursOf, ownersCondition, rolledBefore } from "./scope.ts";

/** What sources told without addresses, source by source: what they count is not comparable. */
export async function queryCoarse(
  reader: Reader,
  { window, limit, per = "hour", ...asked }: CoarseQuery,
): Promise<readonly StoredCoarse[]> {
  const owners = ownersCondition(asked);
  const rolled = await rolledBefore(reader);
  const { from, to } = hoursOf(window);
  const key = `${ownerColumns}, destination, protocol, port, verdict, source`;
  const rows = await reader.rows(
    `SELECT ${key}, min(counted) AS counted_hour, max(counted) AS last_hour, sum(flows) AS flows, sum(bytes) AS bytes
     FROM (
       SELECT *, if(hour < ${rolled}, hour - hour % ${dayHours}, hour) AS counted,
         if(hour < ${rolled}, ${dayHours}, 1) AS span
       FROM ${reader.table("coarse_v1")} WHERE ${owners.sql}
     )
     WHERE counted < ${to} AND counted + span > ${from}
     GROUP BY ${per === "window" ? key : `${key}, counted`} ORDER BY ${key}, counted_hour LIMIT ${limit}`,
    owners.parameters,
  );
  return rows.map(coarseOfRow);
}
