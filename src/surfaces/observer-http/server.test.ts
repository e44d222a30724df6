import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { freshCounts } from "../../app/live/observer-counts.ts";
import type { ObserverStatus } from "../../app/live/observer-status.ts";
import { type ObserverServer, serveStatus } from "./server.ts";

let server: ObserverServer;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await server.close();
});

let asked = 0;
const status = (): ObserverStatus => {
  asked += 1;
  return {
    isListening: true,
    cluster: { counts: { objects: 0, reconnects: 0, intervals: 0 } },
    sources: [{ name: "flows", kind: "hubble", state: "running", message: "", totals: freshCounts() }],
    outbox: { batches: 0, bytes: 0 },
    batches: {
      sealed: 0,
      stored: 0,
      refused: 0,
      dropped: 0,
      edges: 0,
      names: 0,
      packedBytes: 0,
      sealedAtMs: undefined,
    },
    outboxTrouble: undefined,
    deliveryTrouble: undefined,
  } as unknown as ObserverStatus;
};

async function connected(): Promise<Socket> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {});
  sockets.push(socket);
  await once(socket, "connect");
  return socket;
}

test("a probe is answered, however many connect and say nothing", async () => {
  server = await serveStatus({ host: "127.0.0.1", port: 0 }, status, () => 0);
  const silent: Socket[] = [];
  for (let i = 0; i < 100; i += 1) silent.push(await connected());
  for (const path of ["healthz", "readyz", "metrics"]) {
    const answer = await fetch(`${server.url}/${path}`);
    expect([path, answer.status]).toEqual([path, 200]);
    await answer.text();
  }
  // The first to come were the first to go.
  await Promise.all(silent.slice(0, 30).map(async (socket) => socket.closed || once(socket.resume(), "close")));
});

test("of requests in a row one is answered, so that nobody fills the memory with answers that he does not read", async () => {
  server = await serveStatus({ host: "127.0.0.1", port: 0 }, status, () => 0);
  const socket = await connected();
  asked = 0;
  socket.write("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(1500));
  let text = "";
  socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
  await once(socket, "close");
  expect([asked, text.match(/^HTTP\/1\.1 200/gm)?.length]).toEqual([1, 1]);
});
