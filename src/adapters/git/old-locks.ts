import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Takes away the locks of a git that was killed: older than any command may run, so nobody alive holds them.
 * @returns whether there were any
 */
export async function dropOldLocks(folder: string, olderThanMs: number): Promise<boolean> {
  const refs = await readdir(join(folder, "refs"), { recursive: true }).catch(() => []);
  const top = await readdir(folder).catch(() => []);
  const locks = [...refs.map((name) => join("refs", name)), ...top].filter((name) => name.endsWith(".lock"));
  let dropped = 0;
  for (const name of locks) {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || Date.now() - found.mtimeMs < olderThanMs) continue;
    await rm(path, { force: true });
    dropped += 1;
  }
  return dropped > 0;
}
