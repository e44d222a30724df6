import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import { edgeColumns, unitedDeciders } from "./edge-sql.ts";

/** A table whose rows belong to hours, and how rows of the same key become one. */
export interface DayTable {
  readonly name: string;
  /** Where its rows come first; undefined where they come into the table itself. */
  readonly tail: string | undefined;
  /** Whether its rows have owners, by which many can be taken a part at a time. */
  readonly hasOwners: boolean;
  /** The hour of a row. */
  readonly hour: string;
  /** Whether its hours become days. */
  readonly rolls: boolean;
  /**
   * Rows as they should be, in order; `rows` is a relation, `day` the hour that all rows are to have, undefined where they
   * keep their own.
   */
  readonly inOrder: (rows: string, day: number | undefined) => string;
}

const edgeKey = `space, owner, ${edgeColumns}, source`;
const coarseKey = "space, owner, destination, protocol, port, verdict, source";
const nameKey = "space, owner, family, address, name, origin, source, day";
const sourceKey = "cluster, observer, source, hour";

export const dayTables: readonly DayTable[] = [
  {
    name: "edge_rows",
    tail: "edge_tail",
    hasOwners: true,
    hour: "hour",
    rolls: true,
    inOrder: (rows, day) => {
      const later = day === undefined ? "0" : `(hour - ${day}) * ${hourMs}`;
      return `SELECT ${edgeKey}, counted AS hour, sum(flows) AS flows, sum(bytes) AS bytes,
          min(${later} + first_ms) AS first_ms, max(${later} + last_ms) AS last_ms,
          ${unitedDeciders}
        FROM (SELECT *, ${day ?? "hour"} AS counted FROM ${rows}) GROUP BY ${edgeKey}, counted ORDER BY ${edgeKey}, counted`;
    },
  },
  {
    name: "coarse_rows",
    tail: undefined,
    hasOwners: true,
    hour: "hour",
    rolls: true,
    inOrder: (rows, day) =>
      `SELECT ${coarseKey}, counted AS hour, sum(flows) AS flows, sum(bytes) AS bytes
       FROM (SELECT *, ${day ?? "hour"} AS counted FROM ${rows})
       GROUP BY ${coarseKey}, counted ORDER BY ${coarseKey}, counted`,
  },
  {
    name: "name_rows",
    tail: "name_tail",
    hasOwners: true,
    hour: `day * ${dayHours}`,
    rolls: false,
    inOrder: (rows) =>
      `SELECT ${nameKey}, max({ 'last': last_ms, 'chain': chain }).chain AS chain, min(ttl) AS ttl, sum(count) AS count,
         min(first_ms) AS first_ms, max(last_ms) AS last_ms
       FROM ${rows} GROUP BY ${nameKey} ORDER BY ${nameKey}`,
  },
  {
    name: "health_rows",
    tail: undefined,
    hasOwners: false,
    hour: "hour",
    rolls: false,
    inOrder: (rows) =>
      `SELECT * EXCLUDE (latest), latest.kind AS kind, latest.state AS state, latest.message AS message,
         latest.at AS reported_ms
       FROM (
         SELECT ${sourceKey}, max({ 'at': reported_ms, 'kind': kind, 'state': state, 'message': message }) AS latest,
           sum(records) AS records, sum(malformed) AS malformed, sum(lost) AS lost, sum(outages) AS outages,
           sum(dropped) AS dropped, sum(received_bytes) AS received_bytes, max(sampling_max) AS sampling_max,
           max(last_arrival_ms) AS last_arrival_ms, sum(lag_sum) AS lag_sum, sum(lag_weight) AS lag_weight,
           max(lag_max) AS lag_max
         FROM ${rows} GROUP BY ${sourceKey}
       ) ORDER BY ${sourceKey}`,
  },
  {
    name: "left_out_rows",
    tail: undefined,
    hasOwners: false,
    hour: "hour",
    rolls: false,
    inOrder: (rows) =>
      `SELECT ${sourceKey}, reason, sum(flows) AS flows FROM ${rows} GROUP BY ${sourceKey}, reason ORDER BY ${sourceKey}, reason`,
  },
];
