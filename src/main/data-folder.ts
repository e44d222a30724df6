import { mkdir } from "node:fs/promises";
import type { Failure } from "../app/failure.ts";
import { quoted } from "../core/quoted.ts";
import { fail, ok, type Result } from "../core/result.ts";

/** Makes the folder of a server's data, where it is not there yet, for its owner alone. From then on, so is whatever this process makes. */
export async function makeDataFolder(folder: string): Promise<Result<void, Failure>> {
  // Whatever is made in a folder that others can open is still nobody else's.
  process.umask(0o077);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return ok(undefined);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const where = quoted(folder);
    if (code === "EEXIST" || code === "ENOTDIR") {
      return fail({
        code: "serve_data_not_a_folder",
        message: `there is a file at ${where}; name a folder with \`--data\``,
      });
    }
    // Node.js says ENOENT where a folder above is on a file system that is read-only.
    if (code === "EROFS" || code === "ENOENT") {
      const message = `the folder ${where} could not be made: the file system is read-only; mount one there, or name another folder with \`--data\``;
      return fail({ code: "serve_data_no_permission", message });
    }
    if (code === "EACCES" || code === "EPERM") {
      const message = `the folder ${where} may not be made by this user; name another with \`--data\``;
      return fail({ code: "serve_data_no_permission", message });
    }
    return fail({ code: "serve_data_failed", message: `the folder ${where} could not be made (${code})` });
  }
}
