import { readFile } from "node:fs/promises";
import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { quoted } from "../../core/quoted.ts";
import { HostTrouble } from "./host-failure.ts";

export interface HostFetchOptions {
  /** PEM file with the authorities to trust instead of the system's; read at each request. */
  readonly caFile: string | undefined;
  /** Nothing is sent anywhere else, whatever an answer links to. */
  readonly origin?: string;
  readonly timeoutMs?: number;
  readonly mostBytes?: number;
  /** Longest time that a host which limits the rate is waited for within a request. */
  readonly patienceMs?: number;
  readonly nowMs?: () => number;
}

const mostTries = 4;
const mostRedirects = 3;
const firstPauseMs = 250;

/** `fetch` towards a code host: own authorities, bounded answers, patience with limits, and no redirect to a stranger. */
export function hostFetch(options: HostFetchOptions): typeof fetch {
  const { timeoutMs = 30_000, patienceMs = 20_000, nowMs = Date.now } = options;
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const method = (init.method ?? "GET").toUpperCase();
    const signals = [AbortSignal.timeout(timeoutMs), ...(init.signal instanceof AbortSignal ? [init.signal] : [])];
    const signal = AbortSignal.any(signals);
    for (let tries = 1; ; tries += 1) {
      const answer = await followed(url, method, init, options, signal).catch((error: unknown) => {
        if (init.signal?.aborted === true) throw new HostTrouble({ code: "host_aborted", message: "it was stopped" });
        if (signal.aborted)
          throw new HostTrouble({ code: "host_timeout", message: `${quoted(url.host)} did not answer in time` });
        if (error instanceof HostTrouble) throw error;
        if (method === "GET" && tries < mostTries - 1) return undefined;
        throw new HostTrouble(unreachable(url.host, error));
      });
      const pauseMs = answer === undefined ? firstPauseMs * 2 ** tries : pauseBefore(answer, method, tries, nowMs());
      if (pauseMs === undefined) return answer!;
      const isLimited = answer !== undefined && answer.status < 500;
      if (tries >= mostTries || pauseMs > patienceMs) {
        if (!isLimited) return answer!;
        const text = `${quoted(url.host)} asks to be asked less often, again in ${Math.ceil(pauseMs / 1000)} s`;
        throw new HostTrouble({ code: "host_rate_limited", message: text });
      }
      await sleep(pauseMs, undefined, { signal }).catch(() => undefined);
    }
  };
}

/** Undefined: the answer is one. */
function pauseBefore(answer: Response, method: string, tries: number, nowMs: number): number | undefined {
  const { status, headers } = answer;
  const isSpent = headers.get("x-ratelimit-remaining") === "0" || headers.get("ratelimit-remaining") === "0";
  const isLimited = status === 429 || (status === 403 && (headers.has("retry-after") || isSpent));
  if (isLimited) {
    const after = headers.get("retry-after");
    if (after !== null)
      return /^\d+$/.test(after) ? Number(after) * 1000 : Math.max(0, Date.parse(after) - nowMs) || 1000;
    const reset = Number(headers.get("x-ratelimit-reset") ?? headers.get("ratelimit-reset"));
    // GitHub asks for a minute where it does not say how long.
    return reset > 0 ? Math.max(1000, reset * 1000 - nowMs) : 60_000;
  }
  const isMomentary = status === 502 || status === 503 || status === 504;
  return isMomentary && method === "GET" && tries < mostTries - 1 ? firstPauseMs * 2 ** tries : undefined;
}

async function followed(
  url: URL,
  method: string,
  init: RequestInit,
  options: HostFetchOptions,
  signal: AbortSignal,
): Promise<Response> {
  let at = url;
  for (let turn = 0; ; turn += 1) {
    const answer = await once(at, method, init, options, signal);
    const location = answer.headers.get("location");
    const isRedirect = [301, 302, 307, 308].includes(answer.status) && location !== null;
    if (!isRedirect) return answer;
    if (turn >= mostRedirects) {
      throw new HostTrouble({ code: "host_moved", message: `${quoted(url.host)} redirects in a circle` });
    }
    const next = new URL(location, at);
    const keepsMeaning = method === "GET" || answer.status >= 307;
    // The token is meant for one host.
    if (next.origin !== at.origin || !keepsMeaning) {
      throw movedTo(url, next);
    }
    at = next;
  }
}

async function once(
  url: URL,
  method: string,
  { headers, body }: RequestInit,
  { caFile, origin, mostBytes = 16 * 2 ** 20 }: HostFetchOptions,
  signal: AbortSignal,
): Promise<Response> {
  if (origin !== undefined && url.origin !== origin) throw movedTo(new URL(origin), url);
  const ca = caFile === undefined ? undefined : await readFile(caFile);
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const sent = Object.fromEntries(new Headers(headers).entries());
  const text = typeof body === "string" ? body : undefined;
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        method,
        signal,
        headers: { ...sent, ...(text === undefined ? {} : { "content-length": Buffer.byteLength(text) }) },
        ...(ca && { ca }),
      },
      (answer) => {
        const pieces: Buffer[] = [];
        let bytes = 0;
        answer.on("data", (piece: Buffer) => {
          bytes += piece.length;
          if (bytes <= mostBytes) pieces.push(piece);
          else {
            answer.destroy();
            reject(
              new HostTrouble({ code: "host_too_much", message: `${quoted(url.host)} answers more than is read` }),
            );
          }
        });
        answer.on("error", reject);
        answer.on("end", () => {
          const status = answer.statusCode ?? 0;
          const isBare = status === 204 || status === 304;
          const own = new Headers();
          for (const [name, value] of Object.entries(answer.headers)) {
            for (const one of Array.isArray(value) ? value : [value]) if (one !== undefined) own.append(name, one);
          }
          const response = new Response(isBare ? null : Buffer.concat(pieces), { status, headers: own });
          Object.defineProperty(response, "url", { value: url.href });
          resolve(response);
        });
      },
    );
    asked.on("error", reject);
    asked.end(text);
  });
}

function movedTo(from: URL, to: URL): HostTrouble {
  const message = `${quoted(from.host)} sends requests to ${quoted(to.host)}: configure the address that it has now`;
  return new HostTrouble({ code: "host_moved", message });
}

function unreachable(host: string, error: unknown): { readonly code: string; readonly message: string } {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const isUntrusted = /CERT|SELF_SIGNED|UNABLE_TO|TLS/.test(code);
  return isUntrusted
    ? {
        code: "host_untrusted",
        message: `the certificate of ${quoted(host)} is not trusted (${code}): name its authority with \`caFile\``,
      }
    : { code: "host_unreachable", message: `${quoted(host)} cannot be reached (${code === "" ? "no answer" : code})` };
}
