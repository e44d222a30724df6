import type { ClickHouseConfig } from "./config.ts";
import { createTables, createViews, edgeValues, localName, placeOf } from "./ddl.ts";

/**
 * Forward only: what each entry does to tables that an older Postern made; its number is its place, from 1. ClickHouse has neither
 * transactions over statements nor locks, so every statement may run any number of times, in parts, and at several places at
 * once: columns are added where they are not, and nothing is renamed or dropped. Views come last, in their newest form.
 */
export const migrations: readonly ((config: ClickHouseConfig) => readonly string[])[] = [
  // The tables of the first version have no number; they are made by `createTables`.
  () => [],
  // Policies that decided the flows of a row. The view fills the days' column from the hours', so that one comes first.
  (config) =>
    ["edges_per_day_v1", "edges_per_hour_v1"].flatMap((table) =>
      addColumn(config, table, "decided_by", edgeValues.decided_by),
    ),
];

/** Everything that brings a history from a version to the newest; from 0 where nothing is there, or nobody numbered it. */
export function statementsFrom(version: number, config: ClickHouseConfig): readonly string[] {
  const later = migrations.slice(version).flatMap((statements) => statements(config));
  return [...createTables(config), ...later, ...createViews(config)];
}

function addColumn(config: ClickHouseConfig, table: string, column: string, type: string): readonly string[] {
  const { db, on } = placeOf(config);
  return [...new Set([localName(config, table), table])].map(
    (name) => `ALTER TABLE ${db}.${name}${on} ADD COLUMN IF NOT EXISTS ${column} ${type}`,
  );
}
