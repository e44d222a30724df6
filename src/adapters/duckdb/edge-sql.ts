import { hourMs, nameReachMs, nameSlackMs } from "../../app/history/rows/codes.ts";
import { maxDecidersPerEdge } from "../../pipeline/flows/edge.ts";
import type { HourScope } from "./scope.ts";

/** What tells one edge from another, but its owner, in the order of edges. */
export const edgeColumns = "family, address, protocol, port, verdict, prefix";

/**
 * Counts of edges by hour, as a relation of `owner, …edge, hour, flows, bytes, first, last`: per source the rows add up, and
 * of several sources the largest count holds.
 */
export function countedHours(rows: string, { hour }: Pick<HourScope, "hour">): string {
  const key = `space, owner, ${edgeColumns}`;
  const times = `min(hour * ${hourMs}::BIGINT + first_ms) AS first, max(hour * ${hourMs}::BIGINT + last_ms) AS last`;
  return `
    SELECT ${key}, hour, max(flows) AS flows, max(bytes) AS bytes, min(first) AS first, max(last) AS last
    FROM (
      SELECT ${key}, counted_hour AS hour, sum(flows) AS flows, sum(bytes) AS bytes, ${times}
      FROM (SELECT *, ${hour} AS counted_hour FROM ${rows}) GROUP BY ${key}, source, counted_hour
    )
    GROUP BY ${key}, hour`;
}

/**
 * The first deciders of many rows, as texts: those of what was cut so before are those of the whole. NULL where there are
 * none.
 */
export const unitedDeciders = `list_sort(list_distinct(flatten(list(decided_by) FILTER (decided_by IS NOT NULL))))[1:${maxDecidersPerEdge}] AS decided_by`;

/**
 * Edges with everything but their order in JavaScript; `counted` as of {@link countedHours}, and `condition` what picks
 * all rows of its edges.
 */
export function edgesSql(counted: string, condition: string, order: string, limit: number): string {
  return `
    WITH counted AS (${counted}),
    edge AS (
      SELECT space, owner, ${edgeColumns}, sum(flows) AS flows, sum(bytes) AS bytes, min(first) AS first, max(last) AS last,
        list({ 'hour': hour, 'flows': flows }) AS activity
      FROM counted GROUP BY space, owner, ${edgeColumns}
    ),
    told AS (
      SELECT o.cluster, o.namespace, o.kind, o.name, e.*, row_number() OVER (ORDER BY ${order}) AS place
      FROM edge e JOIN owners o ON o.id = e.owner ORDER BY place LIMIT ${limit}
    ),
    named AS (
      SELECT place, list(DISTINCT n.name) AS names
      FROM told t JOIN all_name_rows n ON n.space = t.space AND n.owner = t.owner AND n.family = t.family AND n.address = t.address
      WHERE n.last_ms >= t.first - ${nameReachMs} AND n.first_ms <= t.last + ${nameSlackMs}
      GROUP BY place
    ),
    decided AS (
      SELECT place, ${unitedDeciders}
      FROM told JOIN (
        SELECT space, owner, ${edgeColumns}, decided_by FROM all_edge_rows WHERE ${condition} AND decided_by IS NOT NULL
      ) USING (space, owner, ${edgeColumns})
      GROUP BY place
    )
    SELECT told.* EXCLUDE (space, owner, place, activity), activity, names, decided_by
    FROM told LEFT JOIN named USING (place) LEFT JOIN decided USING (place) ORDER BY place`;
}

export const edgeOrder = "o.cluster, o.namespace, o.name, o.kind, family, address, protocol, port, verdict, prefix";
