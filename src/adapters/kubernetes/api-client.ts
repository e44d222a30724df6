import type { Agent, IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { http, https } from "../../app/live/node-http.ts";
import type { ClusterAccess, Credentials } from "./cluster-access.ts";

export interface ApiAnswer {
  readonly status: number;
  /** What the server asks to wait before another request. */
  readonly retryAfterMs: number | undefined;
  /** Unpacked. To be read to its end, or destroyed. */
  readonly body: Readable;
}

/**
 * Requests to one API server: GET, and for reviews (which change nothing) POST. Connections are kept and used again.
 */
export class ApiClient {
  private readonly access: ClusterAccess;
  private readonly agent: Agent;
  private readonly userAgent: string;
  private readonly patienceMs: number;
  /** The next request asks for new credentials: the last ones were refused. */
  private isRefused = false;

  /** @param patienceMs how long the server may take to begin its answer */
  constructor(access: ClusterAccess, { userAgent = "postern", patienceMs = 60_000 } = {}) {
    this.access = access;
    this.userAgent = userAgent;
    this.patienceMs = patienceMs;
    const options = {
      keepAlive: true,
      keepAliveMsecs: 30_000,
      maxSockets: 64,
      maxFreeSockets: 2,
      ...(access.proxy === undefined
        ? {}
        : { proxyEnv: { http_proxy: access.proxy.href, https_proxy: access.proxy.href } }),
    };
    this.agent = access.server.protocol === "http:" ? new http.Agent(options) : new https.Agent(options);
  }

  /**
   * @param path below the server's address, with its query
   * @param accept one media type
   * @throws the error of the connection, or `AccessError` when credentials cannot be read
   */
  async get(path: string, accept: string, signal: AbortSignal): Promise<ApiAnswer> {
    return this.ask(path, accept, undefined, signal);
  }

  /**
   * A question that the API takes as an object: TokenReview, SubjectAccessReview.
   * @param body JSON
   * @throws as {@link get}
   */
  async post(path: string, body: string, signal: AbortSignal): Promise<ApiAnswer> {
    return this.ask(path, "application/json", body, signal);
  }

  close(): void {
    this.agent.destroy();
  }

  private async ask(path: string, accept: string, body: string | undefined, signal: AbortSignal): Promise<ApiAnswer> {
    const isRefused = this.isRefused;
    this.isRefused = false;
    const credentials = await untilAborted(this.access.credentials(isRefused), signal);
    const response = await this.send(path, accept, body, credentials, signal);
    const status = response.statusCode ?? 0;
    if (status === 401) this.isRefused = true;
    const isPacked = response.headers["content-encoding"] === "gzip";
    return { status, retryAfterMs: retryAfterMs(response), body: isPacked ? unpacked(response) : response };
  }

  private async send(
    path: string,
    accept: string,
    body: string | undefined,
    { token, cert, key, ca = this.access.ca }: Credentials,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const { server, serverName, isInsecure, headers } = this.access;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const request = (server.protocol === "http:" ? http : https).request(
      {
        agent: this.agent,
        host: server.hostname.replaceAll(/^\[|\]$/g, ""),
        port: server.port === "" ? (server.protocol === "http:" ? 80 : 443) : Number(server.port),
        path: `${server.pathname.replace(/\/$/, "")}${path}`,
        method: body === undefined ? "GET" : "POST",
        headers: {
          ...headers,
          accept,
          "accept-encoding": "gzip",
          "user-agent": this.userAgent,
          host: server.host,
          ...(body === undefined
            ? {}
            : { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) }),
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        signal,
        rejectUnauthorized: !isInsecure,
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        ...(serverName === undefined ? {} : { servername: serverName }),
      },
      resolve,
    );
    request.on("error", reject);
    // Of our own, because that of the request only begins once a proxy has let us through. Whoever reads the answer
    // watches over it with limits of its own.
    const timer = setTimeout(() => {
      const error = new Error("no answer");
      reject(error);
      request.destroy(error);
    }, this.patienceMs);
    request.end(body);
    return promise.finally(() => clearTimeout(timer));
  }
}

/** A credential plug-in may take its time; whoever wants to leave does not wait for it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const leave = (): void => reject(new Error("no longer wanted"));
  if (signal.aborted) leave();
  signal.addEventListener("abort", leave, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", leave);
  }
}

function unpacked(response: IncomingMessage): Readable {
  const unpacking = createGunzip();
  response.on("error", (error) => unpacking.destroy(error));
  response.on("aborted", () => unpacking.destroy(new Error("the connection broke")));
  unpacking.on("close", () => response.destroy());
  return response.pipe(unpacking);
}

function retryAfterMs({ headers }: IncomingMessage): number | undefined {
  const seconds = Number(headers["retry-after"]);
  return Number.isInteger(seconds) && seconds >= 0 ? Math.min(seconds, 300) * 1000 : undefined;
}
