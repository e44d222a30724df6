import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const version = "3.4.0";
/** `POSTERN_CHDB` names a folder with `node_modules/chdb`; a cache is looked for where caches lie. */
const folders = [
  process.env.POSTERN_CHDB,
  join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "postern", `chdb-${version}`),
  join(tmpdir(), `postern-chdb-${version}`),
].filter((folder) => folder !== undefined);

function entryOf(folder: string): string {
  return join(folder, "node_modules", "chdb", "index.mjs");
}

/** The library's entry; undefined on a laptop without it. In CI it is installed, and a failure to is one of the test. */
export async function findChdb(): Promise<string | undefined> {
  const found = folders.find((folder) => existsSync(entryOf(folder)));
  if (found !== undefined) return entryOf(found);
  if (process.env.CI === undefined || process.platform !== "linux") return undefined;
  const folder = join(tmpdir(), `postern-chdb-${version}`);
  await mkdir(folder, { recursive: true });
  const args = [
    "install",
    "--prefix",
    folder,
    "--no-save",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    `chdb@${version}`,
  ];
  await promisify(execFile)("npm", args, { cwd: folder });
  return entryOf(folder);
}
