import { isNode, LineCounter, parseDocument } from "yaml";
import type { Failure } from "../../app/failure.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { shown } from "./list-address.ts";

/** A YAML or JSON document, and where its parts stand. */
export interface ListDocument {
  readonly value: unknown;
  /** `ranges.yaml:12`, of the nearest part that is there. */
  readonly at: (path: readonly PropertyKey[]) => string;
}

/** YAML is read a hundred times as slowly as JSON. */
const largestYaml = 4 * 2 ** 20;
const mostAliases = 100;

/** @param asJson reads JSON the quick way, without places */
export function parseListDocument(source: string, text: string, asJson = false): Result<ListDocument, Failure> {
  const file = shown(source);
  if (asJson && /^\s*[{[]/.test(text)) {
    try {
      return ok({ value: JSON.parse(text) as unknown, at: () => file });
    } catch {
      // Flow style YAML, or broken: the slower reader says where.
    }
  }
  const failed = (message: string): Result<never, Failure> => fail({ code: "knowledge_syntax", message });
  if (text.length > largestYaml) return failed(`\`${file}\` is too long for YAML, write it as JSON or as plain lines`);
  try {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, logLevel: "silent", prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const message = error.message.split("\n")[0]!.replace(/[.:]$/, "");
      return failed(
        `${file}:${lines.linePos(error.pos[0]).line}: ${message.slice(0, 1).toLowerCase()}${message.slice(1)}`,
      );
    }
    const at = (path: readonly PropertyKey[]): string => {
      for (let length = path.length; length >= 0; length -= 1) {
        const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
        if (isNode(node) && node.range) return `${file}:${lines.linePos(node.range[0]).line}`;
      }
      return file;
    };
    return ok({ value: document.toJS({ maxAliasCount: mostAliases }) as unknown, at });
  } catch (error) {
    // Too deep, or aliases beyond measure.
    return failed(`\`${file}\` cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
