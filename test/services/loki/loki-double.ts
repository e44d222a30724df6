import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";

/** Fields that NetObserv's writer makes labels, and so takes out of the line. */
const labelled = new Set([
  "SrcK8S_Namespace",
  "SrcK8S_OwnerName",
  "SrcK8S_Type",
  "DstK8S_Namespace",
  "DstK8S_OwnerName",
  "DstK8S_Type",
  "K8S_FlowLayer",
  "FlowDirection",
]);

/** As Loki has it, but quicker. */
const pingMs = 50;

interface Stored {
  readonly stream: Readonly<Record<string, string>>;
  readonly time: bigint;
  readonly line: string;
}

/** Instead of the next answer. */
export interface Refusal {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class LokiDouble {
  /** Requests, in their order. */
  readonly asked: { readonly url: URL; readonly headers: IncomingMessage["headers"] }[] = [];
  readonly refusals: Refusal[] = [];
  maxEntries = 5000;
  /** What its clock says. */
  clock: () => number = Date.now;
  /** Sent to nobody who tails, as when an ingester's connection to the querier broke. */
  isLosing = false;
  /** Tails that are open now. */
  readonly tails = new Set<WebSocket>();
  /** Instead of opening the next tails. */
  readonly tailRefusals: number[] = [];
  /** Who asks for a tail gets no answer. */
  isMute = false;
  private readonly stored: Stored[] = [];
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly server: Server;
  private turns = 0;

  private constructor() {
    this.server = createServer((request, response) => this.answer(request, response));
    this.server.on("upgrade", (request, socket, head) => {
      const url = new URL(request.url ?? "/", this.url);
      this.asked.push({ url, headers: request.headers });
      const refusal = url.pathname === "/loki/api/v1/tail" ? this.tailRefusals.shift() : 404;
      if (refusal !== undefined) {
        socket.end(`HTTP/1.1 ${refusal} refused\r\ncontent-length: 0\r\n\r\n`);
        return;
      }
      if (this.isMute) {
        socket.once("end", () => socket.destroy()).resume();
        return;
      }
      this.sockets.handleUpgrade(request, socket, head, (tail) => {
        const pings = setInterval(() => tail.ping(), pingMs);
        tail.once("close", () => {
          clearInterval(pings);
          this.tails.delete(tail);
        });
        this.tails.add(tail);
      });
    });
  }

  /** Of requests: those that asked for lines, counts or a tail. */
  askedFor(path: "query_range" | "query" | "tail"): number {
    return this.asked.filter(({ url }) => url.pathname === `/loki/api/v1/${path}`).length;
  }

  /** Ends all tails, as after `tail_max_duration`. */
  endTails(reason = "reached tail max duration limit"): void {
    for (const tail of this.tails) tail.close(1011, reason);
  }

  /** Says that an entry was left out, without the entry, as a querier does with a slow client. */
  sayDropped(atMs: number): void {
    const labels = '{app="netobserv-flowcollector"}';
    this.send({ streams: null, dropped_entries: [{ labels, timestamp: String(BigInt(atMs) * 1_000_000n) }] });
  }

  /** Any frame, to all who tail. */
  send(frame: unknown): void {
    for (const tail of this.tails) tail.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  private store(one: Stored): void {
    this.stored.push(one);
    if (this.isLosing) return;
    // In another order than an answer has them, and with a label that Loki adds.
    const stream = { detected_level: "unknown", ...Object.fromEntries(Object.entries(one.stream).toReversed()) };
    this.send({ streams: [{ stream, values: [[String(one.time), one.line]] }] });
  }

  static async open(): Promise<LokiDouble> {
    const double = new LokiDouble();
    double.server.listen(0, "127.0.0.1");
    await once(double.server, "listening");
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** As flowlogs-pipeline would write it: the time comes from a float and is imprecise in its last digits. */
  push(record: Readonly<Record<string, unknown>>): void {
    const time = BigInt(Number(record.TimeFlowEndMs) * 1e6);
    const labels = Object.entries(record).filter(([key]) => labelled.has(key));
    const fields = Object.entries(record).filter(([key]) => !labelled.has(key));
    const stream = Object.fromEntries(labels.map(([key, value]) => [key, String(value)]));
    this.store({
      stream: { app: "netobserv-flowcollector", ...stream },
      time,
      line: JSON.stringify(Object.fromEntries(fields)),
    });
  }

  /** Takes the content of a recorded answer. */
  pushAnswer(answer: {
    readonly data: { readonly result: readonly { stream: Record<string, string>; values: [string, string][] }[] };
  }): void {
    for (const { stream, values } of answer.data.result) {
      for (const [time, line] of values) this.store({ stream, time: BigInt(time), line });
    }
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.url);
    this.asked.push({ url, headers: request.headers });
    response.setHeader("date", new Date(this.clock()).toUTCString());
    const refusal = this.refusals.shift() ?? this.refusalOf(url);
    if (refusal !== undefined) {
      response.writeHead(refusal.status, refusal.headers).end(refusal.body ?? "");
      return;
    }
    if (url.pathname === "/loki/api/v1/query") {
      this.count(url, response);
      return;
    }
    const [from, to, limit] = ["start", "end", "limit"].map((key) => BigInt(url.searchParams.get(key) ?? "0"));
    const found = this.stored
      .filter(({ time }) => time >= from! && time < to!)
      .toSorted((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
      .slice(0, Number(limit));
    const streams = Map.groupBy(found, ({ stream }) => JSON.stringify(stream));
    this.turns += 1;
    const result = [...streams.values()].map((entries) => ({
      stream: Object.fromEntries(rotated(Object.entries(entries[0]!.stream), this.turns)),
      values: entries.map(({ time, line }) => [String(time), line]),
    }));
    response.writeHead(200, { "content-type": "application/json" });
    response.end(
      JSON.stringify({ status: "success", data: { resultType: "streams", result, stats: { summary: {} } } }),
    );
  }

  /** `sum(count_over_time({…}[2000ms]))`: behind its beginning, up to its time inclusive. */
  private count(url: URL, response: ServerResponse): void {
    const [, span = "0"] =
      /^sum\(count_over_time\(\{[^}]*\}\[(\d+)ms\]\)\)$/.exec(url.searchParams.get("query") ?? "") ?? [];
    const to = BigInt(url.searchParams.get("time") ?? "0");
    const from = to - BigInt(span) * 1_000_000n;
    const different = new Set(
      this.stored.filter(({ time }) => time > from && time <= to).map(({ time, line }) => `${time} ${line}`),
    );
    const value = [Number(to / 1_000_000n) / 1000, String(different.size)];
    const result = different.size === 0 ? [] : [{ metric: {}, value }];
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ status: "success", data: { resultType: "vector", result, stats: {} } }));
  }

  private refusalOf(url: URL): Refusal | undefined {
    if (url.pathname === "/loki/api/v1/query") return undefined;
    if (url.pathname !== "/loki/api/v1/query_range") return { status: 404, body: "404 page not found" };
    if (url.searchParams.get("direction") !== "forward") return { status: 400, body: "only forward is doubled" };
    const limit = Number(url.searchParams.get("limit"));
    if (limit <= this.maxEntries) return undefined;
    const body = `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${this.maxEntries})`;
    return { status: 400, body };
  }

  async close(): Promise<void> {
    for (const tail of this.tails) tail.terminate();
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}

function rotated<T>(list: readonly T[], by: number): T[] {
  const at = by % Math.max(1, list.length);
  return [...list.slice(at), ...list.slice(0, at)];
}
