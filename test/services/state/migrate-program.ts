/**
 * A process that opens the state: `migrate-program.ts sqlite|postgres PLACE [slow]`. Prints which migrations a fresh
 * database got from it; with `slow`, a further migration prints `half` between its statements and then takes forever.
 */
import { allMigrations } from "../../../src/adapters/sql-state/migrations/all.ts";
import type { Migration } from "../../../src/adapters/sql-state/migrations/migration.ts";
import { openPostgresState } from "../../../src/adapters/sql-state/open-postgres.ts";
import { openSqliteState } from "../../../src/adapters/sql-state/open-sqlite.ts";

const [dialect, place = "", slow] = process.argv.slice(2);

const forever =
  dialect === "postgres"
    ? "select pg_sleep(3600)"
    : "with recursive n(i) as (select 1 union all select i + 1 from n where i < 1e12) select count(*) from n";
const statements = ["create table half (a integer not null)", "insert into half values (1)", forever];
const halting: Migration = {
  number: allMigrations.length + 1,
  name: "slow",
  statements: Object.assign([...statements], {
    *[Symbol.iterator]() {
      yield* statements.slice(0, 2);
      process.stdout.write("half\n");
      yield forever;
    },
  }),
};

const migrations = slow === "slow" ? [...allMigrations, halting] : allMigrations;
const nowMs = (): number => process.pid;
const opened =
  dialect === "postgres"
    ? await openPostgresState({ url: place, nowMs, migrations })
    : await openSqliteState({ path: place, mayCreate: true, nowMs, migrations });
if (opened.ok) {
  await opened.value.settings.set(`process ${process.pid}`, "was here");
  await opened.value.close();
  process.stdout.write("opened\n");
} else {
  process.stdout.write(`${opened.error.code}\n`);
}
