import { isAbsolute, relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * A URI reference (RFC 3986) for a path of the command line: relative to the working directory for everything inside it,
 * as code-scanning services want it, a `file:` URI otherwise. `-` stays what it is.
 */
export function fileUri(path: string, workingDirectory: string): string {
  const absolute = resolve(workingDirectory, path);
  const inside = relative(workingDirectory, absolute);
  if (inside === "" || inside.startsWith("..") || isAbsolute(inside)) return pathToFileURL(absolute).href;
  return inside.split(sep).map(encodeURIComponent).join("/");
}
