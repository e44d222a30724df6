import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { liveSources } from "./live-sources.ts";
import { packSettings, unpackSettings } from "./observer-handed.ts";
import { observerPort } from "./observer-port.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-handed-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Every kind of source, with options that are more than texts. */
const sources = [
  { kind: "capture", path: "-" },
  { kind: "flow-export", listen: [2055, "[::1]:4739"], exporters: ["10.0.0.0/8", "2001:db8::/32"] },
  { kind: "goldmane", tls: { caFile: "ca.pem" } },
  { kind: "hubble", address: "relay:443", tls: {}, tokenFile: "token" },
  { kind: "netobserv-kafka", brokers: ["kafka:9092"], topic: "flows" },
  { kind: "netobserv-loki", url: "https://loki.example:3100/path" },
  { kind: "ovn-acl-log", files: ["/var/log/ovn/acl-audit-log.log"] },
  { kind: "ovn-acl-syslog", udp: [5514], senders: ["10.0.0.0/8"] },
  { kind: "prometheus", url: "https://prometheus.example" },
];

test("settings are the same on the other side", async () => {
  expect(sources.map(({ kind }) => kind).toSorted()).toEqual(Object.keys(liveSources).toSorted());
  const config = {
    observer: "edge",
    cluster: "east",
    sources,
    networks: { pods: ["10.128.0.0/14"], services: ["fd00::/112"] },
    ship: { url: "https://postern.example.com/in" },
    metrics: "127.0.0.1:9400",
  };
  writeFileSync(join(folder, "observe.yaml"), JSON.stringify(config));
  const read = await observerPort().readFile(join(folder, "observe.yaml"));
  if (!read.ok) throw new Error(read.error.map(({ message }) => message).join("\n"));
  expect(await unpackSettings(structuredClone(packSettings(read.value)))).toEqual(read.value);
});
