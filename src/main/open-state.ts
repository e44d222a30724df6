import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../app/failure.ts";
import type { StatePlace } from "../app/serve.ts";
import type { State } from "../app/state/state.ts";
import { quoted } from "../core/quoted.ts";
import { fail, type Result } from "../core/result.ts";
import { makeDataFolder } from "./data-folder.ts";

/** Opens the state, in SQLite or PostgreSQL. The adapter, and what it rests on, is loaded when it is needed. */
export async function openState(place: StatePlace, mayCreate: boolean): Promise<Result<State, Failure>> {
  const nowMs = (): number => Date.now();
  if (place.kind === "sqlite") {
    if (mayCreate) {
      const made = await makeDataFolder(place.folder);
      if (!made.ok) return made;
    }
    const { openSqliteState } = await import("../adapters/sql-state/open-sqlite.ts");
    return openSqliteState({ path: join(place.folder, "state.sqlite"), mayCreate, nowMs });
  }
  const { openPostgresState } = await import("../adapters/sql-state/open-postgres.ts");
  let url: string;
  try {
    url = (await readFile(place.urlFile, "utf8")).trim();
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const message = `the file ${quoted(place.urlFile)} with the address of the state database cannot be read (${code})`;
    return fail({ code: "state_address_unreadable", message });
  }
  return openPostgresState({ url, nowMs });
}
