import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import type { EdgeStore, Window } from "../../app/history/edge-store.ts";
import { emptyFolder, exportFile, writeWhole } from "../../app/history/export-folder.ts";
import {
  dayHours,
  hourMs,
  noPort,
  noPrefix,
  originCodes,
  protocolCodes,
  verdictCodes,
} from "../../app/history/rows/codes.ts";
import type { Reader } from "./client.ts";
import { edgeRows, hoursOf, rolledBefore } from "./scope.ts";

type Exported = Awaited<ReturnType<EdgeStore["exportParquet"]>>;

const words = (column: string, list: readonly string[]): string =>
  `[${list.map((word) => `'${word}'`).join(", ")}][${column} + 1] AS ${column}`;
const time = (ms: string, name: string): string => `fromUnixTimestamp64Milli(toInt64(${ms}), 'UTC') AS ${name}`;
/** IPv6 with all its digits: what reads addresses reads that too, and it sorts. */
const address = `if(family = 4, IPv4NumToString(toUInt32(address)),
  arrayStringConcat(arrayMap(i -> substring(leftPad(lower(hex(address)), 32, '0'), 1 + 4 * i, 4), range(8)), ':')) AS address_text`;
const owner = "cluster, namespace, kind AS workload_kind, workload";

/** One file for each table and day, each written under another name first: what is there is whole. */
export async function exportParquet(
  reader: Reader,
  folder: string,
  window: Window,
  { onRows, signal }: Parameters<EdgeStore["exportParquet"]>[2],
): Promise<Exported> {
  await emptyFolder(folder);
  const { from, to } = hoursOf(window);
  const rolled = await rolledBefore(reader);
  const inHours = `hour >= ${from} AND hour < ${to}`;
  const tables = [
    {
      name: "edges",
      hour: "hour",
      rows: edgeRows(reader, window, rolled, { sql: "1" }),
      select: `${owner}, ${address}, if(prefix = ${noPrefix}, NULL, prefix - 1) AS prefix_length, ${words("protocol", protocolCodes)},
        port, ${words("verdict", verdictCodes)}, source, ${time(`hour * ${hourMs}`, "hour_start")}, flows, bytes,
        ${time("first_ms", "first_seen")}, ${time("last_ms", "last_seen")}, decided_by`,
    },
    {
      name: "names",
      hour: `day * ${dayHours}`,
      rows: `(SELECT * FROM ${reader.table("names_v1")} WHERE day * ${dayHours} >= ${from} AND day * ${dayHours} < ${to})`,
      select: `${owner}, name, ${address}, ${words("origin", originCodes)}, source, latest.2 AS chain, ttl AS ttl_seconds, count,
        ${time("first_ms", "first_seen")}, ${time("last_ms", "last_seen")}`,
    },
    {
      name: "coarse",
      hour: "hour",
      rows: `(SELECT * FROM ${reader.table("coarse_v1")} WHERE ${inHours})`,
      select: `${owner}, destination, ${words("protocol", protocolCodes)}, if(port = ${noPort}, NULL, port) AS port_number,
        ${words("verdict", verdictCodes)}, source, ${time(`hour * ${hourMs}`, "hour_start")}, flows, bytes`,
    },
    {
      name: "health",
      hour: "hour",
      rows: `(SELECT * FROM ${reader.table("health_v1")} WHERE ${inHours})`,
      select: `cluster, observer, source, ${time(`hour * ${hourMs}`, "hour_start")}, latest.2 AS source_kind, latest.3 AS state,
        latest.4 AS message, records, malformed, lost, outages, dropped, received_bytes, sampling_max,
        lag_sum / lag_weight AS lag_mean_ms, lag_max AS lag_max_ms, ${time("latest.1", "reported_at")}`,
    },
  ];
  const files: string[] = [];
  let rows = 0;
  for (const { name, hour, rows: relation, select } of tables) {
    const days = await reader.rows(
      `SELECT intDiv(${hour}, ${dayHours}) AS day, count() AS rows FROM ${relation} GROUP BY day ORDER BY day`,
    );
    for (const own of days) {
      signal?.throwIfAborted();
      const day = own.number("day");
      const file = exportFile(folder, name, day);
      const query = `SELECT ${select} FROM ${relation} WHERE intDiv(${hour}, ${dayHours}) = ${day} FORMAT Parquet`;
      await writeWhole(file, signal, async (partial) =>
        pipeline(reader.bytes(query), createWriteStream(partial), signal === undefined ? {} : { signal }),
      );
      files.push(file);
      rows += own.number("rows");
      onRows?.(rows);
    }
  }
  return { files, rows };
}
