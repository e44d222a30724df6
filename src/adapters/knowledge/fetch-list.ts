import { open, stat } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import type { Failure } from "../../app/failure.ts";
import { httpGet, HttpFailure, type HttpServer, httpTrouble } from "../../app/live/http-get.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { isUrl, mayBeAsked, shown } from "./list-address.ts";

export interface FetchedList {
  readonly bytes: Uint8Array;
  /** When the file was written, or the server says that it changed; undefined when nobody tells. */
  readonly changedMs: number | undefined;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** Bytes that came in since the last call. */
  readonly onBytes: (count: number) => void;
  /** After decompression. */
  readonly limitBytes: number;
}

const timeoutMs = 60_000;
const mostRedirects = 5;

/** The content of a file or URL, unpacked when it is gzip. */
export async function fetchList(source: string, options: FetchOptions): Promise<Result<FetchedList, Failure>> {
  const fetched = isUrl(source) ? await fromUrl(source, options) : await fromFile(source, options);
  if (!fetched.ok) return fetched;
  const { bytes, changedMs } = fetched.value;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return fetched;
  try {
    return ok({ bytes: gunzipSync(bytes, { maxOutputLength: options.limitBytes }), changedMs });
  } catch (error) {
    if (codeOf(error) === "ERR_BUFFER_TOO_LARGE") return tooLarge(source, options);
    return fail({ code: "knowledge_unreadable", message: `\`${shown(source)}\` is damaged gzip data, get it again` });
  }
}

async function fromFile(path: string, options: FetchOptions): Promise<Result<FetchedList, Failure>> {
  const { limitBytes, onBytes, signal } = options;
  try {
    const { size, mtimeMs } = await stat(path);
    if (size > limitBytes) return tooLarge(path, options);
    await using file = await open(path);
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of file.createReadStream({ signal })) {
      const bytes = chunk as Uint8Array;
      length += bytes.length;
      // A pipe or a growing file has more than its size said.
      if (length > limitBytes) return tooLarge(path, options);
      onBytes(bytes.length);
      chunks.push(bytes);
    }
    return ok({ bytes: Buffer.concat(chunks), changedMs: Math.floor(mtimeMs) });
  } catch (error) {
    return fail(fileFailure(path, error));
  }
}

async function fromUrl(source: string, options: FetchOptions): Promise<Result<FetchedList, Failure>> {
  let address = source;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (url === undefined || !mayBeAsked(url, source)) {
      const message = `\`${shown(address)}\` is not an \`https://\` URL: a list that anybody on the way can change is no knowledge`;
      return fail({ code: "knowledge_url", message });
    }
    const server = serverOf(url, options.limitBytes);
    const chunks: Uint8Array[] = [];
    try {
      // One after another: each answer says where the next question goes.
      const answer = await httpGet(server, url.pathname, url.searchParams, options.signal, (piece) => {
        options.onBytes(piece.length);
        chunks.push(piece);
      });
      return ok({ bytes: Buffer.concat(chunks), changedMs: answer.lastModifiedMs });
    } catch (error) {
      const next = redirectOf(error, url);
      if (next === undefined) {
        return fail({
          code: "knowledge_url",
          message: `\`${shown(source)}\` cannot be read: ${httpTrouble(error, server)}`,
        });
      }
      address = next;
    }
  }
  return fail({
    code: "knowledge_url",
    message: `\`${shown(source)}\` is redirected more than ${mostRedirects} times`,
  });
}

function serverOf(url: URL, maxResponseBytes: number): HttpServer {
  const origin = new URL(url.origin);
  // A user in the URL is meant for its host, and is not taken along by a redirect.
  origin.username = url.username;
  origin.password = url.password;
  const headers = { accept: "*/*", "user-agent": "postern" };
  return { url: origin, tls: undefined, tokenFile: undefined, headers, timeoutMs, maxResponseBytes };
}

function redirectOf(error: unknown, from: URL): string | undefined {
  if (!(error instanceof HttpFailure) || ![301, 302, 303, 307, 308].includes(error.status)) return undefined;
  const { location } = error;
  return location === undefined || !URL.canParse(location, from.href) ? undefined : new URL(location, from).href;
}

function tooLarge(source: string, { limitBytes }: FetchOptions): Result<never, Failure> {
  const megabytes = Math.floor(limitBytes / 2 ** 20);
  return fail({
    code: "knowledge_too_large",
    message: `\`${shown(source)}\` is larger than ${megabytes} MiB, which is the limit`,
  });
}

function fileFailure(path: string, error: unknown): Failure {
  const code = codeOf(error);
  const where = `\`${shown(path)}\``;
  if (code === "ENOENT" || code === "ENOTDIR") {
    return { code: "knowledge_not_found", message: `there is no file ${where}, check the path` };
  }
  if (code === "EACCES" || code === "EPERM")
    return { code: "knowledge_no_permission", message: `${where} may not be read` };
  if (code === "EISDIR") return { code: "knowledge_unreadable", message: `${where} is a folder, name the files in it` };
  return { code: "knowledge_unreadable", message: `${where} cannot be read (${code ?? String(error)})` };
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
