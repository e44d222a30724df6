import { spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { afterEach, describe, expect, test, vi } from "vitest";
import { syslogOptions } from "../../../src/adapters/syslog/options.ts";
import { aclSyslogSource } from "../../../src/adapters/syslog/source.ts";
import { issueCertificate } from "../../certificate.ts";
import { RecordedHands } from "../recorded-hands.ts";
import { lacksRsyslog, lacksRsyslogTls, Rsyslog } from "./rsyslog.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** An audit line of its own packet, told by its source port. */
function line(port: number): string {
  const time = new Date(1_700_000_000_000 + port * 1000).toISOString();
  const flow = `tcp,vlan_tci=0x0000,nw_src=10.128.2.7,nw_dst=198.51.100.4,tp_src=${port},tp_dst=443,tcp_flags=syn`;
  return `${time}|00004|acl_log(ovn_pinctrl0)|INFO|name="EF:shop:0", verdict=allow, severity=info, direction=to-lport: ${flow}`;
}

/** A source that listens, and the ports it got. */
async function listen(options: object): Promise<{ hands: RecordedHands; ports: number[] }> {
  const parsed = syslogOptions.parse({ senders: ["127.0.0.0/8"], ...options });
  const source = aclSyslogSource.open("acl", parsed, { nowMs: Date.now, stdin: (async function* () {})() });
  const hands = new RecordedHands();
  const abort = new AbortController();
  const ended = source.run(hands, abort.signal);
  closing.push(async () => {
    abort.abort();
    await ended;
  });
  await hands.until(() => hands.states.length > 0);
  const ports = [...hands.states[0]!.matchAll(/127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
  return { hands, ports };
}

async function send(port: number, text: string): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.end(text);
  await once(socket, "close");
}

describe.skipIf(lacksRsyslog())("rsyslog", () => {
  const json =
    'template(name="json" type="string" string="<%PRI%>1 %TIMESTAMP:::date-rfc3339% %HOSTNAME% %APP-NAME% - - - @cee:{\\"host\\":\\"%HOSTNAME%\\",\\"message\\":\\"%msg:::json%\\"}\\n")';
  test.each([
    ["UDP, RFC 3164", "udp", 'protocol="udp" template="RSYSLOG_TraditionalForwardFormat"', ""],
    ["UDP, RFC 5424", "udp", 'protocol="udp" template="RSYSLOG_SyslogProtocol23Format"', ""],
    ["TCP by lines, RFC 3164", "tcp", 'protocol="tcp" template="RSYSLOG_ForwardFormat"', ""],
    [
      "TCP by counts, RFC 5424",
      "tcp",
      'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"',
      "",
    ],
    ["TCP by lines, JSON with the cookie", "tcp", 'protocol="tcp" template="json"', json],
  ])("forwards the log over %s", async (_, protocol, settings, template) => {
    const { hands, ports } = await listen({ [protocol]: ["127.0.0.1:0"] });
    const rsyslog = new Rsyslog(ports[0]!, { settings, template });
    closing.push(() => rsyslog.close());
    rsyslog.write(range(1, 101).map(line));
    await hands.until(() => hands.ports.length + hands.malformedReasons.length >= 100);
    expect(hands.malformedReasons).toEqual([]);
    expect(hands.ports).toEqual(range(1, 101));
  });
});

describe("logger", () => {
  test.each([
    ["RFC 3164 over UDP", "udp", ["--udp", "--rfc3164"]],
    [
      "RFC 5424 with structured data over UDP",
      "udp",
      ["--udp", "--rfc5424", "--sd-id", "ovn@32473", "--sd-param", 'node="n1"'],
    ],
    ["RFC 5424 without time and host", "udp", ["--udp", "--rfc5424=notime,notq,nohost"]],
    ["RFC 3164 over TCP by lines", "tcp", ["--tcp", "--rfc3164"]],
    ["RFC 5424 over TCP by counts", "tcp", ["--tcp", "--rfc5424", "--octet-count"]],
  ])("sends %s", async (_, protocol, settings) => {
    const { hands, ports } = await listen({ [protocol]: ["127.0.0.1:0"] });
    const to = ["--server", "127.0.0.1", "--port", String(ports[0]), "--size", "4KiB", ...settings];
    const said = spawnSync("logger", to, { input: `${range(1, 21).map(line).join("\n")}\n`, encoding: "utf8" });
    expect([said.status, said.stderr]).toEqual([0, ""]);
    await hands.until(() => hands.ports.length + hands.malformedReasons.length >= 20);
    expect(hands.malformedReasons).toEqual([]);
    expect(hands.ports).toEqual(range(1, 21));
  });
});

/** Files with a certificate for this collector, one for a node, and their authority. */
function issue() {
  const folder = mkdtempSync(join(tmpdir(), "postern-syslog-"));
  closing.push(() => rmSync(folder, { recursive: true }));
  const authority = issueCertificate({ commonName: "authority", isAuthority: true });
  const server = issueCertificate({ commonName: "collector", hosts: ["127.0.0.1", "collector"] }, authority);
  const node = issueCertificate({ commonName: "node-1", hosts: ["node-1"] }, authority);
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const clientCaFile = file("authority.pem", authority.cert);
  const certificate = {
    certFile: file("server.pem", server.cert),
    keyFile: file("server.key", server.key),
    clientCaFile,
  };
  const sender = { caFile: clientCaFile, certFile: file("node.pem", node.cert), keyFile: file("node.key", node.key) };
  return { authority, node, certificate, sender };
}

describe.skipIf(lacksRsyslogTls())("rsyslog with gtls", () => {
  test("forwards the log over TLS, both sides with certificates", async () => {
    const { certificate, sender } = issue();
    const { hands, ports } = await listen({ tls: ["127.0.0.1:0"], certificate });
    const driver = 'StreamDriverMode="1" StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="collector"';
    const settings = `protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format" ${driver}`;
    const rsyslog = new Rsyslog(ports[0]!, { settings, template: "", tls: sender });
    closing.push(() => rsyslog.close());
    rsyslog.write(range(1, 101).map(line));
    await hands.until(() => hands.ports.length + hands.malformedReasons.length >= 100);
    expect(hands.malformedReasons).toEqual([]);
    expect(hands.ports).toEqual(range(1, 101));
  });
});

test("TLS carries it too, and a sender without a certificate is turned away", async () => {
  const { authority, node, certificate } = issue();
  const { hands, ports } = await listen({ tls: ["127.0.0.1:0"], certificate });
  const to = { port: ports[0]!, host: "127.0.0.1", ca: authority.cert };
  const sender = connectTls({ ...to, cert: node.cert, key: node.key });
  await once(sender, "secureConnect");
  const text = `<134>1 - node-1 ovn - - - ${line(1)}`;
  sender.end(`${text.length} ${text}`);
  await hands.until(() => hands.ports.length === 1);
  const stranger = connectTls(to);
  stranger.on("error", () => undefined);
  stranger.end(`<134>${line(2)}\n`);
  await hands.until(() => hands.malformedReasons.includes("a TLS handshake failed"));
  expect(hands.ports).toEqual([1]);
});

test("a renewed certificate is shown to who comes later", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  closing.push(() => vi.useRealTimers());
  const { authority, node, certificate } = issue();
  const { hands, ports } = await listen({ tls: ["127.0.0.1:0"], certificate });
  const shown = async (): Promise<string> => {
    const socket = connectTls({
      port: ports[0]!,
      host: "127.0.0.1",
      ca: authority.cert,
      cert: node.cert,
      key: node.key,
    });
    await once(socket, "secureConnect");
    const { CN } = socket.getPeerCertificate().subject;
    socket.destroy();
    return String(CN);
  };
  expect(await shown()).toBe("collector");
  const renewed = issueCertificate({ commonName: "renewed", hosts: ["127.0.0.1"] }, authority);
  // Half written first: the old one goes on.
  writeFileSync(certificate.certFile, renewed.cert);
  vi.advanceTimersByTime(60_000);
  await hands.until(() => hands.malformedReasons.includes("a renewed certificate cannot be used"));
  expect(await shown()).toBe("collector");
  writeFileSync(certificate.keyFile, renewed.key);
  vi.advanceTimersByTime(60_000);
  let name = "";
  while (name !== "renewed") name = await shown();
  expect(name).toBe("renewed");
});

test("who is not among the senders is counted, and not heard", async () => {
  const { hands, ports } = await listen({ udp: ["127.0.0.1:0"], tcp: ["127.0.0.1:0"], senders: ["192.0.2.0/24"] });
  const socket = createSocket("udp4");
  closing.push(() => socket.close());
  socket.send(`<134>${line(1)}`, ports[0], "127.0.0.1");
  await send(ports[1]!, `<134>${line(2)}\n`).catch(() => undefined);
  await hands.until(() => hands.malformedReasons.length === 2);
  expect(new Set(hands.malformedReasons)).toEqual(new Set(["from somebody who is not among `senders`"]));
  expect(hands.ports).toEqual([]);
});

test.skipIf(!existsSync("/proc/self/net/udp"))("what the kernel had no room for is lost by number", async () => {
  const { hands, ports } = await listen({ udp: ["127.0.0.1:0"] });
  const count = 30_000;
  const flood = `const s = require("node:dgram").createSocket("udp4");
    const timeOf = (i) => new Date(1.7e12 + 1000 * i).toISOString();
    const lineOf = (i) => process.argv[1].replace(timeOf(1), timeOf(i)).replace("tp_src=1,", "tp_src=" + i + ",");
    let sent = 0;
    const next = () => (sent < ${count} ? s.send(lineOf(++sent), ${ports[0]}, "127.0.0.1", next) : s.close());
    next();`;
  // Nobody listens while it sends.
  expect(spawnSync(process.execPath, ["-e", flood, `<134>${line(1)}`], { timeout: 60_000 }).status).toBe(0);
  await hands.until(() => hands.lostRecords > 0);
  await hands.until(() => hands.ports.length + hands.lostRecords === count);
  expect(hands.malformedReasons).toEqual([]);
});

test("messages without end, garbage and too many connections are counted, and the rest is heard", async () => {
  const { hands, ports } = await listen({ tcp: ["127.0.0.1:0"], maxConnections: 4 });
  await send(ports[0]!, `<134>${"x".repeat(100_000)}\n<134>nonsense\n<134>${line(1)}\n`);
  await hands.until(() => hands.ports.length === 1 && hands.malformedReasons.length === 2);
  expect(hands.malformedReasons.toSorted()).toEqual(["longer than 64 KiB", "not an ACL log line"]);
  const from = (localAddress: string): Socket => {
    const socket = connect({ port: ports[0]!, host: "127.0.0.1", localAddress });
    closing.push(() => socket.destroy());
    return socket.on("error", () => undefined);
  };
  for (const sender of ["127.0.0.1", "127.0.0.1", "127.0.0.1"]) from(sender);
  await hands.until(() =>
    hands.malformedReasons.includes("a connection of a sender that has half of `maxConnections`"),
  );
  // Another sender has the other half.
  from("127.0.0.2").write(`<134>${line(2)}\n`);
  await hands.until(() => hands.ports.length === 2);
  for (const sender of ["127.0.0.3", "127.0.0.4"]) from(sender);
  await hands.until(() => hands.malformedReasons.includes("a connection beyond `maxConnections`"));
});

test("a sender that must wait is not read on", async () => {
  const { hands, ports } = await listen({ tcp: ["127.0.0.1:0"] });
  hands.hold();
  const text = range(1, 20_001)
    .map((port) => `<134>${line(port)}\n`)
    .join("");
  const sending = send(ports[0]!, text);
  await hands.until(() => hands.isHolding);
  for (let before = -1; before !== hands.receivedBytes; await sleep(100)) before = hands.receivedBytes;
  expect(hands.ports.length).toBeLessThan(10_000);
  hands.release();
  await sending;
  await hands.until(() => hands.ports.length === 20_000);
  expect(hands.ports).toEqual(range(1, 20_001));
});
