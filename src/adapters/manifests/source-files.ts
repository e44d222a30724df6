import { constants, createReadStream } from "node:fs";
import { access, glob, readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fail, ok, type Result } from "../../core/result.ts";
import type { ManifestError } from "./manifest-error.ts";

export interface ManifestIo {
  /** Read when a path is `-`. */
  readonly stdin: AsyncIterable<Uint8Array | string>;
}

export interface SourceFile {
  /** As given, or below a directory as given; `<stdin>` for `-`. */
  readonly file: string;
  /** Whether somebody named this very file, and did not only name a directory or a pattern it is in. */
  readonly isNamed: boolean;
}

export const mostFiles = 10_000;
const stdinName = "<stdin>";

/** Files of the paths in the order given; directories recursively and patterns (`policies/*.yaml`) in name order. */
export async function findSourceFiles(
  paths: readonly string[],
): Promise<{ readonly files: readonly SourceFile[]; readonly errors: readonly ManifestError[] }> {
  const files = new Map<string, SourceFile>();
  const errors: ManifestError[] = [];
  for (const path of paths) {
    // The order of paths is the order of findings.
    const found = await filesOf(path);
    if (!found.ok) errors.push(found.error);
    else for (const file of found.value) if (!files.has(file.file)) files.set(file.file, file);
    if (files.size > mostFiles) {
      const message = `more than ${mostFiles} manifest files, name fewer`;
      return { files: [], errors: [{ code: "manifest_too_many_files", message, file: path }] };
    }
  }
  return { files: [...files.values()], errors };
}

async function filesOf(path: string): Promise<Result<readonly SourceFile[], ManifestError>> {
  if (path === "-") return ok([{ file: stdinName, isNamed: true }]);
  try {
    const found = await stat(path);
    if (!found.isDirectory()) return ok([{ file: path, isNamed: true }]);
    return some(path, await filesBelow(path), "no `.yaml`, `.yml` or `.json` file below this directory");
  } catch (error) {
    if (codeOf(error) !== "ENOENT" || !/[*?[{]/.test(path)) return fail(fileError(path, error));
    const matches: string[] = [];
    for await (const match of glob(path)) if (matches.length <= mostFiles) matches.push(match);
    return some(path, matches.toSorted(), "no file matches this pattern");
  }
}

function some(path: string, files: readonly string[], message: string): Result<readonly SourceFile[], ManifestError> {
  if (files.length === 0) return fail({ code: "manifest_no_files", message, file: path });
  return ok(files.map((file) => ({ file, isNamed: false })));
}

/** Hidden files and directories are left out, links to directories not followed: they can form circles. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { withFileTypes: true });
  const visible = entries.filter(({ name }) => !name.startsWith("."));
  visible.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  const files: string[] = [];
  for (const entry of visible) {
    const path = join(directory, entry.name);
    // One directory at a time keeps the order and the number of open handles.
    if (entry.isDirectory()) files.push(...(await filesBelow(path)));
    else if (/\.(ya?ml|json)$/.test(entry.name) && (entry.isFile() || entry.isSymbolicLink())) files.push(path);
    if (files.length > mostFiles) break;
  }
  return files;
}

/**
 * The text of a file, which must be UTF-8.
 * @param limitBytes larger files are refused before they are read
 */
export async function readText(
  file: string,
  io: ManifestIo,
  limitBytes: number,
): Promise<Result<string, ManifestError>> {
  try {
    const bytes = file === stdinName ? await readStream(io.stdin, limitBytes) : await readRegular(file, limitBytes);
    if (bytes === undefined) {
      const message = `larger than ${Math.floor(limitBytes / 2 ** 20)} MiB, which is the limit`;
      return fail({ code: "manifest_too_large", message, file });
    }
    return decode(file, bytes);
  } catch (error) {
    return fail(fileError(file, error));
  }
}

async function readRegular(file: string, limitBytes: number): Promise<Uint8Array | undefined> {
  await access(file, constants.R_OK);
  const stats = await stat(file);
  // Pipes and devices tell no size, and may never end.
  if (!stats.isFile()) return readStream(createReadStream(file), limitBytes);
  return stats.size > limitBytes ? undefined : readFile(file);
}

async function readStream(
  stream: AsyncIterable<Uint8Array | string>,
  limitBytes: number,
): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === "string" ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > limitBytes) return undefined;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

function decode(file: string, bytes: Uint8Array): Result<string, ManifestError> {
  const binary = (message: string): Result<string, ManifestError> => fail({ code: "manifest_binary", message, file });
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return binary("this is gzip data, unpack it first");
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (mark === 0xfffe || mark === 0xfeff) return binary("this is UTF-16 text, save it as UTF-8");
  if (bytes.includes(0)) return binary("this is a binary file, not YAML or JSON");
  try {
    // A byte order mark is part of the text: whoever writes the file back must put it where it was.
    return ok(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return binary("this is not UTF-8 text");
  }
}

function fileError(file: string, error: unknown): ManifestError {
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return { code: "manifest_not_found", message: "there is no such file or directory", file };
    case "EACCES":
    case "EPERM":
      return { code: "manifest_no_permission", message: "no permission to read this file", file };
    default:
      return { code: "manifest_not_readable", message: `cannot be read (${codeOf(error) ?? String(error)})`, file };
  }
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === "string" ? code : undefined;
}
