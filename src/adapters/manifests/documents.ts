import { parseBlockYaml } from "./block-yaml.ts";
import { parseCompleteYaml } from "./complete-yaml.ts";
import { parseJson } from "./json-document.ts";
import type { ManifestError } from "./manifest-error.ts";
import { Lines, type PlacedValue } from "./places.ts";

export interface Documents {
  readonly lines: Lines;
  readonly documents: readonly PlacedValue[];
  readonly errors: readonly ManifestError[];
}

export const mostDocuments = 10_000;
/** Characters the complete parser is given: it takes about a second and 300 bytes of memory for each of a million. */
const largestComplete = 16 * 2 ** 20;

/** The documents of one file: JSON, or YAML split at `---`. A document that cannot be read does not hide the others. */
export function readDocuments(file: string, text: string, { withPlaces = true } = {}): Documents {
  const lines = new Lines(text);
  const errors: ManifestError[] = [];
  const documents: PlacedValue[] = [];
  const add = (error: ManifestError["code"], message: string, offset: number): void => {
    errors.push({ code: error, message, file, ...lines.at(offset) });
  };
  const json = /^\s*[{[]/.test(text) ? parseJson(text) : undefined;
  if (json?.ok === true) return { lines, documents: [json.value], errors };
  if (json !== undefined && (file.endsWith(".json") || json.error.code !== "json_syntax")) {
    add(codeOf(json.error.code), json.error.message, json.error.offset);
    return { lines, documents, errors };
  }
  for (const { start, end, isPlain } of splitDocuments(text)) {
    if (documents.length >= mostDocuments) {
      add("manifest_too_many_documents", `more than ${mostDocuments} documents in one file, split it`, start);
      break;
    }
    const chunk = text.slice(start, end);
    const quick = isPlain ? parseBlockYaml(chunk, withPlaces) : undefined;
    if (quick === undefined && chunk.length > largestComplete) {
      add("manifest_too_large", "a document this large must be plain YAML or JSON: save it with `-o json`", start);
      continue;
    }
    const read = quick === undefined ? parseCompleteYaml(chunk) : ({ ok: true, value: quick } as const);
    if (read.ok) {
      if (read.value.value !== null) documents.push({ ...read.value, base: start });
    } else if (isTemplate(chunk)) {
      const at = start + chunk.search(template);
      const message = "this is a template (`{{ … }}`), not a manifest: render it first, such as with `helm template`";
      add("manifest_template", message, at);
    } else {
      add(codeOf(read.error.code), read.error.message, start + read.error.offset);
    }
  }
  return { lines, documents, errors };
}

export interface Chunk {
  readonly start: number;
  readonly end: number;
  /** No directives, and nothing on the line of the marker. */
  readonly isPlain: boolean;
}

/**
 * `---` and `...` at the start of a line end a document wherever they stand, even inside a block scalar. What shares
 * the marker's line belongs to the document, and so do directives before it.
 */
export function splitDocuments(text: string): readonly Chunk[] {
  const start = text.startsWith("\ufeff") ? 1 : 0;
  const chunks: Chunk[] = [];
  let open = { start, isPlain: true };
  const marker = /^(?:---|\.\.\.)(?=[ \t\r]|$)[^\n]*\n?/gm;
  for (const match of text.matchAll(marker)) {
    const hasDirective = open.isPlain && /^%/m.test(text.slice(open.start, match.index));
    const rest = match[0].slice(3).trim();
    const isBare = rest === "" || rest.startsWith("#");
    if (hasDirective) {
      open.isPlain = false;
      continue;
    }
    chunks.push({ start: open.start, end: match.index, isPlain: open.isPlain });
    open = { start: isBare ? match.index + match[0].length : match.index, isPlain: isBare };
  }
  chunks.push({ ...open, end: text.length });
  return chunks.filter((chunk) => text.slice(chunk.start, chunk.end).trim() !== "");
}

const template = /\{\{-?\s*[\w.$"`(/#]/;

function isTemplate(text: string): boolean {
  return template.test(text) && text.includes("}}");
}

function codeOf(code: string): ManifestError["code"] {
  if (code.endsWith("_duplicate_key")) return "manifest_duplicate_key";
  if (code.endsWith("_too_deep")) return "manifest_too_deep";
  return code === "yaml_alias_bomb" ? "manifest_alias_bomb" : "manifest_syntax";
}
