import { glob, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { pathFailure } from "./path-failure.ts";

/** Something to read: a file of known size, or a stream (standard input, a pipe). */
export interface NamedInput {
  /** As shown to people; `-` is standard input. */
  readonly path: string;
  /** Undefined for what is not a regular file. */
  readonly size: number | undefined;
}

/** Files of a folder beyond this are refused: somebody named the wrong folder. */
const maxFiles = 100_000;

/**
 * The files behind paths, folders (with everything below them but hidden files), globs and `-`, each once, in the order
 * of their paths whatever the order of the arguments. Collects every failure before giving up.
 */
export async function expandInputs(
  named: readonly string[],
): Promise<Result<readonly NamedInput[], readonly Failure[]>> {
  const found = new Map<string, NamedInput>();
  const failures: Failure[] = [];
  if (named.length === 0) {
    failures.push({
      code: "flows_no_input",
      message: "no flows to read, name files or folders, or `-` for standard input",
    });
  }
  for (const name of named) {
    if (name === "-") found.set("-", { path: "-", size: undefined });
    else for (const path of await pathsBehind(name, failures)) await addFile(path, found, failures);
  }
  if (failures.length > 0) return fail(failures);
  return ok([...found.values()].toSorted((a, b) => (a.path === b.path ? 0 : a.path < b.path ? -1 : 1)));
}

async function pathsBehind(name: string, failures: Failure[]): Promise<readonly string[]> {
  try {
    if (!(await stat(name)).isDirectory()) return [name];
    const entries = await readdir(name, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter(
        (path) =>
          !path
            .slice(name.length)
            .split(/[/\\]/)
            .some((part) => part.startsWith(".")),
      );
    if (files.length === 0)
      failures.push({ code: "flows_folder_empty", message: `\`${name}\` is a folder without files` });
    if (files.length <= maxFiles) return files;
    failures.push({
      code: "flows_too_many_files",
      message: `\`${name}\` holds ${files.length} files, more than ${maxFiles}; name fewer at a time`,
    });
    return [];
  } catch (error) {
    const matches: string[] = [];
    if (/[*?[{]/.test(name)) for await (const path of glob(name)) matches.push(path);
    if (matches.length === 0) failures.push(pathFailure(name, error));
    return matches;
  }
}

async function addFile(path: string, found: Map<string, NamedInput>, failures: Failure[]): Promise<void> {
  try {
    const stats = await stat(path);
    if (!stats.isDirectory()) found.set(path, { path, size: stats.isFile() ? stats.size : undefined });
  } catch (error) {
    failures.push(pathFailure(path, error));
  }
}
