import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Failure } from "../../app/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";

interface LawFile {
  readonly file: string;
  readonly text: string;
}

const mostFiles = 200;
const largestBytes = 2 * 2 ** 20;

/** The file, or the YAML and JSON files of a folder in order of their names; not of the folders below it. */
export async function findLawFiles(path: string): Promise<Result<readonly LawFile[], Failure>> {
  try {
    const isFolder = (await stat(path)).isDirectory();
    const names = isFolder
      ? (await readdir(path)).filter((name) => /^[^.].*\.(ya?ml|json)$/.test(name)).toSorted()
      : [];
    const paths = isFolder ? names.map((name) => join(path, name)) : [path];
    if (paths.length === 0)
      return failure("law_none", `no \`.yaml\`, \`.yml\` or \`.json\` file is in \`${path}\`: put the law there`);
    if (paths.length > mostFiles)
      return failure("law_none", `more than ${mostFiles} files are in \`${path}\`: keep laws alone there`);
    const files: LawFile[] = [];
    for (const file of paths) {
      if ((await stat(file)).size > largestBytes)
        return failure("law_unreadable", `\`${file}\` is larger than ${largestBytes} bytes: split the law`);
      files.push({ file, text: await readFile(file, "utf8") });
    }
    return ok(files);
  } catch (error) {
    const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
    if (code === "EACCES" || code === "EPERM")
      return failure("law_no_permission", `\`${path}\` may not be read: check its permissions`);
    if (code === "ENOENT" || code === "ENOTDIR")
      return failure("law_none", `there is no file or folder \`${path}\`: check the path`);
    return failure("law_unreadable", `\`${path}\` cannot be read (${code ?? String(error)}): check it`);
  }
}

function failure(code: string, message: string): Result<never, Failure> {
  return fail({ code, message });
}
