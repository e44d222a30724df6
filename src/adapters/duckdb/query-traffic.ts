import { hourMs } from "../../app/history/rows/codes.ts";
import { keyOfGroup, sumOfRow } from "../../app/history/rows/traffic-sum.ts";
import type {
  TrafficGroup,
  TrafficGroupQuery,
  TrafficReader,
  TrafficSort,
  TrafficTimeQuery,
} from "../../app/history/traffic-reader.ts";
import type { Snapshot } from "./snapshot.ts";
import { trafficRows } from "./traffic-rows.ts";

/** Names told of an address. */
const namesOfAddress = 8;

/** What a group is made of: expressions over `edge` (joined with owners as `o`), and the columns they become. */
const parts: Readonly<Record<TrafficGroup, readonly (readonly [column: string, expression: string])[]>> = {
  cluster: [["cluster", "o.cluster"]],
  namespace: [
    ["cluster", "o.cluster"],
    ["namespace", "o.namespace"],
  ],
  workload: [
    ["cluster", "o.cluster"],
    ["namespace", "o.namespace"],
    ["kind", "o.kind"],
    ["workload", "o.name"],
  ],
  address: [
    ["family", "family"],
    ["address", "address"],
    ["prefix", "prefix"],
  ],
  name: [["name", "coalesce(n.name, '')"]],
  protocol: [["protocol", "protocol"]],
  port: [
    ["protocol", "protocol"],
    ["port", "port"],
  ],
  verdict: [["verdict", "verdict"]],
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
  flows: ["flows"],
  bytes: ["bytes"],
  destinations: ["destinations"],
  firstSeenMs: ["first"],
  lastSeenMs: ["last"],
};

/** One row for each group, in the order asked for; equal ones in the order of what they are grouped by. */
export async function querySums(
  snapshot: Snapshot,
  query: TrafficGroupQuery,
): Promise<Awaited<ReturnType<TrafficReader["sums"]>>> {
  const found = await trafficRows(snapshot, query);
  if (found === undefined) return { rows: [], total: 0 };
  const columns = columnsOf(query.by);
  const keys = [...columns.keys()];
  const direction = query.isDescending ? "DESC NULLS LAST" : "ASC NULLS LAST";
  const order = [...orders[query.sort].map((column) => `${column} ${direction}`), ...keys].join(", ");
  const grouped = `
    WITH edge AS (${found.counted}),
    grouped AS (
      SELECT ${[...columns].map(([column, expression]) => `${expression} AS ${column}`).join(", ")},
        sum(flows) AS flows, sum(bytes) AS bytes, min(first) AS first, max(last) AS last,
        ${isEdge(query.by) ? "1" : "count(DISTINCT hash(edge.family, edge.address, prefix, protocol, port))"} AS destinations
      FROM edge ${joins(columns)} GROUP BY ${keys.map((_, i) => String(i + 1)).join(", ")}
    ),
    page AS (SELECT * FROM grouped ORDER BY ${order} LIMIT ${query.limit} OFFSET ${query.offset})`;
  const withNames = query.by.includes("address")
    ? `SELECT page.*, (
        SELECT list_sort(list(DISTINCT name))[1:${namesOfAddress}] FROM all_name_rows n
        WHERE n.family = page.family AND n.address = page.address ${namesOf(columns, found.whose)}
      ) AS names, (SELECT count(*) FROM grouped) AS total FROM page ORDER BY ${order}`
    : `SELECT *, (SELECT count(*) FROM grouped) AS total FROM page ORDER BY ${order}`;
  const rows = await snapshot.rows(`${grouped} ${withNames}`, found.parameters);
  const [first] = rows;
  if (first === undefined && query.offset > 0) {
    const [counted] = await snapshot.rows(`${grouped} SELECT count(*) AS total FROM grouped`, found.parameters);
    return { rows: [], total: counted?.number("total") ?? 0 };
  }
  return { rows: rows.map((row) => sumOfRow(row, query.by)), total: first?.number("total") ?? 0 };
}

/** Flows by bucket, of the largest groups and of the rest. */
export async function queryOverTime(
  snapshot: Snapshot,
  query: TrafficTimeQuery,
): Promise<Awaited<ReturnType<TrafficReader["overTime"]>>> {
  const { bucketHours, by, most, window } = query;
  const firstHour = bucketHours * Math.floor(window.fromMs / hourMs / bucketHours);
  const buckets = Math.max(1, Math.ceil((window.toMs / hourMs - firstHour) / bucketHours));
  const found = await trafficRows(snapshot, query);
  if (found === undefined) return { firstHour, series: [] };
  const columns = columnsOf(by === undefined ? [] : [by]);
  const key = by === undefined ? "''" : [...columns.values()].map((one) => `(${one})::VARCHAR`).join(" || '/' || ");
  const rows = await snapshot.rows(
    `WITH bucketed AS (
       SELECT ${key} AS key, greatest(0, (hour - ${firstHour}) // ${bucketHours}) AS bucket, sum(flows) AS flows
       FROM (${found.counted}) edge ${joins(columns)} GROUP BY 1, 2
     ),
     largest AS (SELECT key, sum(flows) AS total FROM bucketed GROUP BY key ORDER BY total DESC, key LIMIT ${most})
     SELECT l.key AS key, coalesce(l.total, -1) AS total, bucket, sum(b.flows) AS flows
     FROM bucketed b LEFT JOIN largest l USING (key) GROUP BY ALL ORDER BY total DESC, key, bucket`,
    found.parameters,
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

function columnsOf(by: readonly TrafficGroup[]): ReadonlyMap<string, string> {
  return new Map(by.flatMap((one) => parts[one]));
}

/** Whether rows are edges, so that each has one destination. */
function isEdge(by: readonly TrafficGroup[]): boolean {
  return by.includes("address") && by.includes("port") && !by.includes("name");
}

function joins(columns: ReadonlyMap<string, string>): string {
  const owners = [...columns.values()].some((expression) => expression.startsWith("o."));
  const names = columns.has("name");
  return [
    owners ? "JOIN owners o ON o.id = edge.owner" : "",
    names
      ? `LEFT JOIN (SELECT DISTINCT space, owner, family, address, name FROM all_name_rows) n
           ON n.space = edge.space AND n.owner = edge.owner AND n.family = edge.family AND n.address = edge.address`
      : "",
  ].join(" ");
}

/** Names that were heard by those whose rows these are; as far as a row has an owner, by its own. */
function namesOf(columns: ReadonlyMap<string, string>, whose: string | undefined): string {
  const heard = whose === undefined ? "" : `AND (${whose})`;
  const own = ["cluster", "namespace", "kind"].filter((column) => columns.has(column));
  if (own.length === 0) return heard;
  const same = own.map((column) => `own.${column} = page.${column}`);
  if (columns.has("workload")) same.push("own.name = page.workload");
  return `${heard} AND n.owner IN (SELECT id FROM owners own WHERE ${same.join(" AND ")})`;
}
