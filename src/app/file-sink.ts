import type { Result } from "../core/result.ts";
import type { Failure } from "./failure.ts";

/** A file to write: folders and name below some root, none of which may lead out of it. */
export interface OutputFile {
  readonly path: readonly string[];
  readonly content: string;
}

export interface WrittenFile {
  /** As a person would type it from where the command was started. */
  readonly path: string;
  /** `unchanged`: it had these bytes already and was not touched. */
  readonly state: "created" | "replaced" | "unchanged";
}

/** Writes all files or none that is half-written; touches nothing else in the folder. Same order as given. */
export type WriteFiles = (
  folder: string,
  files: readonly OutputFile[],
  signal: AbortSignal,
) => Promise<Result<readonly WrittenFile[], readonly Failure[]>>;

/** A name that is safe as one part of a path on any system; names out of recorded flows are not trusted to be. */
export function isSafePathPart(name: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(name) && !name.endsWith(".");
}
