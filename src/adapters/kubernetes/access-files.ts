import { readFile } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import { AccessError } from "./access-error.ts";

/** Service account tokens are replaced about every hour, in the same file. */
export async function readToken(path: string): Promise<string> {
  const token = (await readAccessFile(path)).toString("utf8").trim();
  if (!/^[\x21-\x7e]+$/.test(token)) throw new AccessError(`the token file \`${path}\` has no token`);
  return token;
}

const largestFile = 1 << 20;

export async function readAccessFile(path: string): Promise<Buffer> {
  let content: Buffer;
  try {
    content = await readFile(path);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    const why =
      code === "ENOENT" ? "does not exist" : code === "EACCES" ? "may not be read" : `cannot be read (${code})`;
    throw new AccessError(`\`${path}\` ${why}; it is needed to reach the cluster`, "cluster_access", error);
  }
  if (content.length > largestFile)
    throw new AccessError(`\`${path}\` is larger than 1 MiB; it cannot be what it is named for`);
  return content;
}

export function besideFile(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}
