import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openSyslogSender } from "../../src/adapters/syslog-sender/syslog-sender.ts";
import { parseSyslogPlace } from "../../src/app/audit/audit-port.ts";
import { issueCertificate } from "../certificate.ts";
import { onTerminal } from "../cli/made-up.ts";
import { type AuditStore, entries, openAuditStore } from "./audit-store.ts";

let store: AuditStore;
beforeEach(async () => {
  store = await openAuditStore();
  await store.state.decisions.audit.append(entries(3));
});
afterEach(() => store.close());

/** Receives one connection to its end. */
async function received(server: Server, event: string, work: (port: number) => Promise<void>): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  let text = "";
  const ended = new Promise<void>((resolve) => {
    server.on(event, (socket: Socket) => {
      socket.setEncoding("utf8").on("data", (part: string) => (text += part));
      socket.on("end", () => socket.end()).on("close", () => resolve());
    });
  });
  await work((server.address() as AddressInfo).port);
  await ended;
  server.close();
  return text;
}

/** Of frames with their length before them. */
function messagesIn(text: string): readonly string[] {
  const messages: string[] = [];
  for (let at = 0; at < text.length;) {
    const blank = text.indexOf(" ", at);
    const length = Number(text.slice(at, blank));
    messages.push(text.slice(blank + 1, blank + 1 + length));
    at = blank + 1 + length;
  }
  return messages;
}

async function send(address: string, more = ""): Promise<void> {
  const line = `audit export --format syslog --to ${address} --data ${store.folder}${more}`;
  const { code, stderr } = await onTerminal(line, { isTerminal: false });
  expect([code, stderr]).toEqual([0, "sent 3 records; the next is 3\n"]);
}

describe("records reach a receiver of syslog", () => {
  test("over TCP, each with its length before it", async () => {
    const text = await received(createServer(), "connection", (port) => send(`tcp://127.0.0.1:${port}`));
    const messages = messagesIn(text);
    expect(messages).toHaveLength(3);
    expect(messages[1]).toMatch(
      /^<110>1 1970-01-01T00:00:01\.001Z \S+ postern - proposal\.approve - \{"chainHash":.*\}$/,
    );
  });

  test("over TLS, from one who is who they say", async () => {
    const { cert, key } = issueCertificate({ commonName: "localhost", hosts: ["localhost"], isAuthority: true });
    const ca = join(store.folder, "ca.pem");
    await writeFile(ca, cert);
    const tls = createTlsServer({ cert, key });
    const text = await received(tls, "secureConnection", (port) => send(`tls://localhost:${port}`, ` --ca ${ca}`));
    expect(messagesIn(text)).toHaveLength(3);
    const server = createTlsServer({ cert, key }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const place = parseSyslogPlace(`tls://localhost:${port}`, undefined)!;
    expect(await openSyslogSender(place)).toMatchObject({ error: { code: "audit_syslog_unreachable" } });
    server.close();
  });

  test("over UDP, a datagram each", async () => {
    const socket = createSocket("udp4").bind(0, "127.0.0.1");
    await once(socket, "listening");
    const messages: string[] = [];
    const all = new Promise<void>((resolve) => {
      socket.on("message", (message) => messages.push(message.toString()) === 3 && resolve());
    });
    await send(`udp://127.0.0.1:${socket.address().port}`);
    await all;
    socket.close();
    expect(messages.every((message) => message.startsWith("<110>1 "))).toBe(true);
  });
});

test.each([
  ["udp://log.example", { protocol: "udp", host: "log.example", port: 514 }],
  ["TCP://10.0.0.1", { protocol: "tcp", host: "10.0.0.1", port: 601 }],
  ["tls://[2001:db8::1]:7000/", { protocol: "tls", host: "2001:db8::1", port: 7000 }],
  ["tls://host:0", undefined],
  ["tls://host:65536", undefined],
  ["http://host", undefined],
  ["udp://", undefined],
  ["udp://a b", undefined],
])("%s is a receiver or none", (text, place) => {
  const read = parseSyslogPlace(text, undefined);
  expect(read).toEqual(place === undefined ? undefined : { ...place, caFile: undefined });
});
