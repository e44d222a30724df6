import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ConnectionRoom } from "../../app/live/connection-room.ts";
import { http } from "../../app/live/node-http.ts";
import type { ListenAt } from "../../app/live/observer-settings.ts";
import type { ObserverStatus } from "../../app/live/observer-status.ts";
import { expositionType } from "./exposition.ts";
import { type Health, livenessOf, readinessOf } from "./health.ts";
import { metricsText } from "./metrics.ts";

export interface ObserverServer {
  /** As it can be asked, `http://127.0.0.1:9400`. */
  readonly url: string;
  close(): Promise<void>;
}

/** Anybody in the cluster may connect: the one who has been there for longest makes room, so that probes are answered. */
const mostConnections = 64;
/** Without a byte in either direction. */
const idleMs = 15_000;

/** Rejects when nothing can listen there. */
export async function serveStatus(
  at: ListenAt,
  status: () => ObserverStatus,
  nowMs: () => number,
): Promise<ObserverServer> {
  const server = http.createServer(
    { requestTimeout: 10_000, headersTimeout: 5000, connectionsCheckingInterval: 2000, maxHeaderSize: 16_384 },
    (request, response) => {
      request.resume();
      const [path] = (request.url ?? "").split("?", 1);
      if (request.method !== "GET" && request.method !== "HEAD") answer(response, 405, "only GET\n");
      else if (path === "/healthz") health(response, livenessOf(status(), nowMs()));
      else if (path === "/readyz") health(response, readinessOf(status()));
      else if (path === "/metrics") answer(response, 200, metricsText(status()), expositionType);
      else answer(response, 404, "there are /metrics, /healthz and /readyz\n");
    },
  );
  server.timeout = idleMs;
  // Of requests in a row every answer would be made before the first is read: some bytes would ask for megabytes.
  server.maxRequestsPerSocket = 1;
  const room = new ConnectionRoom(mostConnections);
  let connections = 0;
  server.on("connection", (socket) => room.enter(String((connections += 1)), socket));
  const listening = Promise.withResolvers<void>();
  server.once("error", listening.reject);
  server.listen(at.port, at.host, () => listening.resolve());
  await listening.promise;
  const { address, port } = server.address() as AddressInfo;
  return {
    url: `http://${address.includes(":") ? `[${address}]` : address}:${port}`,
    close: async () => {
      const closed = Promise.withResolvers<void>();
      server.close(() => closed.resolve());
      server.closeAllConnections();
      await closed.promise;
    },
  };
}

function health(response: ServerResponse, { isGood, reasons }: Health): void {
  answer(response, isGood ? 200 : 503, isGood ? "ok\n" : reasons.map((reason) => `${reason}\n`).join(""));
}

function answer(response: ServerResponse, status: number, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(text);
}
