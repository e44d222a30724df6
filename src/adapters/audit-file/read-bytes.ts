import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";

const pieceBytes = 1_048_576;

/** Fails with `audit_file_not_found`, `_no_permission` or `_unreadable`. */
export async function readBytes(path: string, stdin: Readable): Promise<Result<AsyncIterable<Buffer>, Failure>> {
  if (path === "-") return ok(stdin as AsyncIterable<Buffer>);
  try {
    const file = await open(path, "r");
    if ((await file.stat()).isDirectory()) {
      await file.close();
      return fail({ code: "audit_file_unreadable", message: `${quoted(path)} is a folder; name a file` });
    }
    return ok(file.createReadStream({ highWaterMark: pieceBytes }) as AsyncIterable<Buffer>);
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return fail({ code: "audit_file_not_found", message: `there is no file ${quoted(path)}` });
    if (code === "EACCES" || code === "EPERM") {
      return fail({
        code: "audit_file_no_permission",
        message: `the file ${quoted(path)} may not be read by this user`,
      });
    }
    return fail({ code: "audit_file_unreadable", message: `the file ${quoted(path)} cannot be read (${code})` });
  }
}
