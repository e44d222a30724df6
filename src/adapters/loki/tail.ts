import { WebSocket } from "ws";
import { BackOff } from "../../app/live/back-off.ts";
import { readSecret, readTls } from "../../app/live/credentials.ts";
import type { HttpServer } from "../../app/live/http-get.ts";
import { http, https } from "../../app/live/node-http.ts";
import { proxyOptions } from "../../app/live/proxy.ts";
import { EntryReader, type LokiEntry } from "./entries.ts";

/** Loki ends each tail after an hour, unless told otherwise: that is no trouble. */
const soundMs = 60_000;
/** Who refuses today may be set up tomorrow. */
const refusedMs = 3_600_000;
const longestHandshakeMs = 10_000;
/** Inside a JSON string its quotes would be escaped. */
const droppedEntries = /"dropped_entries"\s*:\s*\[\s*\{/;

/**
 * The websocket on which Loki sends lines as it gets them. It may lose some: it says so of those that we were too slow for,
 * and nothing of those that an ingester held when its connection to the querier broke. Whoever uses it counts.
 * @see grafana/loki pkg/querier: a ping each second, `dropped_entries` of at most a thousand, an error when the time is over
 */
export class LokiTail {
  /** Came, and not yet taken. */
  waiting: LokiEntry[] = [];
  /** Why it is not open, for people; empty when there is nothing to say. */
  trouble = "";
  private readonly server: HttpServer;
  private readonly query: string;
  private readonly received: (bytes: number) => void;
  private readonly backOff = new BackOff();
  private socket: WebSocket | undefined;
  private waitingBytes = 0;
  private hasDropped = false;
  private openedMs = 0;
  private lastSignMs = 0;
  private nextTryMs = 0;

  constructor(server: HttpServer, query: string, received: (bytes: number) => void) {
    this.server = server;
    this.query = query;
    this.received = received;
  }

  get isOpen(): boolean {
    return this.socket?.readyState === WebSocket.OPEN;
  }

  /** Whether Loki said, since this was last asked, that it left lines out. */
  takeDropped(): boolean {
    const { hasDropped } = this;
    this.hasDropped = false;
    return hasDropped;
  }

  /**
   * Opens the connection if it is not, and if it is time; closes one that gives no sign of life.
   * @param startMs by the server's clock: older lines need not be sent
   * @param signal ends the waiting for a server that does not answer
   * @throws a `CredentialsError` when a file cannot be used
   */
  async keepOpen(startMs: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    if (this.isOpen && now - this.lastSignMs > this.server.timeoutMs) {
      this.end(`no sign of life for ${this.server.timeoutMs / 1000} s`);
    }
    if (this.socket === undefined && now >= this.nextTryMs) await this.open(startMs, signal);
  }

  /** Takes out what lies before `time`. */
  takeBefore(time: bigint): readonly LokiEntry[] {
    const taken = this.waiting.filter((entry) => entry.time < time);
    if (taken.length === 0) return taken;
    this.waiting = this.waiting.filter((entry) => entry.time >= time);
    this.waitingBytes = this.waiting.reduce((sum, { line }) => sum + line.length, 0);
    return taken;
  }

  close(): void {
    const { socket } = this;
    this.socket = undefined;
    this.waiting = [];
    this.waitingBytes = 0;
    socket?.terminate();
  }

  private async open(startMs: number, signal: AbortSignal): Promise<void> {
    const socket = await connect(this.server, this.query, startMs);
    this.socket = socket;
    this.openedMs = this.lastSignMs = performance.now();
    const answered = this.listen(socket);
    const { promise: aborted, resolve } = Promise.withResolvers<void>();
    const abandon = (): void => {
      this.close();
      resolve();
    };
    if (signal.aborted) abandon();
    signal.addEventListener("abort", abandon, { once: true });
    await Promise.race([answered, aborted]);
    signal.removeEventListener("abort", abandon);
  }

  /** Resolves when the connection stands, or will not. */
  private listen(socket: WebSocket): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const isOurs = (): boolean => this.socket === socket;
    const alive = (): void => {
      this.lastSignMs = performance.now();
    };
    socket.on("open", () => {
      if (isOurs()) this.trouble = "";
      resolve();
    });
    socket.on("ping", alive);
    socket.on("message", (frame: Buffer) => {
      alive();
      if (isOurs()) this.take(frame);
    });
    socket.on("unexpected-response", (_, response) => {
      const { statusCode: status = 0 } = response;
      response.destroy();
      if (isOurs()) this.end(`HTTP ${status}`, status >= 400 && status < 500 && status !== 429 ? refusedMs : 0);
      resolve();
    });
    socket.on("error", (error: Error) => {
      if (isOurs()) this.end("code" in error ? String(error.code) : error.message);
      resolve();
    });
    socket.on("close", (code, reason) => {
      if (isOurs()) this.end(reason.length === 0 ? `closed with ${code}` : reason.toString("utf8").slice(0, 200));
      resolve();
    });
    return promise;
  }

  private take(frame: Buffer): void {
    this.received(frame.length);
    const text = frame.toString("latin1");
    if (droppedEntries.test(text)) this.hasDropped = true;
    if (!text.includes('"values"')) return;
    const reader = new EntryReader();
    reader.push(frame);
    if (!reader.finish()) {
      this.end("a frame that is none of Loki's; check `url`");
      return;
    }
    for (const entry of reader.entries) {
      this.waiting.push(entry);
      this.waitingBytes += entry.line.length;
    }
    if (this.waitingBytes > this.server.maxResponseBytes) {
      this.end(`more than ${this.server.maxResponseBytes >> 20} MiB came within \`delaySeconds\``);
    }
  }

  /** What waits is let go: it will be asked for. */
  private end(why: string, atLeastMs = 0): void {
    const now = performance.now();
    const wasSound = now - this.openedMs > soundMs;
    if (wasSound) this.backOff.reset();
    this.nextTryMs = wasSound ? now : now + this.backOff.nextMs(atLeastMs);
    this.trouble = wasSound ? "" : why.replaceAll(/[\p{C}\s]+/gu, " ");
    this.hasDropped = false;
    this.close();
  }
}

/** Begins to connect; whether it stands is told by the socket's events. */
async function connect(server: HttpServer, query: string, startMs: number): Promise<WebSocket> {
  const tls = server.tls === undefined ? {} : await readTls(server.tls);
  const token = server.tokenFile === undefined ? undefined : await readSecret(server.tokenFile, "tokenFile");
  const url = new URL(server.url);
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/loki/api/v1/tail`;
  url.search = String(new URLSearchParams({ query, start: `${startMs}000000`, limit: "1" }));
  const { Agent } = url.protocol === "https:" ? https : http;
  return new WebSocket(url.href.replace(/^http/, "ws"), {
    ...tls,
    agent: new Agent(proxyOptions(url)),
    headers: { ...server.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
    handshakeTimeout: Math.min(server.timeoutMs, longestHandshakeMs),
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: server.maxResponseBytes,
  });
}
