import type { Agent, IncomingMessage } from "node:http";
import type { Delivery } from "../../app/live/batch-sink.ts";
import { CredentialsError, readSecret, readTls } from "../../app/live/credentials.ts";
import { http, https } from "../../app/live/node-http.ts";
import type { PackedSink } from "../../app/live/observer-ship.ts";
import { proxyFor, proxyOptions } from "../../app/live/proxy.ts";
import { retryAfterMs } from "../../app/live/retry-after.ts";
import type { TlsOptions } from "../../app/live/source-options.ts";
import { reachWords, saidThere } from "./reach-words.ts";

export interface HttpSinkOptions {
  /** Of the collector, without the path of its API. */
  readonly url: URL;
  readonly tokenFile: string | undefined;
  readonly tls: TlsOptions | undefined;
  readonly timeoutMs?: number;
}

const batchesPath = "v1/batches";
/** What a batch is answered that will never be taken: not understood, too large, packed in another way, not consistent. */
const neverTaken = new Set([400, 413, 415, 422]);
/** Somebody has to mend a token or a right: asking every second does not help. */
const refusedPauseMs = 60_000;
const longestAnswer = 4096;
const longestReason = 300;
const caOption = "`--ca-file` (`ship.tls.caFile`)";

interface Answer {
  readonly status: number;
  readonly retryAfterMs: number | undefined;
  readonly location: string | undefined;
  readonly text: string;
}

/**
 * Sends packed batches to a collector, over connections that are kept open. A token is read for every batch and certificates
 * are looked at for every batch, so that renewed ones hold. Redirects are not followed: the token is not theirs. The
 * environment's proxy is used, if it names one.
 */
export class HttpSink implements PackedSink {
  private readonly options: HttpSinkOptions;
  private readonly target: URL;
  private agent: Agent | undefined;
  private agentOf = "";

  constructor(options: HttpSinkOptions) {
    this.options = options;
    const base = options.url.href.endsWith("/") ? options.url.href : `${options.url.href}/`;
    this.target = new URL(batchesPath, base);
  }

  async deliverPacked(packed: Uint8Array, signal: AbortSignal): Promise<Delivery> {
    const { url, timeoutMs = 60_000 } = this.options;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      return this.judge(await this.post(packed, AbortSignal.any([signal, limit])));
    } catch (error) {
      if (error instanceof CredentialsError) return later(error.message);
      const why = limit.aborted ? `it did not answer within ${timeoutMs / 1000} s` : reachWords(error, url, caOption);
      const through = isProxied(url) ? ", through the proxy that the environment names" : "";
      return later(`the collector \`${url.origin}\` cannot be reached${through}: ${why}`);
    }
  }

  private async post(packed: Uint8Array, signal: AbortSignal): Promise<Answer> {
    const { tokenFile } = this.options;
    const token = tokenFile === undefined ? undefined : await readSecret(tokenFile, "tokenFile");
    const agent = await this.freshAgent();
    const headers = {
      "content-type": "application/json",
      "content-encoding": "zstd",
      "content-length": packed.length,
      accept: "application/json, application/problem+json",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const request = (this.target.protocol === "https:" ? https : http).request(this.target, {
      method: "POST",
      headers,
      agent,
      signal,
    });
    request.on("error", reject);
    request.on("response", (response) => {
      answerOf(response).then(resolve, reject);
    });
    request.end(packed);
    return promise;
  }

  /** The same connections as long as the certificates are the same. */
  private async freshAgent(): Promise<Agent> {
    const isSecure = this.target.protocol === "https:";
    const material = isSecure ? await readTls(this.options.tls ?? {}) : {};
    const of = JSON.stringify(material);
    if (this.agent !== undefined && of === this.agentOf) return this.agent;
    this.agent?.destroy();
    const keep = { keepAlive: true, maxSockets: 1, ...proxyOptions(this.target) };
    this.agent = isSecure ? new https.Agent({ ...keep, ...material, minVersion: "TLSv1.2" }) : new http.Agent(keep);
    this.agentOf = of;
    return this.agent;
  }

  private judge({ status, retryAfterMs: afterMs, location, text }: Answer): Delivery {
    const said = detailOf(text);
    const { origin } = this.options.url;
    if (status >= 200 && status < 300) return { kind: "stored" };
    if (neverTaken.has(status)) {
      return { kind: "refused", reason: `the collector \`${origin}\` answers ${status}${said}` };
    }
    if (status === 401 || status === 403) {
      const what =
        status === 401 ? "does not know the token" : "does not let this observer send the batch that is next";
      return later(`the collector \`${origin}\` ${what} (${status}${said})`, refusedPauseMs);
    }
    if (status >= 300 && status < 400) {
      const where = location === undefined ? "" : ` to \`${location.slice(0, longestReason)}\``;
      return later(`\`${origin}\` redirects${where}, which is not followed; name the collector itself`, refusedPauseMs);
    }
    return later(`the collector \`${origin}\` answers ${status}${said}`, afterMs);
  }

  close(): Promise<void> {
    this.agent?.destroy();
    return Promise.resolve();
  }
}

function later(reason: string, afterMs?: number): Delivery {
  return { kind: "later", reason, afterMs };
}

async function answerOf(response: IncomingMessage): Promise<Answer> {
  let text = "";
  response.setEncoding("utf8");
  for await (const chunk of response) if (text.length < longestAnswer) text += String(chunk);
  const { statusCode = 0, headers } = response;
  return { status: statusCode, retryAfterMs: retryAfterMs(headers, Date.now()), location: headers.location, text };
}

/** The sentence of a problem document, as `: …`; empty when there is none. */
function detailOf(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    if (typeof problem !== "object" || problem === null) return "";
    const said = "detail" in problem ? problem.detail : "message" in problem ? problem.message : undefined;
    return typeof said === "string" ? `: ${saidThere(said)}` : "";
  } catch {
    return "";
  }
}

/** Where the proxy's address is none, that is what is told. */
function isProxied(url: URL): boolean {
  try {
    return proxyFor(url, process.env) !== undefined;
  } catch {
    return false;
  }
}
