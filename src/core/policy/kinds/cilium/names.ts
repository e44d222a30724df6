import { globPattern, type NamePattern } from "../../../net/name-pattern.ts";
import { quoted } from "../../../quoted.ts";
import type { Path } from "../../manifest.ts";
import { field, type Inspection } from "../inspection.ts";

export interface ReadName {
  readonly pattern: NamePattern;
  /** As written. */
  readonly text: string;
}

/** An entry of `toFQDNs` or of `rules.dns`: exactly one of `matchName` and `matchPattern`. */
export function readName(inspection: Inspection, value: unknown, path: Path): ReadName | undefined {
  const fields = inspection.fields(value ?? {}, path);
  if (fields === undefined) return undefined;
  inspection.unknownFields(fields, ["matchName", "matchPattern"], path);
  const name = field(fields, "matchName");
  const pattern = field(fields, "matchPattern");
  if ((name === undefined) === (pattern === undefined)) {
    const message =
      name === undefined ? "neither `matchName` nor `matchPattern`" : "both `matchName` and `matchPattern`";
    inspection.report("cilium_name_count", path, `the entry has ${message}`);
    return undefined;
  }
  const at = [...path, name === undefined ? "matchPattern" : "matchName"];
  const text = inspection.text(name ?? pattern, at);
  if (text === undefined) return undefined;
  const isWritable = name === undefined ? /^[-a-zA-Z0-9_*.]+$/ : /^[-a-zA-Z0-9_.]+$/;
  // The same names as the API's pattern, written so that no text takes long.
  if (text.length > 255 || text.includes("..") || text.startsWith(".") || !isWritable.test(text)) {
    inspection.report("cilium_name_syntax", at, `${quoted(text)} is not a name that is accepted here`);
    return undefined;
  }
  return { pattern: globPattern(text), text };
}

/** `*example.com`: the star and the registered part of the name are one label. */
export function joinsLabels({ pattern }: ReadName): boolean {
  if (pattern.kind !== "glob" || pattern.text === "*") return false;
  const labels = pattern.text.split(".");
  return labels.length === 2 && labels[0] !== "*" && labels[0]!.includes("*");
}
