import type { Window } from "../../app/history/edge-store.ts";
import { dayHours, hourMs } from "../../app/history/rows/codes.ts";
import type { Workload } from "../../core/workload/workload.ts";
import type { Parameters } from "./rows-of.ts";
import type { Snapshot } from "./snapshot.ts";

/** Which workloads a question is about. */
export interface Asked {
  readonly cluster: string | undefined;
  readonly namespace?: string | undefined;
  readonly workload?: Workload;
}

/**
 * The condition that picks the rows of workloads; undefined when nothing of them is stored. Names become numbers first, so
 * that DuckDB sees which blocks of rows cannot hold any.
 */
export async function ownersCondition(
  snapshot: Snapshot,
  { cluster, namespace, workload }: Asked,
): Promise<string | undefined> {
  if (cluster === undefined && namespace === undefined && workload === undefined) return "true";
  const parameters: Parameters = {};
  const conditions: string[] = [];
  const equal = (column: string, value: string | undefined): void => {
    if (value === undefined) return;
    conditions.push(`${column} = $${column}`);
    parameters[column] = value;
  };
  equal("cluster", cluster);
  equal("namespace", namespace);
  equal("kind", workload?.kind);
  equal("name", workload?.name);
  const rows = await snapshot.rows(
    `SELECT id, space FROM owners WHERE ${conditions.join(" AND ")} ORDER BY space, id`,
    parameters,
  );
  if (rows.length === 0) return undefined;
  const spaces = [...new Set(rows.map((row) => row.number("space")))];
  const isSpaces = oneOf("space", spaces);
  return workload === undefined
    ? isSpaces
    : `${isSpaces} AND ${oneOf(
        "owner",
        rows.map((row) => row.number("id")),
      )}`;
}

/** A range as well as a list: ranges are what whole blocks of rows are skipped by. */
export function oneOf(column: string, numbers: readonly number[]): string {
  if (numbers.length === 1) return `${column} = ${numbers[0]}`;
  const sorted = numbers.toSorted((a, b) => a - b);
  const range = `${column} BETWEEN ${sorted[0]} AND ${sorted.at(-1)}`;
  const isWhole = Number(sorted.at(-1)) - Number(sorted[0]) + 1 === sorted.length;
  return isWhole ? range : `${range} AND ${column} IN (${sorted.join(", ")})`;
}

/** Hours before this one count as their day. */
export async function rolledBefore(snapshot: Snapshot): Promise<number> {
  const [row] = await snapshot.rows("SELECT rolled_before FROM state");
  return row?.number("rolled_before") ?? 0;
}

export interface HourScope {
  /** The condition on `hour`. */
  readonly condition: string;
  /** The hour that a row counts for: its own, or the first of its day where days are rolled up. */
  readonly hour: string;
}

/** Rows of hours, or of rolled-up days, that overlap a window. */
export function hourScope({ fromMs, toMs }: Window, rolled: number): HourScope {
  const first = Math.floor(fromMs / hourMs);
  const from = first < rolled ? first - (first % dayHours) : first;
  const last = Math.ceil(toMs / hourMs);
  // Rows of a rolled-up day that came late still stand at their own hours.
  const to = last < rolled ? Math.ceil(last / dayHours) * dayHours : last;
  return {
    condition: fromMs < toMs ? `hour >= ${from} AND hour < ${to}` : "false",
    hour: from < rolled ? `CASE WHEN hour < ${rolled} THEN hour - hour % ${dayHours} ELSE hour END` : "hour",
  };
}
