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
import type { Client } from "./client.ts";

type Exported = Awaited<ReturnType<EdgeStore["exportParquet"]>>;
type ExportOptions = Parameters<EdgeStore["exportParquet"]>[2];

const words = (column: string, list: readonly string[]): string =>
  `list_extract([${list.map((word) => `'${word}'`).join(", ")}], ${column}::INTEGER + 1)`;
const time = (ms: string): string => `make_timestamp_ms(${ms})`;
const hourOf = `hour * ${hourMs}::BIGINT`;
const groups = [112, 96, 80, 64, 48, 32, 16, 0].map((shift) => `((address >> ${shift}) & 65535)::INTEGER`);
const octets = [24, 16, 8, 0].map((shift) => `((address >> ${shift}) & 255)::VARCHAR`);
/** IPv6 with all its digits: what reads addresses reads that too, and it sorts. */
const address = `CASE family WHEN 4 THEN concat_ws('.', ${octets.join(", ")})
  ELSE format('${groups.map(() => "{:04x}").join(":")}', ${groups.join(", ")}) END AS address`;
const owner = "o.cluster, o.namespace, o.kind AS workload_kind, o.name AS workload";

interface Table {
  readonly name: string;
  /** The hour of a row; files are cut by its day. */
  readonly hour: string;
  readonly from: string;
  readonly select: string;
}

const tables: readonly Table[] = [
  {
    name: "edges",
    hour: "hour",
    from: "all_edge_rows",
    select: `SELECT ${owner}, ${address}, nullif(prefix::INTEGER, ${noPrefix}) - 1 AS prefix_length, ${words("protocol", protocolCodes)} AS protocol,
      port, ${words("verdict", verdictCodes)} AS verdict, s.name AS source, ${time(hourOf)} AS hour, flows, bytes,
      ${time(`${hourOf} + first_ms`)} AS first_seen, ${time(`${hourOf} + last_ms`)} AS last_seen, decided_by
      FROM all_edge_rows r JOIN owners o ON o.id = r.owner JOIN sources s ON s.id = r.source`,
  },
  {
    name: "names",
    hour: `day * ${dayHours}`,
    from: "all_name_rows",
    select: `SELECT ${owner}, r.name, ${address}, ${words("origin", originCodes)} AS origin, s.name AS source, chain,
      ttl AS ttl_seconds, count, ${time("first_ms")} AS first_seen, ${time("last_ms")} AS last_seen
      FROM all_name_rows r JOIN owners o ON o.id = r.owner JOIN sources s ON s.id = r.source`,
  },
  {
    name: "coarse",
    hour: "hour",
    from: "coarse_rows",
    select: `SELECT ${owner}, destination, ${words("protocol", protocolCodes)} AS protocol, nullif(port, ${noPort}) AS port,
      ${words("verdict", verdictCodes)} AS verdict, s.name AS source, ${time(hourOf)} AS hour, flows, bytes
      FROM coarse_rows r JOIN owners o ON o.id = r.owner JOIN sources s ON s.id = r.source`,
  },
  {
    name: "health",
    hour: "hour",
    from: "health_rows",
    select: `SELECT r.cluster, observer, s.name AS source, ${time(hourOf)} AS hour, r.kind, state, message, records, malformed,
      lost, outages, dropped, received_bytes, sampling_max, ${time("last_arrival_ms")} AS last_arrival,
      lag_sum / lag_weight AS lag_mean_ms, lag_max AS lag_max_ms, ${time("reported_ms")} AS reported_at
      FROM health_rows r JOIN sources s ON s.id = r.source`,
  },
];

/** One file for each table and day, each written under another name first: what is there is whole. */
export async function exportParquet(
  client: Client,
  folder: string,
  window: Window,
  { onRows, signal }: ExportOptions,
): Promise<Exported> {
  await emptyFolder(folder);
  const range = `>= ${Math.floor(window.fromMs / hourMs)}`;
  const files: string[] = [];
  let rows = 0;
  for (const { name, hour, from, select } of tables) {
    const inWindow = `${hour} ${range} AND ${hour} < ${Math.ceil(window.toMs / hourMs)}`;
    const days = await client.read(
      async (snapshot) =>
        snapshot.rows(`SELECT DISTINCT (${hour}) // ${dayHours} AS day FROM ${from} WHERE ${inWindow} ORDER BY day`),
      signal,
    );
    for (const day of days.map((row) => row.number("day"))) {
      signal?.throwIfAborted();
      const file = exportFile(folder, name, day);
      const sql = `${select} WHERE ${inWindow} AND (${hour}) // ${dayHours} = ${day}`;
      rows += await copy(client, sql, file, signal);
      files.push(file);
      onRows?.(rows);
    }
  }
  return { files, rows };
}

async function copy(client: Client, select: string, file: string, signal: AbortSignal | undefined): Promise<number> {
  return writeWhole(file, signal, async (partial) =>
    client.read(async (snapshot) => {
      const to = partial.replaceAll("'", "''");
      const [row] = await snapshot.rows(`COPY (${select}) TO '${to}' (FORMAT parquet, COMPRESSION zstd)`);
      return row?.maybe("Count") ?? 0;
    }, signal),
  );
}
