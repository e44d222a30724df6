import { readSecret, readTls } from "./credentials.ts";
import { http, https } from "./node-http.ts";
import { proxyFor, proxyOptions } from "./proxy.ts";
import { retryAfterMs } from "./retry-after.ts";
import type { TlsOptions } from "./source-options.ts";

/** Whom to ask, and as whom; files are read at each request, so that renewed tokens and certificates hold. */
export interface HttpServer {
  readonly url: URL;
  readonly tls: TlsOptions | undefined;
  readonly tokenFile: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
}

export interface HttpAnswer {
  /** The server's clock, in whole seconds; undefined when it does not say. */
  readonly dateMs: number | undefined;
  /** When what was asked for was last changed; undefined when the server does not say. */
  readonly lastModifiedMs: number | undefined;
}

/** The server answered, but not with what was asked for. */
export class HttpFailure extends Error {
  override readonly name = "HttpFailure";
  /** Of HTTP; 0 when the answer was longer than allowed. */
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  /** Where the server sends whoever asks, as it says it; not followed here. */
  readonly location: string | undefined;

  constructor(message: string, status: number, waitMs?: number, location?: string) {
    super(message);
    this.status = status;
    this.retryAfterMs = waitMs;
    this.location = location;
  }
}

const maxComplaint = 300;
/** A server that asks for more is asked again earlier. */
const longestRetryAfterMs = 300_000;

/**
 * Asks and hands over the answer piece by piece, so that memory is bounded by the pieces. Rejects with an `HttpFailure`
 * for any status but 200, with what the server says about it; with a `CredentialsError` when a file cannot be used; with
 * the system's error when nobody answers. Redirects are not followed: a token is meant for one host. The environment's
 * proxy is used, if it names one.
 */
export async function httpGet(
  server: HttpServer,
  path: string,
  query: URLSearchParams,
  signal: AbortSignal,
  take: (piece: Uint8Array) => void,
): Promise<HttpAnswer> {
  const tls = server.tls === undefined ? {} : await readTls(server.tls);
  const token = server.tokenFile === undefined ? undefined : await readSecret(server.tokenFile, "tokenFile");
  const url = new URL(server.url);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}${path}`;
  url.search = query.toString();
  const headers = {
    accept: "application/json",
    ...server.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const { Agent, request } = url.protocol === "https:" ? https : http;
  const agent = new Agent(proxyOptions(url));
  // An answer that trickles is cut off as well: the whole exchange has its time.
  const limit = AbortSignal.any([signal, AbortSignal.timeout(server.timeoutMs)]);
  return new Promise<HttpAnswer>((resolve, reject) => {
    const asked = request(url, { ...tls, headers, signal: limit, agent }, (response) => {
      const isWanted = response.statusCode === 200;
      let length = 0;
      let complaint = "";
      response.on("data", (piece: Buffer) => {
        length += piece.length;
        if (isWanted && length > server.maxResponseBytes) {
          const megabytes = Math.round(server.maxResponseBytes / (1 << 20));
          asked.destroy(new HttpFailure(`the answer is longer than ${megabytes} MiB`, 0));
        } else if (isWanted) take(piece);
        else if (complaint.length < maxComplaint) complaint += piece.toString("utf8");
      });
      response.once("error", reject);
      response.once("end", () => {
        const { statusCode: status = 0 } = response;
        const { date, location, "last-modified": lastModified } = response.headers;
        if (isWanted) resolve({ dateMs: moment(date), lastModifiedMs: moment(lastModified) });
        else {
          const laterMs = retryAfterMs(response.headers, Date.now());
          const heededMs = laterMs === undefined ? undefined : Math.min(longestRetryAfterMs, laterMs);
          reject(new HttpFailure(describe(status, complaint), status, heededMs, location));
        }
      });
    });
    asked.once("error", (error) => {
      const isLate = limit.aborted && !signal.aborted;
      reject(isLate ? new Error(`no whole answer within ${server.timeoutMs / 1000} s`, { cause: error }) : error);
    });
    asked.end();
  });
}

function describe(status: number, complaint: string): string {
  const said = complaint.replaceAll(/\s+/g, " ").trim().slice(0, maxComplaint);
  const why =
    status === 401 || status === 403
      ? " (check the token and its rights)"
      : status === 404
        ? " (check the path in `url`)"
        : "";
  return `HTTP ${status}${why}${said === "" ? "" : `: ${said}`}`;
}

function moment(header: string | undefined): number | undefined {
  const ms = Date.parse(header ?? "");
  return Number.isNaN(ms) ? undefined : ms;
}

/** Why a request failed, for people; system errors by their code. */
export function httpTrouble(error: unknown, server: HttpServer): string {
  const host = server.url.host;
  if (error instanceof HttpFailure && error.status !== 0) return `\`${host}\` answered ${error.message}`;
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    const isProxied = proxyFor(server.url, process.env) !== undefined;
    const way = isProxied ? ", through the proxy that the environment names" : "";
    return `\`${host}\` cannot be asked (${error.code})${way}; check ${isProxied ? "the proxy, " : ""}\`url\` and \`tls\``;
  }
  return `\`${host}\`: ${error instanceof Error ? error.message : String(error)}`;
}
