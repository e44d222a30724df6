import { isUtf8 } from "node:buffer";
import { createReadStream } from "node:fs";
import { getSystemErrorMessage } from "node:util";
import { type Document, isMap, isNode, isPair, LineCounter, parseDocument, type YAMLParseError } from "yaml";
import type { Failure } from "../../app/failure.ts";
import type { ObserverSettings } from "../../app/live/observer-settings.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { pathText } from "./issue-text.ts";
import { type ConfigIssue, type ConfigSurroundings, parseConfig } from "./parse-config.ts";

const longestFile = 1 << 20;
/** Aliases grow a small file into a large value. */
const mostAliases = 100;

/** Reads a configuration file. Every mistake is told, as `file:line:column: option text`. */
export async function readConfigFile(
  path: string,
  surroundings: ConfigSurroundings,
): Promise<Result<ObserverSettings, readonly Failure[]>> {
  let bytes: Buffer;
  try {
    bytes = await readStart(path);
  } catch (error) {
    return fail([unreadable(path, error)]);
  }
  const wrong = bytes.length > longestFile ? "is larger than 1 MiB: no configuration is" : notText(bytes);
  if (wrong !== undefined) {
    return fail([{ code: "observe_config_unreadable", message: `${quoted(path)} ${wrong}` }]);
  }
  return readConfigText(bytes.toString("utf8"), path, surroundings);
}

function notText(bytes: Buffer): string | undefined {
  if (isUtf8(bytes) && !bytes.includes(0)) return undefined;
  const [first, second] = bytes;
  const isUtf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  return isUtf16 ? "is UTF-16; save it as UTF-8" : "is no text in UTF-8: no configuration is";
}

/** Of a file that never ends no more than tells that it is too long. */
async function readStart(path: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of createReadStream(path, { end: longestFile })) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

export async function readConfigText(
  text: string,
  path: string,
  surroundings: ConfigSurroundings,
): Promise<Result<ObserverSettings, readonly Failure[]>> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  if (document.errors.length > 0) {
    return fail(
      document.errors.map((error): Failure => {
        const { line, col } = lines.linePos(error.pos[0]);
        return { code: "observe_config_syntax", message: `${path}:${line}:${col}: ${syntaxWords(error, text)}` };
      }),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    const named = /^Unresolved alias .*: (.*)$/s.exec((error as Error).message)?.[1];
    const why =
      named === undefined
        ? "aliases stand for too much; write the values out"
        : `no \`&${named}\` is before \`*${named}\``;
    return fail([{ code: "observe_config_syntax", message: `${path}: ${why}` }]);
  }
  const settings = await parseConfig(value, surroundings);
  if (settings.ok) return ok(settings.value);
  return fail(settings.error.map((issue) => failureOf(issue, path, document, lines)));
}

function syntaxWords({ code, message, pos }: YAMLParseError, text: string): string {
  if (code === "DUPLICATE_KEY") return `${quoted(/^[^\s:]*/.exec(text.slice(pos[0]))?.[0])} stands there twice`;
  if (code === "MULTIPLE_DOCS") {
    return "there are several documents in the file, and a configuration is one; of a manifest it is the text below `data`";
  }
  const [first = ""] = message.split("\n");
  const said = first.replace(/ at line .*$/, "").replace(/:$/, "");
  return `${said[0]?.toLowerCase()}${said.slice(1)}`;
}

function failureOf(issue: ConfigIssue, file: string, document: Document, lines: LineCounter): Failure {
  const { line, col } = lines.linePos(offsetOf(document, issue));
  return { code: "observe_config_invalid", message: `${file}:${line}:${col}: ${sentenceOf(issue)}` };
}

/** `sources[0].port is to be a whole number`. */
export function sentenceOf({ path, text }: ConfigIssue): string {
  // What quotes itself needs no name before it.
  return path.length === 0
    ? `the configuration ${text}`
    : `\`${pathText(path)}\`${text.startsWith("`") ? ":" : ""} ${text}`;
}

/** Where the option is written, or the closest thing around it. */
function offsetOf(document: Document, { path, text }: ConfigIssue): number {
  const unknownKey = /^has no option `([^`]*)`/.exec(text)?.[1];
  const around = document.getIn(path, true);
  if (unknownKey !== undefined && isMap(around)) {
    const pair = around.items.find((item) => isPair(item) && isNode(item.key) && String(item.key) === unknownKey);
    if (pair !== undefined && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function unreadable(path: string, error: unknown): Failure {
  const errno = error instanceof Error && "errno" in error && typeof error.errno === "number" ? error.errno : undefined;
  const code = error instanceof Error && "code" in error ? error.code : "";
  if (code === "EACCES") return { code: "observe_config_no_permission", message: `${quoted(path)} may not be read` };
  if (code === "EISDIR") {
    return { code: "observe_config_unreadable", message: `${quoted(path)} is a folder; name the file in it` };
  }
  if (code === "ENOENT") return { code: "observe_config_unreadable", message: `${quoted(path)} does not exist` };
  const why = errno === undefined ? String(error) : getSystemErrorMessage(errno);
  return { code: "observe_config_unreadable", message: `${quoted(path)} cannot be read: ${why}` };
}
