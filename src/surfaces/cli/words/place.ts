import type { SourceLocation } from "../../../core/policy/model.ts";

/** `shop.yaml:12`, as editors and terminals make links of. */
export function place(at: SourceLocation | undefined, withColumn = false): string {
  if (at === undefined) return "";
  const line = at.line === undefined ? "" : `:${at.line}`;
  return `${at.file}${line}${withColumn && at.line !== undefined && at.column !== undefined ? `:${at.column}` : ""}`;
}
