import { createSocket } from "node:dgram";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openDuckDbStore } from "../../../src/adapters/duckdb/edge-store.ts";
import type { SourcesReport } from "../../../src/app/sources-report.ts";
import { formatIp } from "../../../src/core/net/ip.ts";
import { freePort, postern, Served } from "./served.ts";

let folder = "";
let served: Served | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "postern-served-"));
});
afterEach(async () => {
  await served?.end("SIGKILL");
  await rm(folder, { recursive: true, force: true });
});

const pod = `apiVersion: v1
kind: Pod
metadata: { name: cart-1, namespace: shop, uid: 0f3c9b1e-0000-4000-8000-000000000001 }
spec: { nodeName: node-a, containers: [{ name: cart, image: cart }] }
status: { phase: Running, podIP: 10.128.0.5, podIPs: [{ ip: 10.128.0.5 }], startTime: "2020-01-01T00:00:00Z" }
`;

/** A NetFlow v5 datagram with one record: the pod to 192.0.2.9 on TCP 443. */
function datagram(sequence: number): Buffer {
  const packet = Buffer.alloc(24 + 48);
  const now = Date.now();
  packet.writeUInt16BE(5, 0);
  packet.writeUInt16BE(1, 2);
  packet.writeUInt32BE(100_000, 4);
  packet.writeUInt32BE(Math.floor(now / 1000), 8);
  packet.writeUInt32BE((now % 1000) * 1_000_000, 12);
  packet.writeUInt32BE(sequence, 16);
  packet.set([10, 128, 0, 5], 24);
  packet.set([192, 0, 2, 9], 28);
  packet.writeUInt32BE(10, 40);
  packet.writeUInt32BE(1000, 44);
  packet.writeUInt32BE(99_000, 48);
  packet.writeUInt32BE(99_500, 52);
  packet.writeUInt16BE(40_000 + sequence, 56);
  packet.writeUInt16BE(443, 58);
  packet[61] = 0x1b;
  packet[62] = 6;
  return packet;
}

test("a collector with an observer inside keeps what arrives, in one process and without a token", async () => {
  const [port, exportPort] = [await freePort(), await freePort()];
  await writeFile(join(folder, "pod.yaml"), pod);
  await writeFile(
    join(folder, "observe.yaml"),
    JSON.stringify({
      observer: "inside",
      cluster: "east",
      every: "100ms",
      sources: [{ kind: "flow-export", listen: [`127.0.0.1:${exportPort}`], exporters: ["127.0.0.0/8"] }],
      networks: { pods: ["10.128.0.0/14"], services: ["172.30.0.0/16"] },
      kubernetes: { dump: [join(folder, "pod.yaml")] },
      buffer: { folder: join(folder, "buffer") },
    }),
  );
  const data = join(folder, "data");
  served = new Served(port, "--data", data, "--observe", join(folder, "observe.yaml"));
  await served.start();
  const socket = createSocket("udp4");
  let report: SourcesReport | undefined;
  for (let sent = 0; sent < 300; sent += 1) {
    if (sent < 20) socket.send(datagram(sent), exportPort, "127.0.0.1");
    await sleep(50);
    if (sent < 20 || sent % 20 !== 0) continue;
    const told = await postern("sources", "--data", data, "-o", "json");
    report = JSON.parse(told.stdout) as SourcesReport;
    if (report.sources.some(({ records }) => records >= 20)) break;
  }
  socket.close();
  expect(report?.sources).toMatchObject([
    { cluster: "east", observer: "inside", source: "flow-export", state: "running", records: 20 },
  ]);
  expect(report?.observers).toMatchObject([{ observer: "inside", address: "" }]);
  expect(await served.end("SIGTERM")).toBe(0);
  const store = await openDuckDbStore({ folder: data, access: "read" });
  if (!store.ok) throw new Error(store.error.message);
  const window = { fromMs: 0, toMs: 9e12 };
  const { edges } = await store.value.edges({ cluster: "east", namespace: undefined, window, limit: 10 });
  await store.value.close();
  expect(edges.map(({ namespace, address, port: own, flows }) => [namespace, formatIp(address), own, flows])).toEqual([
    ["shop", "192.0.2.9", 443, 20],
  ]);
});

test("a configuration that cannot be used is told before anything listens", async () => {
  await writeFile(join(folder, "observe.yaml"), "cluster: east\nsources: [{ kind: hubbel }]\n");
  const args = ["--data", join(folder, "data"), "--observe", join(folder, "observe.yaml")];
  const ran = await postern("serve", ...args, "--listen", "127.0.0.1:0");
  expect([ran.code, ran.stderr]).toEqual([1, expect.stringContaining("hubbel")]);
});
