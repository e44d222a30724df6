import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, expect, test } from "vitest";
import { FixedClusterView } from "../../app/live/fixed-cluster-view.ts";
import { MemoryOutbox, MemorySink, packForTest } from "../../app/live/observer.test-support.ts";
import { Observer } from "../../app/live/observer.ts";
import { cart as pod, cartFacts } from "../../pipeline/flows/cart.test-support.ts";
import { aRecord, cname, dns } from "../../pipeline/sources/packets/made-dns.test-support.ts";
import { hello, pcap, tcp, tlsRecords, udp } from "../../pipeline/sources/packets/made-packets.test-support.ts";
import { captureSource } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-observed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const server = { address: "198.51.100.7", port: 443 };
const resolver = { address: "10.128.9.9", port: 5353 };
const answer = dns("a.example", [cname("a.example", "b.example", 9), aRecord("b.example", "198.51.100.7")]);
const first = [
  udp(resolver, pod, answer),
  tcp(pod, server, "", { sequence: 1, flags: "S" }),
  tcp(server, pod, "", { sequence: 1, flags: "SA" }),
];
const second = [
  tcp(pod, server, tlsRecords(hello("a.example")), { sequence: 2 }),
  tcp(server, pod, "", { flags: "R" }),
];

/** One life of an observer, ended when `isEnough`. */
async function live(path: string, outbox: MemoryOutbox, sink: MemorySink, isEnough: () => boolean): Promise<void> {
  const stop = new AbortController();
  const source = captureSource.open(
    "packets",
    { path, follow: true },
    { stdin: Readable.from([]), nowMs: () => 100 * Date.now() },
  );
  const observer = new Observer(
    {
      observer: "node-a",
      cluster: "east",
      everyMs: 50,
      sources: [source],
      networks: { pods: [], services: [] },
      clusterPatienceMs: 10,
      isOnce: false,
      graceMs: 2000,
    },
    {
      view: new FixedClusterView("east", cartFacts),
      outbox,
      sink,
      pack: packForTest,
      anonymise: undefined,
      log: { say: () => undefined },
      nowMs: () => Date.now(),
      random: () => 0,
    },
  );
  const running = observer.run(stop.signal);
  while (!isEnough()) await pause(20);
  stop.abort();
  await running;
}

test("a capture that an observer reads in two lives is stored once, under its pods", async () => {
  const path = join(folder, "growing.pcap");
  const [outbox, sink] = [new MemoryOutbox(), new MemorySink()];
  const edges = (): SealedEdges => sink.batches.flatMap((batch) => batch.edges);
  const bytes = (): number => edges().reduce((sum, edge) => sum + (edge.bytes ?? 0), 0);
  writeFileSync(path, pcap(first, { link: 101 }));
  await live(path, outbox, sink, () => bytes() >= 80);
  appendFileSync(path, pcap(second, { link: 101 }).subarray(24));
  await live(path, outbox, sink, () => bytes() >= 230);
  expect([edges().reduce((sum, { flows }) => sum + flows, 0), bytes()]).toEqual([1, 230]);
  const names = sink.batches.flatMap(({ names: rows, owners }) =>
    rows.map(({ name, from, chain, ttlSeconds, owner }) => [
      owners[owner]!.workload.name,
      name,
      from,
      chain,
      ttlSeconds,
    ]),
  );
  expect(names).toEqual([
    ["cart", "a.example", "dns-answer", ["b.example"], 9],
    ["cart", "a.example", "tls-sni", [], undefined],
  ]);
});

type SealedEdges = readonly MemorySink["batches"][number]["edges"][number][];
