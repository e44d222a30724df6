import { mkdir, realpath, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import type { Failure } from "../../app/failure.ts";
import { firstLine } from "../../app/history/first-line.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { Client, closeFile, type OpenFile } from "./client.ts";
import { type DuckDbConfig, defaultMemoryLimitMib, defaultThreads, fileName, logLimitMib } from "./config.ts";
import { lockFolder } from "./folder-lock.ts";
import { migrations } from "./migrations.ts";
import { numberOf } from "./rows-of.ts";
import { unavailable } from "./trouble.ts";
import { mayHaveToUndo, Undo, undoCheckpoint } from "./undo.ts";

/** Locks of the system hold between processes; this one holds within. */
const open = new Set<string>();

/** Opens the history of a folder and brings its tables up to date. */
export async function openClient(config: DuckDbConfig): Promise<Result<Client, Failure>> {
  const { folder, access } = config;
  const path = join(folder, fileName);
  const place = await placeOf(folder, path, access);
  if (!place.ok) return place;
  const key = join(place.value, fileName);
  if (open.has(key)) return fail(locked(folder));
  open.add(key);
  let file: OpenFile | undefined;
  let unlock: (() => void) | undefined;
  const onClose = (): void => {
    unlock?.();
    open.delete(key);
  };
  try {
    if (access === "write" || (await mayHaveToUndo(place.value))) {
      unlock = await lockFolder(place.value);
      if (unlock === undefined) {
        onClose();
        return fail(locked(folder));
      }
      await undoCheckpoint(place.value);
    }
    if (access === "read") {
      unlock?.();
      unlock = undefined;
    }
    file = await openFile(place.value, config);
    const reopen = async (): Promise<OpenFile> => {
      await undoCheckpoint(place.value);
      return openFile(place.value, config);
    };
    const version = await migrate(file.writer, access, folder);
    if (version.ok) return ok(new Client({ file, path: key, logBytes: logLimitMib * 2 ** 20, reopen, onClose }));
    await closeFile(file);
    onClose();
    return version;
  } catch (error) {
    if (file !== undefined) await closeFile(file);
    onClose();
    const text = error instanceof Error ? error.message : String(error);
    if (/could not set lock|conflicting lock|being used by another process/i.test(text)) return fail(locked(folder));
    if (/not a valid DuckDB database|serialization|database version|corrupt/i.test(text)) {
      return fail({
        code: "history_not_readable",
        message: `\`${path}\` is not a history that this Postern can read: ${firstLine(text)}; give \`--data\` another folder, or a newer Postern`,
      });
    }
    return fail(unavailable(error, folder).failure);
  }
}

async function openFile(
  folder: string,
  { access, memoryLimitMib = defaultMemoryLimitMib, threads }: DuckDbConfig,
): Promise<OpenFile> {
  const instance = await DuckDBInstance.create(join(folder, fileName), {
    access_mode: access === "read" ? "READ_ONLY" : "READ_WRITE",
    memory_limit: `${memoryLimitMib}MiB`,
    threads: String(threads ?? Math.min(defaultThreads, availableParallelism())),
    temp_directory: join(folder, "tmp"),
    // Nothing of a history needs the network or other files; Parquet is built in.
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    // It is written into the file by `Undo` alone.
    checkpoint_threshold: "1TiB",
  });
  const writer = await instance.connect();
  if (access === "read") return { instance, writer, undo: undefined };
  try {
    await writer.run("PRAGMA disable_checkpoint_on_shutdown");
    return { instance, writer, undo: await Undo.open(folder) };
  } catch (error) {
    await closeFile({ instance, writer, undo: undefined });
    throw error;
  }
}

/** The folder's real path: a history opened by two names is one history. */
async function placeOf(folder: string, path: string, access: DuckDbConfig["access"]): Promise<Result<string, Failure>> {
  try {
    if (access === "write") await mkdir(folder, { recursive: true, mode: 0o700 });
    const real = await realpath(folder);
    if (access === "read") await stat(path);
    return ok(real);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") {
      return fail({
        code: "history_none",
        message: `there is no history in \`${folder}\`; bring flows in with \`postern history import FLOWS --data ${folder}\`, or name the right folder`,
      });
    }
    if (code === "ENOTDIR" || code === "EEXIST") {
      return fail({ code: "history_not_a_folder", message: `\`${folder}\` is a file, a history is a folder` });
    }
    return fail(unavailable(error, folder).failure);
  }
}

async function migrate(
  connection: DuckDBConnection,
  access: DuckDbConfig["access"],
  folder: string,
): Promise<Result<number, Failure>> {
  const tables = await numberOf(connection, "SELECT count(*) AS n FROM duckdb_tables()");
  const isOurs =
    (await numberOf(connection, "SELECT count(*) AS n FROM duckdb_tables() WHERE table_name = 'format'")) > 0;
  if (tables > 0 && !isOurs) {
    return fail({
      code: "history_not_readable",
      message: `\`${join(folder, fileName)}\` is a database, and not a history of Postern; give \`--data\` another folder`,
    });
  }
  const version = isOurs ? await numberOf(connection, "SELECT max(version) AS n FROM format") : 0;
  if (version > migrations.length) {
    return fail({
      code: "history_too_new",
      message: `the history in \`${folder}\` was written by a newer Postern (format ${version}, this one knows ${migrations.length}); update Postern`,
    });
  }
  if (version < migrations.length && access === "read") {
    return fail({
      code: "history_too_old",
      message: `the history in \`${folder}\` has an older format; \`postern history maintain --data ${folder}\` brings it up to date`,
    });
  }
  for (const [at, sql] of migrations.entries()) {
    if (at < version) continue;
    await connection.run("BEGIN TRANSACTION");
    if (at === 0) await connection.run("CREATE TABLE format (version INTEGER NOT NULL, written_at TIMESTAMP NOT NULL)");
    await connection.run(sql);
    await connection.run(`INSERT INTO format VALUES (${at + 1}, now()::TIMESTAMP)`);
    await connection.run("COMMIT");
  }
  return ok(migrations.length);
}

function locked(folder: string): Failure {
  return {
    code: "history_locked",
    message: `another Postern holds the history in \`${folder}\`; ask the collector with \`--server URL\` (\`--history URL\` to learn from it), or wait until the other command is done`,
  };
}
