import { randomUUID } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import { isSafePathPart, type OutputFile, type WrittenFile } from "../../app/file-sink.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

interface Pending {
  readonly path: string;
  readonly temporary: string;
  readonly state: WrittenFile["state"];
}

/**
 * All new contents are written beside their places first and renamed only then, so that a full disk or Ctrl-C leaves the
 * folder as it was. A file that has its bytes already is not touched.
 */
export async function writeFiles(
  folder: string,
  files: readonly OutputFile[],
  signal: AbortSignal,
): Promise<Result<readonly WrittenFile[], readonly Failure[]>> {
  const unsafe = files.find(({ path }) => path.length === 0 || !path.every(isSafePathPart));
  if (unsafe !== undefined) {
    const message = `${quoted(unsafe.path.join("/"))} is not written: a name in it is not safe as a file name`;
    return fail([{ code: "output_unsafe_name", message }]);
  }
  const pending: Pending[] = [];
  let current = folder;
  try {
    for (const file of files) {
      signal.throwIfAborted();
      current = join(folder, ...file.path);
      pending.push(await prepare(current, file.content));
    }
    signal.throwIfAborted();
    for (const { path, temporary, state } of pending) {
      current = path;
      if (state !== "unchanged") await rename(temporary, path);
    }
    return ok(pending.map(({ path, state }) => ({ path, state })));
  } catch (error) {
    if (signal.aborted) return fail([{ code: "interrupted", message: "interrupted; nothing was written" }]);
    return fail([failureOf(current, error)]);
  } finally {
    await Promise.all(pending.map(({ temporary }) => rm(temporary, { force: true })));
  }
}

async function prepare(path: string, content: string): Promise<Pending> {
  const temporary = join(dirname(path), `.postern-${randomUUID()}.tmp`);
  const earlier = await contentOf(path);
  if (earlier === content) return { path, temporary, state: "unchanged" };
  await makeFolder(dirname(path));
  try {
    await writeFile(temporary, content, { flag: "wx" });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return { path, temporary, state: earlier === undefined ? "created" : "replaced" };
}

/** Not `recursive`: where nothing can be created, as below /proc, that never returns in Node 24. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = codeOf(error);
    if (code === "EEXIST") return;
    if (code !== "ENOENT" || dirname(folder) === folder) throw error;
    await makeFolder(dirname(folder));
    await mkdir(folder);
  }
}

async function contentOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function failureOf(path: string, error: unknown): Failure {
  const code = codeOf(error);
  switch (code) {
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return {
        code: "output_no_permission",
        message: `no permission to write ${quoted(path)}, name another folder with \`--out\``,
      };
    case "ENOSPC":
    case "EDQUOT":
      return { code: "output_no_space", message: `no space left to write ${quoted(path)}; nothing was changed` };
    case "EEXIST":
    case "ENOTDIR":
      return {
        code: "output_not_a_folder",
        message: `${quoted(path)} needs a folder where there is a file; name another folder`,
      };
    case "EISDIR":
      return { code: "output_is_a_folder", message: `${quoted(path)} is a folder, and a file is to be written there` };
    default:
      return { code: "output_failed", message: `cannot write ${quoted(path)} (${code ?? String(error)})` };
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
