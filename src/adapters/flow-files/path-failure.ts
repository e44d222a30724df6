import type { Failure } from "../../app/failure.ts";

/** Why a file could not be opened or read, from what the system said. */
export function pathFailure(path: string, error: unknown): Failure {
  const shown = path === "-" ? "standard input" : `\`${path}\``;
  switch (codeOf(error)) {
    case "ENOENT":
    case "ENOTDIR":
      return { code: "flows_not_found", message: `${shown} does not exist, check the path` };
    case "EACCES":
    case "EPERM":
      return { code: "flows_no_permission", message: `${shown} may not be read, check its permissions` };
    case "EISDIR":
      return { code: "flows_unreadable", message: `${shown} is a folder` };
    case "Z_BUF_ERROR":
    case "ZSTD_error_srcSize_wrong":
      return {
        code: "flows_compressed_cut",
        message: `${shown} ends in the middle of its compressed data, copy it again`,
      };
    case "Z_DATA_ERROR":
    case "ZSTD_error_prefix_unknown":
    case "ZSTD_error_corruption_detected":
    case "ZSTD_error_checksum_wrong":
      return { code: "flows_compressed_broken", message: `the compressed data of ${shown} is damaged, copy it again` };
    default:
      return { code: "flows_unreadable", message: `${shown} could not be read: ${reasonOf(error)}` };
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0]?.slice(0, 200) ?? "";
}
