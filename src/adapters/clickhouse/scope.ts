import type { Window } from "../../app/history/edge-store.ts";
import { dayHours, hourMs, nameReachMs } from "../../app/history/rows/codes.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { QueryParameters, Reader } from "./client.ts";
import { addressColumns } from "./edge-sql.ts";

const dayMs = dayHours * hourMs;

/** A condition with the values it names. */
export interface Condition {
  readonly sql: string;
  readonly parameters: QueryParameters;
}

/** Rows of the workloads that a question is about. */
export function ownersCondition(asked: {
  readonly cluster: string | undefined;
  readonly namespace?: string | undefined;
  readonly workload?: Workload;
}): Condition {
  const { cluster, namespace, workload } = asked;
  const wanted = { cluster, namespace, kind: workload?.kind, workload: workload?.name };
  const parameters: QueryParameters = {};
  const conditions = Object.entries(wanted).flatMap(([column, value]) => {
    if (value === undefined) return [];
    parameters[`own_${column}`] = value;
    return [`${column} = {own_${column}:String}`];
  });
  return { sql: conditions.length === 0 ? "1" : conditions.join(" AND "), parameters };
}

/** Hours before this one are answered from days. */
export async function rolledBefore(reader: Reader): Promise<number> {
  const [row] = await reader.rows(
    `SELECT max(hour) AS hour FROM ${reader.table("boundaries_v1")} WHERE name = 'rolled_before'`,
  );
  return row?.number("hour") ?? 0;
}

/** Hours and rolled-up days that overlap a window, as a relation of the columns of `edges_per_hour_v1`. */
export function edgeRows(reader: Reader, window: Window, rolled: number, { sql }: Pick<Condition, "sql">): string {
  const { from, to } = hoursOf(window);
  const days = `hour < ${rolled} AND hour >= ${from - (from % dayHours)} AND hour < ${to}`;
  return `(
    SELECT * FROM ${reader.table("edges_per_hour_v1")} WHERE ${sql} AND hour >= ${Math.max(rolled, from)} AND hour < ${to}
    UNION ALL
    SELECT * FROM ${reader.table("edges_per_day_v1")} WHERE ${sql} AND ${days}
  )`;
}

/** Names that workloads heard for addresses since a day before a time, for `edgesSql`. */
export function heardNames(reader: Reader, fromMs: number, { sql }: Pick<Condition, "sql">): string {
  // A day that is rolled up has edges since its beginning.
  const day = Math.max(0, Math.floor(fromMs / dayMs) - Math.ceil(nameReachMs / dayMs));
  return `SELECT ${addressColumns}, groupUniqArray((name, first_ms, last_ms)) AS heard
    FROM ${reader.table("names_v1")} WHERE ${sql} AND day >= ${day} GROUP BY ${addressColumns}`;
}

/** Hours from `from` to before `to`; none where the window is empty. */
export function hoursOf({ fromMs, toMs }: Window): { readonly from: number; readonly to: number } {
  const from = Math.floor(fromMs / hourMs);
  return { from, to: fromMs < toMs ? Math.ceil(toMs / hourMs) : 0 };
}
