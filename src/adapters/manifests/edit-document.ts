import type { SourceLocation } from "../../core/policy/model.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { parseCompleteYaml } from "./complete-yaml.ts";
import { readDocuments, splitDocuments } from "./documents.ts";
import { documentAt } from "./edit-manifest.ts";
import type { ManifestError } from "./manifest-error.ts";
import { Lines } from "./places.ts";

type Edited<T> = Result<T, ManifestError>;

/** The text with the document at a place replaced by another; all other documents keep their bytes. */
export function replaceDocument(file: string, text: string, at: SourceLocation, manifest: string): Edited<string> {
  const found = documentOf(file, text, at);
  if (!found.ok) return found;
  const { start, end, isJson } = found.value;
  if (isJson) return jsonOf(file, text, at, manifest);
  const newline = text.includes("\r\n") ? "\r\n" : "\n";
  const own = manifest.replace(/^---[ \t]*\r?\n/, "").trimEnd();
  const old = text.slice(start, end);
  const heading = /^(?:[ \t]*(?:#[^\n]*)?\r?\n)*/.exec(old)?.[0] ?? "";
  const marker = /^---[ \t]/.test(old) ? `---${newline}` : "";
  // Where the new text brings comments of its own, those were reviewed.
  const kept = /^\s*#/.test(own) ? "" : heading;
  const tail = /(?:\r?\n[ \t]*)*$/.exec(old)?.[0] ?? "";
  const body = `${own.replaceAll(/\r?\n/g, newline)}${tail === "" ? newline : tail}`;
  return ok(`${text.slice(0, start)}${marker}${kept}${body}${text.slice(end)}`);
}

/** @returns undefined when no other document is left */
export function removeDocument(file: string, text: string, at: SourceLocation): Edited<string | undefined> {
  const found = documentOf(file, text, at);
  if (!found.ok) return found;
  if (readDocuments(file, text, { withPlaces: false }).documents.length <= 1) return ok(undefined);
  const { start, end } = found.value;
  const chunks = splitDocuments(text);
  const i = chunks.findIndex((chunk) => chunk.start === start);
  const before = chunks[i - 1];
  const after = chunks[i + 1];
  if (before !== undefined) return ok(text.slice(0, before.end) + text.slice(end));
  return ok(text.slice(0, start) + text.slice(after?.start ?? end));
}

interface Found {
  readonly start: number;
  readonly end: number;
  readonly isJson: boolean;
}

function documentOf(file: string, text: string, at: SourceLocation): Edited<Found> {
  const refuse = (message: string): Edited<never> =>
    fail({
      code: "manifest_edit_refused",
      message,
      file,
      ...(at.line === undefined ? {} : { line: at.line, column: at.column ?? 1 }),
    });
  const document = documentAt(text, at);
  if (document === undefined) return refuse("the document cannot be read: edit it by hand");
  if (document.objects !== 1)
    return refuse("the object stands in one document with others: give it a document of its own");
  const isJson = /^\s*[{[]/.test(text) && readDocuments("x.json", text).errors.length === 0;
  if (isJson) return ok({ start: 0, end: text.length, isJson });
  const lines = new Lines(text);
  const chunk = splitDocuments(text).find(({ start, end }) => {
    const [first, last] = [lines.at(start).line, lines.at(end).line];
    return at.line !== undefined && at.line >= first && (at.line < last || end === text.length);
  });
  return chunk === undefined ? refuse("the object is not where it was read") : ok({ ...chunk, isJson });
}

/** JSON stays JSON. */
function jsonOf(file: string, text: string, at: SourceLocation, manifest: string): Edited<string> {
  const read = parseCompleteYaml(manifest);
  if (!read.ok) {
    const message = "the new text cannot be read";
    return fail({ code: "manifest_edit_refused", message, file, ...(at.line === undefined ? {} : { line: at.line }) });
  }
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? (text.trimEnd().includes("\n") ? "  " : undefined);
  return ok(`${JSON.stringify(read.value.value, undefined, indent)}${text.endsWith("\n") ? "\n" : ""}`);
}
