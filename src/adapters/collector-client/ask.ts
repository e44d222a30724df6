import type { Failure } from "../../app/failure.ts";
import { CredentialsError } from "../../app/live/credentials.ts";
import { HttpFailure, type HttpServer, httpGet } from "../../app/live/http-get.ts";
import type { CollectorAddress } from "../../app/serve.ts";
import { quoted } from "../../core/quoted.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { reachWords } from "./reach-words.ts";

const timeoutMs = 120_000;
/** Of an answer that is kept as a text. */
const maxTextBytes = 64 << 20;

/** Asks a collector and gives its answer as text. */
export async function askCollector(
  address: CollectorAddress,
  path: string,
  query: URLSearchParams,
): Promise<Result<string, Failure>> {
  const pieces: Uint8Array[] = [];
  const take = (piece: Uint8Array): boolean => pieces.push(piece) > 0;
  const told = await askInPieces(address, { path, query, maxBytes: maxTextBytes }, take);
  return told.ok ? ok(Buffer.concat(pieces).toString("utf8")) : told;
}

/** What is asked, and how long its answer may be; absent: as long as it is. */
export interface Question {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly maxBytes?: number;
}

/** Asks a collector and hands its answer over as it comes, until `take` says that it is enough. */
export async function askInPieces(
  { url: text, tokenFile, caFile }: CollectorAddress,
  { path, query, maxBytes = Infinity }: Question,
  take: (piece: Uint8Array) => boolean,
  signal?: AbortSignal,
): Promise<Result<void, Failure>> {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    const message = `${quoted(text)} is no address of a collector; write \`https://collector.example:8723\``;
    return fail({ code: "collector_address", message });
  }
  const server: HttpServer = {
    url,
    tls: caFile === undefined ? undefined : { caFile },
    tokenFile,
    headers: {},
    timeoutMs,
    maxResponseBytes: maxBytes,
  };
  const enough = new AbortController();
  const until = signal === undefined ? enough.signal : AbortSignal.any([signal, enough.signal]);
  try {
    await httpGet(server, path, query, until, (piece) => {
      if (!take(piece)) enough.abort();
    });
    return ok(undefined);
  } catch (error) {
    return fail(failureOf(error, url));
  }
}

function failureOf(error: unknown, url: URL): Failure {
  const who = `the collector ${quoted(url.origin)}`;
  if (error instanceof CredentialsError) {
    return { code: "collector_credentials", message: error.message.replace(/^`\w+`/, asFlag) };
  }
  if (error instanceof HttpFailure) {
    const { status } = error;
    const said = detailOf(error.message);
    if (status === 401 || status === 403) {
      return { code: "collector_no_permission", message: `${who} refuses (${status})${said}` };
    }
    return { code: "collector_answered", message: `${who} answers ${status}${said}` };
  }
  return {
    code: "collector_unreachable",
    message: `${who} cannot be reached: ${reachWords(error, url, "`--ca-file`")}`,
  };
}

/** Files are named by flags here, and by the same words in camel case in configurations. */
function asFlag(option: string): string {
  return option.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`).replace("`", "`--");
}

/** The sentence of the problem document inside a complaint, as `: …`; empty when there is none. */
function detailOf(complaint: string): string {
  const [, detail] = /"detail":"((?:[^"\\]|\\.)*)/.exec(complaint) ?? [];
  if (detail === undefined) return "";
  try {
    return `: ${String(JSON.parse(`"${detail}"`))}`;
  } catch {
    return "";
  }
}
