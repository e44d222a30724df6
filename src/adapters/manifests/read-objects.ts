import type { Manifest } from "../../core/policy/manifest.ts";
import type { SourceLocation } from "../../core/policy/model.ts";
import { readDocuments } from "./documents.ts";
import { objectsOf } from "./read-manifests.ts";

interface ReadObjects {
  readonly manifests: readonly Manifest[];
  /** Where a text is no YAML or JSON; objects of other documents are read all the same. */
  readonly failures: readonly { readonly code: string; readonly message: string; readonly at: SourceLocation }[];
}

/** Every object of a text, of whatever kind; lists are taken apart. */
export function readObjects(file: string, text: string): ReadObjects {
  const { documents, lines, errors } = readDocuments(file, text);
  return {
    manifests: documents.flatMap((placed) => objectsOf(file, lines, placed)),
    failures: errors.map(({ code, message, line, column }) => ({
      code,
      message,
      at: { file, path: "", ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) },
    })),
  };
}
