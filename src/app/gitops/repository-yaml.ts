import type { Path } from "../../core/policy/manifest.ts";
import type { SourceLocation } from "../../core/policy/model.ts";
import type { PrintedValue } from "../../core/policy/printed-manifest.ts";
import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { PolicyFiles } from "../policy-files.ts";

/** A Kubernetes object, or a file of a tool that looks like one, as a repository holds it. */
export interface RepositoryObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Empty where it names none. */
  readonly namespace: string;
  readonly value: unknown;
  readonly at: SourceLocation;
}

/** People's YAML files: found in, and edited so that every byte that is not meant stays. */
export interface RepositoryYaml extends Pick<PolicyFiles, "edit" | "documentAt" | "policiesIn"> {
  /** Of all documents and lists of a text; what cannot be read is no object. */
  objectsIn(path: string, text: string): readonly RepositoryObject[];
  /** The first document as plain values. */
  valueOf(path: string, text: string): Result<unknown, Failure>;
  /** The document that the object stands in alone becomes the manifest; comments that head it stay where the manifest has none. */
  replaceObject(path: string, text: string, at: SourceLocation, manifest: string): Result<string, Failure>;
  /** Takes out the document that the object stands in alone. @returns undefined when nothing is left */
  removeObject(path: string, text: string, at: SourceLocation): Result<string | undefined, Failure>;
  /** One entry more in a list of the first document: last, or in its place where the list is sorted; a list that is missing is made. */
  addEntry(path: string, text: string, list: Path, entry: PrintedValue): Result<string, Failure>;
  /** Without the entries that are meant, which go with the comment above them. */
  removeEntries(path: string, text: string, list: Path, isMeant: (entry: unknown) => boolean): Result<string, Failure>;
}
