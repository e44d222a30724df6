import { readFileSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Folders that this process uses. */
const own = new Set<string>();

/**
 * Makes sure that one process alone uses a folder, by a file that names it. The file of a process that is no more is taken
 * over; that it is no more is told by its start time too, because process numbers come again, in containers at once.
 * @returns how to give the folder free; undefined when another process has it
 */
export async function lockFolder(folder: string): Promise<(() => Promise<void>) | undefined> {
  const path = join(resolve(folder), "lock");
  if (own.has(path)) return undefined;
  const name = nameOf(process.pid);
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      await writeFile(path, name, { flag: "wx", mode: 0o600 });
      own.add(path);
      return async () => {
        own.delete(path);
        await rm(path, { force: true });
      };
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
    const holder = await readFile(path, "utf8").catch(() => "");
    const pid = Number.parseInt(holder, 10);
    if (holder !== name && Number.isSafeInteger(pid) && isAlive(pid) && nameOf(pid) === holder) return undefined;
    await rm(path, { force: true });
  }
  return undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Number and start time of a process; where the system does not tell the time, the number alone. */
function nameOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // Behind the name, which may hold anything, the start time is the 20th field.
    return `${pid} ${stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]}`;
  } catch {
    return `${pid}`;
  }
}
