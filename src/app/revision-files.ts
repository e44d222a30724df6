import type { Result } from "../core/result.ts";
import type { Failure } from "./failure.ts";

/** A file as it was. */
export interface RevisionFile {
  readonly file: string;
  readonly text: string;
}

/** Files below the paths as a revision of the working copy around `from` holds them. */
export type ReadRevision = (
  revision: string,
  paths: readonly string[],
  from: string,
) => Promise<Result<readonly RevisionFile[], Failure>>;
