/** Why a file could not be read as manifests. */
export interface ManifestError {
  readonly code:
    | "manifest_not_found"
    | "manifest_no_permission"
    | "manifest_not_readable"
    | "manifest_no_files"
    | "manifest_too_many_files"
    | "manifest_empty"
    | "manifest_binary"
    | "manifest_too_large"
    | "manifest_too_many_documents"
    | "manifest_too_deep"
    | "manifest_alias_bomb"
    | "manifest_syntax"
    | "manifest_duplicate_key"
    | "manifest_template"
    | "manifest_edit_refused";
  /** One sentence without the place. */
  readonly message: string;
  readonly file: string;
  readonly line?: number;
  readonly column?: number;
}

/** `shop.yaml:12:7: a key is written twice in one mapping`. */
export function formatManifestError({ file, line, column, message }: ManifestError): string {
  const place = line === undefined ? file : `${file}:${line}${column === undefined ? "" : `:${column}`}`;
  return `${place}: ${message}`;
}
