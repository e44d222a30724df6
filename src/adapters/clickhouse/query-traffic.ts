import { hourMs } from "../../app/history/rows/codes.ts";
import { keyOfGroup, sumOfRow } from "../../app/history/rows/traffic-sum.ts";
import type {
  TrafficGroup,
  TrafficGroupQuery,
  TrafficReader,
  TrafficSort,
  TrafficTimeQuery,
} from "../../app/history/traffic-reader.ts";
import type { Reader } from "./client.ts";
import { addressColumns, edgeColumns } from "./edge-sql.ts";
import { ownersOf, trafficRows } from "./traffic-rows.ts";

/** Names told of an address. */
const namesOfAddress = 8;

const parts: Readonly<Record<TrafficGroup, readonly string[]>> = {
  cluster: ["cluster"],
  namespace: ["cluster", "namespace"],
  workload: ["cluster", "namespace", "kind", "workload"],
  address: ["family", "address", "prefix"],
  name: ["name"],
  protocol: ["protocol"],
  port: ["protocol", "port"],
  verdict: ["verdict"],
};

const orders: Readonly<Record<TrafficSort, readonly string[]>> = {
  cluster: ["cluster"],
  namespace: ["namespace"],
  workload: ["workload"],
  address: ["family", "address"],
  name: ["name"],
  protocol: ["protocol"],
  port: ["port"],
  verdict: ["verdict"],
  flows: ["sum_flows"],
  bytes: ["sum_bytes"],
  destinations: ["destinations"],
  firstSeenMs: ["first"],
  lastSeenMs: ["last"],
};

/** One row for each group, in the order asked for; equal ones in the order of what they are grouped by. */
export async function querySums(
  reader: Reader,
  query: TrafficGroupQuery,
): Promise<Awaited<ReturnType<TrafficReader["sums"]>>> {
  const { sql, parameters } = await trafficRows(reader, query);
  const keys = [...new Set(query.by.flatMap((one) => parts[one]))];
  const direction = query.isDescending ? "DESC NULLS LAST" : "ASC NULLS LAST";
  const order = [...orders[query.sort].map((column) => `${column} ${direction}`), ...keys].join(", ");
  const grouped = `
    SELECT ${keys.join(", ")}, sum(flows) AS sum_flows, sum(bytes) AS sum_bytes, min(first_ms) AS first,
      max(last_ms) AS last, uniqExact(family, address, prefix, protocol, port) AS destinations
    FROM ${withNames(reader, `(${sql})`, keys.includes("name"))} GROUP BY ${keys.join(", ")}`;
  const shown = keys.map((key) => (key === "address" ? "toString(address) AS address" : key));
  const rows = await reader.rows(
    `SELECT ${shown.join(", ")}, sum_flows AS flows, sum_bytes AS bytes, first, last, destinations
     FROM (SELECT * FROM (${grouped}) ORDER BY ${order} LIMIT ${query.limit} OFFSET ${query.offset}) ORDER BY ${order}`,
    parameters,
  );
  const [counted] = await reader.rows(`SELECT count() AS total FROM (${grouped})`, parameters);
  const namesOf = query.by.includes("address") ? await namesOfAddresses(reader, query, rows.map(addressOf)) : undefined;
  return {
    rows: rows.map((row) => sumOfRow(row, query.by, namesOf)),
    total: counted?.number("total") ?? 0,
  };
}

/** Flows by bucket, of the largest groups and of the rest. */
export async function queryOverTime(
  reader: Reader,
  query: TrafficTimeQuery,
): Promise<Awaited<ReturnType<TrafficReader["overTime"]>>> {
  const { bucketHours, by, most, window } = query;
  const firstHour = bucketHours * Math.floor(window.fromMs / hourMs / bucketHours);
  const buckets = Math.max(1, Math.ceil((window.toMs / hourMs - firstHour) / bucketHours));
  const { sql, parameters } = await trafficRows(reader, query);
  const key = by === undefined ? "''" : parts[by].map((column) => `toString(${column})`).join(" || '/' || ");
  const rows = await reader.rows(
    `WITH bucketed AS (
       SELECT ${key} AS key, greatest(0, intDiv(toInt64(hour) - ${firstHour}, ${bucketHours})) AS bucket,
         sum(flows) AS sum_flows
       FROM ${withNames(reader, `(${sql})`, by === "name")} GROUP BY key, bucket
     ),
     largest AS (
       SELECT key AS large, sum(sum_flows) AS total FROM bucketed GROUP BY key ORDER BY total DESC, large LIMIT ${most}
     )
     SELECT told AS key, rank, bucket, sum(own) AS flows
     FROM (
       SELECT if(coalesce(l.total, 0) > 0, b.key, NULL) AS told, coalesce(l.total, 0) AS rank, b.bucket AS bucket,
         b.sum_flows AS own
       FROM bucketed b LEFT JOIN largest l ON b.key = l.large
     )
     GROUP BY told, rank, bucket ORDER BY rank DESC, told, bucket`,
    parameters,
  );
  const series = new Map<string | undefined, number[]>();
  for (const row of rows) {
    const text = row.maybeText("key");
    const own = text === undefined || by === undefined ? text : keyOfGroup(by, text);
    const flows = series.get(own) ?? Array.from({ length: buckets }, () => 0);
    series.set(own, flows);
    const bucket = Math.min(buckets - 1, row.number("bucket"));
    flows[bucket] = (flows[bucket] ?? 0) + row.number("flows");
  }
  return { firstHour, series: [...series].map(([own, flows]) => ({ key: own, flows })) };
}

function withNames(reader: Reader, edges: string, isWanted: boolean): string {
  if (!isWanted) return edges;
  const names = `SELECT DISTINCT ${addressColumns}, name FROM ${reader.table("names_v1")}`;
  return `(SELECT ${edgeColumns}, hour, flows, bytes, first_ms, last_ms, n.name AS name
    FROM ${edges} e LEFT JOIN (${names}) n USING (${addressColumns}))`;
}

function addressOf(row: { address(): { readonly family: number; readonly value: bigint } }): string {
  const { family, value } = row.address();
  return `(${family}, toUInt128('${value}'))`;
}

/** Names that the workloads of a row heard for its address, of those that the question is about. */
async function namesOfAddresses(
  reader: Reader,
  query: TrafficGroupQuery,
  addresses: readonly string[],
): Promise<((row: { text(column: string): string; number(column: string): number }) => readonly string[]) | undefined> {
  if (addresses.length === 0) return undefined;
  const { by } = query;
  const whose = ownersOf(query);
  const owners = ["cluster", "namespace", "workload"] as const;
  const own = [...new Set(owners.filter((one) => by.includes(one)).flatMap((one) => parts[one]))];
  const columns = [...own, "family", "toString(address) AS address"];
  const rows = await reader.rows(
    `SELECT ${columns.join(", ")}, arraySlice(arraySort(groupUniqArray(name)), 1, ${namesOfAddress}) AS names
     FROM ${reader.table("names_v1")} WHERE (family, address) IN (${[...new Set(addresses)].join(", ")}) AND ${whose.sql}
     GROUP BY ${[...own, "family", "address"].join(", ")}`,
    whose.parameters,
  );
  const keyOf = (row: { text(column: string): string; number(column: string): number }): string =>
    JSON.stringify([...own.map((column) => row.text(column)), row.number("family"), row.text("address")]);
  const names = new Map(rows.map((row) => [keyOf(row), row.list("names").map(String)]));
  return (row) => names.get(keyOf(row)) ?? [];
}
