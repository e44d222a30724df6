import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { issueCertificate } from "../../../test/certificate.ts";
import { RecordedHands } from "../../../test/services/recorded-hands.ts";
import { SenderGate } from "../../app/live/sender-gate.ts";
import { ipfix, set, template } from "../../pipeline/sources/flow-export/datagram.test-support.ts";
import { FlowExportDecoder } from "../../pipeline/sources/flow-export/decode.ts";
import { fields4, record, usual } from "../../pipeline/sources/flow-export/usual-flow.test-support.ts";
import { flowExportOptions } from "./options.ts";
import { flowExportSource } from "./source.ts";
import { messagePatienceMs, TransportSessions } from "./transport-sessions.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const nowMs = Date.now();
const told = set(2, template(256, fields4));
const flow = (port: number): readonly number[] =>
  set(256, record({ ...usual, sourcePort: port, startMs: nowMs, endMs: nowMs }));

async function listening(
  options: Record<string, unknown>,
): Promise<{ hands: RecordedHands; ports: readonly number[] }> {
  const hands = new RecordedHands();
  const parsed = flowExportOptions.parse({ listen: [], exporters: ["127.0.0.0/8"], ...options });
  const source = flowExportSource.open("exporters", parsed, { stdin: (async function* () {})(), nowMs: Date.now });
  const stop = new AbortController();
  const ended = source.run(hands, stop.signal);
  closing.push(() => {
    stop.abort();
    return ended;
  });
  const found = (): readonly number[] =>
    [...(hands.states.at(-1) ?? "").matchAll(/127\.0\.0\.1:(\d+)/g)].map((m) => Number(m[1]));
  await hands.until(() => found().length > 0);
  return { hands, ports: found() };
}

function connected(port: number, localAddress = "127.0.0.1"): Socket {
  const socket = connect({ port, host: "127.0.0.1", localAddress });
  socket.on("error", () => undefined);
  closing.push(() => socket.destroy());
  return socket;
}

test("templates that come over TCP hold for their connection and domain, and for no other", async () => {
  const { hands, ports } = await listening({ tcp: ["127.0.0.1:0"] });
  const first = connected(ports[0]!);
  first.write(ipfix({ domain: 7, atMs: nowMs }, told, flow(1)));
  await hands.until(() => hands.ports.length === 1);
  const second = connected(ports[0]!);
  second.end(ipfix({ domain: 7, atMs: nowMs }, flow(2)));
  await hands.until(() => hands.malformedReasons.includes("records whose template did not come in time"));
  // In pieces, as TCP may cut it.
  const whole = Buffer.concat([
    ipfix({ domain: 7, sequence: 1, atMs: nowMs }, flow(3)),
    ipfix({ domain: 7, sequence: 2, atMs: nowMs }, flow(4)),
  ]);
  first.write(whole.subarray(0, 70));
  await hands.until(() => hands.ports.length === 2);
  first.end(whole.subarray(70));
  await hands.until(() => hands.ports.length === 3);
  expect([hands.ports, hands.lostRecords, hands.outages]).toEqual([[1, 3, 4], 0, 0]);
});

test("what an exporter did not send shows in its sequence numbers when it goes", async () => {
  const { hands, ports } = await listening({ tcp: ["127.0.0.1:0"] });
  connected(ports[0]!).end(
    Buffer.concat([ipfix({ atMs: nowMs }, told, flow(1)), ipfix({ sequence: 5, atMs: nowMs }, flow(2))]),
  );
  await hands.until(() => hands.lostRecords > 0);
  expect([hands.ports, hands.lostRecords]).toEqual([[1, 2], 4]);
});

test("a connection that does not speak IPFIX is ended, and others go on", async () => {
  const { hands, ports } = await listening({ tcp: ["127.0.0.1:0"] });
  const good = connected(ports[0]!);
  const bad = connected(ports[0]!);
  bad.write("GET / HTTP/1.1\r\n\r\n");
  await once(bad, "close");
  good.write(ipfix({ atMs: nowMs }, told, flow(1)));
  await hands.until(() => hands.ports.length === 1);
  expect([hands.malformedReasons, hands.outages]).toEqual([
    ["a stream that is not IPFIX, so that its connection was ended"],
    1,
  ]);
});

test("a message that breaks off is told", async () => {
  const { hands, ports } = await listening({ tcp: ["127.0.0.1:0"] });
  connected(ports[0]!).end(ipfix({ atMs: nowMs }, told, flow(1)).subarray(0, 30));
  await hands.until(() => hands.outages === 1);
  expect(hands.malformedReasons).toEqual(["a message cut off by the end of its connection"]);
});

test("who may not send, and who is one too many, is turned away", async () => {
  const { hands, ports } = await listening({ tcp: ["127.0.0.1:0"], maxConnections: 1 });
  const first = connected(ports[0]!);
  first.write(ipfix({ atMs: nowMs }, told, flow(1)));
  await hands.until(() => hands.ports.length === 1);
  await once(connected(ports[0]!), "close");
  expect(hands.malformedReasons).toEqual(["a connection beyond `maxConnections`"]);
  const shared = await listening({ tcp: ["127.0.0.1:0"], maxConnections: 3 });
  connected(shared.ports[0]!).write(ipfix({ atMs: nowMs }, told, flow(1)));
  await shared.hands.until(() => shared.hands.ports.length === 1);
  await once(connected(shared.ports[0]!), "close");
  connected(shared.ports[0]!, "127.0.0.2").write(ipfix({ atMs: nowMs }, told, flow(2)));
  await shared.hands.until(() => shared.hands.ports.length === 2);
  expect(shared.hands.malformedReasons).toEqual(["a connection of an exporter that has half of `maxConnections`"]);
  const other = await listening({ tcp: ["127.0.0.1:0"], exporters: ["192.0.2.0/24"] });
  await once(connected(other.ports[0]!), "close");
  expect(other.hands.ports).toEqual([]);
});

test("TLS carries it too, and an exporter without a certificate is turned away", async () => {
  const folder = mkdtempSync(join(tmpdir(), "postern-export-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const file = (name: string, content: string): string => {
    writeFileSync(join(folder, name), content);
    return join(folder, name);
  };
  const authority = issueCertificate({ commonName: "authority", isAuthority: true });
  const server = issueCertificate({ commonName: "collector", hosts: ["127.0.0.1"] }, authority);
  const exporter = issueCertificate({ commonName: "node-1" }, authority);
  const certificate = {
    certFile: file("server.pem", server.cert),
    keyFile: file("server.key", server.key),
    clientCaFile: file("authority.pem", authority.cert),
  };
  const { hands, ports } = await listening({ tls: ["127.0.0.1:0"], certificate });
  const to = { port: ports[0]!, host: "127.0.0.1", ca: authority.cert };
  const sender = connectTls({ ...to, ...exporter });
  sender.end(ipfix({ atMs: nowMs }, told, flow(1)));
  await hands.until(() => hands.ports.length === 1);
  const stranger = connectTls(to);
  stranger.on("error", () => undefined);
  await hands.until(() => hands.malformedReasons.includes("a TLS handshake failed"));
  expect(hands.ports).toEqual([1]);
});

test("a certificate that cannot be read ends the source and says which file", async () => {
  const certificate = { certFile: "/nonexistent/tls.crt", keyFile: "/nonexistent/tls.key" };
  const options = flowExportOptions.parse({
    listen: [],
    tls: ["127.0.0.1:0"],
    certificate,
    exporters: ["127.0.0.0/8"],
  });
  const source = flowExportSource.open("exporters", options, { stdin: (async function* () {})(), nowMs: Date.now });
  await expect(source.run(new RecordedHands(), new AbortController().signal)).rejects.toThrow(
    "`certFile` `/nonexistent/tls.crt` does not exist",
  );
});

/** Connections with a clock of our own. */
async function sessions(
  idleMs: number,
): Promise<{ sessions: TransportSessions; hands: RecordedHands; port: number; clock: { nowMs: number } }> {
  const hands = new RecordedHands();
  const clock = { nowMs };
  const held = new TransportSessions({
    gate: new SenderGate(flowExportOptions.parse({ exporters: ["127.0.0.0/8"] }).exporters),
    hands,
    maxConnections: 4,
    idleMs,
    nowMs: () => clock.nowMs,
    openDecoder: () => new FlowExportDecoder(hands.take, { malformed: () => undefined, lost: () => undefined }),
    broken: (error) => expect.unreachable(String(error)),
  });
  const server = createServer((socket) => {
    held.connected(socket);
    held.ready(socket);
  }).listen(0, "127.0.0.1");
  closing.push(() => {
    held.close();
    server.close();
  });
  await once(server, "listening");
  const bound = server.address();
  return { sessions: held, hands, clock, port: typeof bound === "object" ? (bound?.port ?? 0) : 0 };
}

test("a connection on which nothing comes is closed", async () => {
  const { port, sessions: held, hands } = await sessions(20);
  const socket = connected(port);
  socket.resume();
  await once(socket, "close");
  await hands.until(() => held.count === 0);
  expect(held.decoders).toHaveLength(0);
});

test("a message that comes byte by byte holds its connection no longer than patience lasts", async () => {
  const { port, sessions: held, hands, clock } = await sessions(600_000);
  const slow = connected(port);
  const message = ipfix({ atMs: nowMs }, told, flow(1));
  slow.write(message.subarray(0, 10));
  await hands.until(() => hands.receivedBytes === 10);
  clock.nowMs += messagePatienceMs;
  held.check();
  slow.write(message.subarray(10, 11));
  await hands.until(() => hands.receivedBytes === 11);
  clock.nowMs += 1;
  held.check();
  slow.resume();
  await once(slow, "close");
  await hands.until(() => hands.outages === 1);
  expect(held.decoders).toHaveLength(0);
});
