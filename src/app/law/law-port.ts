import type { PrintedValue } from "../../core/policy/printed-manifest.ts";
import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { StoredLaw } from "../state/law-book.ts";
import type { OpaRequest } from "./opa-request.ts";
import type { LawReaders } from "./read-law-text.ts";

export interface LawText {
  readonly file: string;
  readonly text: string;
}

/** What commands need to read laws, ask their engines and print what a cluster holds of them. */
export interface LawPort {
  readers(opa: OpaRequest | undefined): LawReaders;
  /** All laws of files and folders; any that cannot be used is a failure. */
  readLaws(paths: readonly string[], readers: LawReaders): Promise<Result<readonly StoredLaw[], readonly Failure[]>>;
  /** Texts of files and folders as they are, to say what is wrong with them. */
  readTexts(path: string): Promise<Result<readonly LawText[], Failure>>;
  /** YAML documents. */
  print(objects: readonly { readonly [key: string]: PrintedValue }[]): string;
}
