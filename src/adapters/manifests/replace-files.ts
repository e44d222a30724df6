import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { access, lstat, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import type { WrittenFile } from "../../app/file-sink.ts";
import type { FileChange } from "../../app/policy-files.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

interface Prepared {
  readonly path: string;
  readonly temporary: string;
}

const interrupted: Failure = { code: "interrupted", message: "interrupted; nothing was written" };

/**
 * Puts new texts in the place of files that people wrote. Each is written beside its place first, with its mode, and
 * checked to be still what was read; only when all are ready are they renamed, so that nobody ever sees half a file and a
 * full disk leaves everything as it was.
 */
export async function replaceFiles(
  changes: readonly FileChange[],
  signal: AbortSignal,
): Promise<Result<readonly WrittenFile[], readonly Failure[]>> {
  const prepared: Prepared[] = [];
  try {
    const failures: Failure[] = [];
    for (const change of changes) {
      if (signal.aborted) return fail([interrupted]);
      if (change.after === change.before) continue;
      const ready = await prepare(change);
      if (ready.ok) prepared.push(ready.value);
      else failures.push(ready.error);
    }
    if (failures.length > 0) return fail(failures);
    // Whoever interrupted the work that led here wants none of it.
    if (signal.aborted) return fail([interrupted]);
    const written = new Set<string>();
    for (const { path, temporary } of prepared) {
      try {
        await rename(temporary, path);
      } catch (error) {
        return fail([failureOf(path, error, [...written])]);
      }
      written.add(path);
    }
    return ok(changes.map(({ path }) => ({ path, state: written.has(path) ? "replaced" : "unchanged" })));
  } finally {
    await Promise.all(prepared.map(({ temporary }) => rm(temporary, { force: true })));
  }
}

async function prepare({ path, before, after }: FileChange): Promise<Result<Prepared, Failure>> {
  const temporary = join(dirname(path), `.postern-${randomUUID()}.tmp`);
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) {
      const message = `${quoted(path)} is a symbolic link, and may lead to where nobody meant to write: name the file itself`;
      return fail({ code: "output_link", message });
    }
    if (!stats.isFile())
      return fail({ code: "output_not_a_file", message: `${quoted(path)} is no file, so nothing can be fixed in it` });
    if ((await readFile(path, "utf8")) !== before) {
      const message = `${quoted(path)} was changed since it was read, run the command again; nothing was written`;
      return fail({ code: "output_changed_meanwhile", message });
    }
    // A new file could take the place of one that nobody may write; that is not meant by leave to change the folder.
    await access(path, constants.W_OK);
    const handle = await open(temporary, "wx", stats.mode & 0o777);
    try {
      await handle.writeFile(after);
      if (stats.uid !== process.getuid?.()) await handle.chown(stats.uid, stats.gid).catch(() => undefined);
      await handle.chmod(stats.mode & 0o777);
      await handle.sync();
    } finally {
      await handle.close();
    }
    return ok({ path, temporary });
  } catch (error) {
    await rm(temporary, { force: true });
    return fail(failureOf(path, error));
  }
}

/** @param changed files that were replaced before it came to this */
function failureOf(path: string, error: unknown, changed: readonly string[] = []): Failure {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : String(error);
  const rest = changed.length === 0 ? "nothing was changed" : `${changed.map(quoted).join(", ")} was changed before it`;
  if (["EACCES", "EPERM", "EROFS"].includes(code)) {
    return { code: "output_no_permission", message: `no permission to write ${quoted(path)}; ${rest}` };
  }
  if (code === "ENOSPC" || code === "EDQUOT") {
    return { code: "output_no_space", message: `no space left to write ${quoted(path)}; ${rest}` };
  }
  return { code: "output_failed", message: `cannot write ${quoted(path)} (${code}); ${rest}` };
}
