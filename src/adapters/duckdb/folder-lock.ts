import { open } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

const lockName = "history.lock";
/** SQLite's result code of a file that somebody else has locked. */
const busy = 5;

/**
 * Holds a folder's history for one process that may write it, from before DuckDB has opened the file until after it has closed it: what a
 * checkpoint left undone is put back in between. The system gives the lock free when the process ends, however it ends. Node.js
 * has no such locks of its own, SQLite does.
 * @returns how to give it free; undefined when somebody else holds it
 */
export async function lockFolder(folder: string): Promise<(() => void) | undefined> {
  const path = join(folder, lockName);
  // Says better than SQLite why it cannot be made.
  await (await open(path, "a", 0o600)).close();
  const database = new DatabaseSync(path);
  try {
    database.exec("BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    if (error instanceof Error && "errcode" in error && error.errcode === busy) return undefined;
    throw error;
  }
  return () => database.close();
}
