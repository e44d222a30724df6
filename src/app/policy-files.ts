import type { SourceLocation } from "../core/policy/model.ts";
import type { RuleEdit } from "../core/policy/rule-edit.ts";
import type { Result } from "../core/result.ts";
import type { Failure } from "./failure.ts";
import type { WrittenFile } from "./file-sink.ts";
import type { PolicyReading, PolicyReadOptions } from "./policy-source.ts";

/** Changes of one object's rules; `at` is the object's place as reading the same text gave it. */
export interface PolicyEdit {
  readonly at: SourceLocation;
  readonly edits: readonly RuleEdit[];
}

/** A file as it was read, and as it is to be. */
export interface FileChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** People's own manifests: read, edited without touching what is not meant, and written back. */
export interface PolicyFiles {
  readText(path: string): Promise<Result<string, Failure>>;
  /** The text with the edits made and every other byte as it was; a failure where that is not possible for sure. */
  edit(path: string, text: string, edits: readonly PolicyEdit[]): Result<string, Failure>;
  /** The document of a text that an object stands in, and how many objects stand there. */
  documentAt(text: string, at: SourceLocation): { readonly text: string; readonly objects: number } | undefined;
  /** Reads a text as reading the file would. */
  policiesIn(path: string, text: string, options: PolicyReadOptions): PolicyReading;
  /** All files or none; refuses a file that is not as it was read, or that is a link. */
  replace(
    changes: readonly FileChange[],
    signal: AbortSignal,
  ): Promise<Result<readonly WrittenFile[], readonly Failure[]>>;
}
