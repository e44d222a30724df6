import { sql } from "kysely";
import { noNotices } from "../../app/state/notices.ts";
import type { State } from "../../app/state/state.ts";
import type { BooksDatabase } from "./books-database.ts";
import { sqlDecisions } from "./decisions.ts";
import { sqlIdempotency } from "./idempotency.ts";
import { sqlObservers } from "./observers.ts";
import type { PostgresNotices } from "./postgres-notices.ts";
import { sqlQuotas } from "./quotas.ts";
import { sqlSettings } from "./settings.ts";
import { sqlSources } from "./sources.ts";
import { sqlTokens } from "./tokens.ts";

/** The port over a database whose schema is up to date. Closing it closes the database. */
export function sqlState(database: BooksDatabase, notices?: PostgresNotices): State {
  const { kysely } = database;
  return {
    tokens: sqlTokens(kysely),
    observers: sqlObservers(kysely),
    sources: sqlSources(kysely),
    quotas: sqlQuotas(kysely),
    settings: sqlSettings(kysely),
    decisions: sqlDecisions(database),
    idempotency: sqlIdempotency(database),
    // A file has one server; other processes beside it are commands that come and go.
    notices: notices ?? noNotices,
    check: async () => {
      await sql`select 1`.execute(kysely);
    },
    close: async () => {
      await notices?.close();
      await kysely.destroy();
    },
  };
}
