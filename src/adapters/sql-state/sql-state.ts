import { type Kysely, sql } from "kysely";
import type { State } from "../../app/state/state.ts";
import { sqlObservers } from "./observers.ts";
import { sqlQuotas } from "./quotas.ts";
import type { Schema } from "./schema.ts";
import { sqlSettings } from "./settings.ts";
import { sqlSources } from "./sources.ts";
import { sqlTokens } from "./tokens.ts";

/** The port over a database whose schema is up to date. Closing it closes the database. */
export function sqlState(database: Kysely<Schema>): State {
  return {
    tokens: sqlTokens(database),
    observers: sqlObservers(database),
    sources: sqlSources(database),
    quotas: sqlQuotas(database),
    settings: sqlSettings(database),
    check: async () => {
      await sql`select 1`.execute(database);
    },
    close: () => database.destroy(),
  };
}
