import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { afterAll, describe, expect, test } from "vitest";
import { cart as pod, cartFacts } from "../../pipeline/flows/cart.test-support.ts";
import { cidrForTest, formatEdgeForTest } from "../../pipeline/flows/harvest.test-support.ts";
import type { Harvest } from "../../pipeline/flows/harvest.ts";
import { aRecord, dns } from "../../pipeline/sources/packets/made-dns.test-support.ts";
import {
  ethernet,
  hello,
  pcap,
  tcp,
  tlsRecords,
  udp,
} from "../../pipeline/sources/packets/made-packets.test-support.ts";
import { FlowFolderForTest, recordForTest } from "./flow-folder.test-support.ts";
import { readFlows } from "./read-flows.ts";

const flows = new FlowFolderForTest();
afterAll(() => flows.remove());

const server = { address: "198.51.100.7", port: 443 };
const resolver = { address: "172.30.0.10", port: 53 };
const packets = [
  udp(resolver, pod, dns("a.example", [aRecord("a.example", "198.51.100.7")])),
  tcp(pod, server, "", { sequence: 1, flags: "S" }),
  tcp(server, pod, "", { sequence: 1, flags: "SA" }),
  tcp(pod, server, tlsRecords(hello("b.example")), { sequence: 2 }),
];
const capture = Buffer.from(pcap(packets.map((packet) => ethernet(packet))));

async function read(inputs: readonly string[], stdin: Readable = Readable.from([])): Promise<Harvest> {
  const options = {
    format: undefined,
    facts: cartFacts,
    clusterNetworks: [cidrForTest("10.128.0.0/14")],
    serviceNetworks: [],
  };
  const result = await readFlows(inputs, options, { stdin });
  if (!result.ok) throw new Error(result.error.map(({ message }) => message).join("; "));
  return result.value;
}

function told({ edges, nameEvidence }: Harvest): readonly string[] {
  return [
    ...edges.filter(({ namespace }) => namespace === "shop").map(formatEdgeForTest),
    ...nameEvidence.map(({ name, from, ttlSeconds }) => `${name} by ${from} ttl ${ttlSeconds}`),
  ];
}

const whole = [
  "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 190 B (a.example, b.example)",
  "a.example by dns-answer ttl 60",
  "b.example by tls-sni ttl undefined",
];

describe("a packet capture among recorded flows", () => {
  test.each([
    ["a file", () => read([flows.file("a.pcap", capture)])],
    ["gzip", () => read([flows.file("a.pcap.gz", gzipSync(capture))])],
    ["zstd, by any name", () => read([flows.file("a.jsonl", zstdCompressSync(capture))])],
    [
      "standard input in small pieces",
      () => read(["-"], Readable.from(Array.from(capture, (byte) => Buffer.of(byte)))),
    ],
  ])("is read from %s", async (_, harvest) => {
    expect(told(await harvest())).toEqual(whole);
  });

  test("lies in one folder with JSON and other captures", async () => {
    const lines = Array.from({ length: 50 }, (__, i) => recordForTest(i)).join("\n");
    const [folder = ""] = flows.folder("mixed", { "b.jsonl": lines });
    flows.file(join("mixed", "a.pcap"), capture);
    flows.file(join("mixed", "z.pcap"), capture.subarray(0, -9));
    const harvest = await read([folder]);
    expect(told(harvest)[0]).toBe("shop Deployment/cart → 198.51.100.7 tcp/443 seen ×2 270 B (a.example, b.example)");
    expect(
      harvest.inputs.map(({ path, format, flows: count, malformed, isTruncated }) => [
        path.slice(folder.length + 1),
        format,
        count,
        malformed,
        isTruncated,
      ]),
    ).toEqual([
      ["a.pcap", "capture", 4, 0, false],
      ["b.jsonl", "netobserv", 50, 0, false],
      ["z.pcap", "capture", 3, 0, true],
    ]);
  });

  test.each([
    ["its writer ends, as a Ctrl-C ends all of a pipeline", true],
    ["its writer goes on", false],
  ])("that comes live is over when it is interrupted, with what came by then: %s", async (_, ends) => {
    const written = 24 + 3 * 16 + 3 * 14 + packets[0]!.length + 80;
    const stdin = new Readable({ read: () => undefined });
    stdin.push(capture.subarray(0, written));
    let takenBack = 0;
    const divertInterrupt = (interrupted: () => void): (() => void) => {
      setImmediate(() => {
        interrupted();
        stdin.push(capture.subarray(written));
        if (ends) stdin.push(null);
      });
      return () => void (takenBack += 1);
    };
    const options = {
      format: undefined,
      facts: cartFacts,
      clusterNetworks: [cidrForTest("10.128.0.0/14")],
      serviceNetworks: [],
    };
    const result = await readFlows(["-"], options, { stdin, divertInterrupt });
    expect([result.ok && told(result.value), takenBack]).toEqual([whole, 1]);
  });

  test("that goes wrong says where", async () => {
    const harvest = await read([flows.file("bad.pcap", Buffer.concat([capture, Buffer.alloc(16, 0xff)]))]);
    expect(harvest.malformed.samples.map(({ byteOffset, reason }) => [byteOffset, reason])).toEqual([
      [capture.length, "not a packet record, so that the rest of the capture could not be read"],
    ]);
    expect(told(harvest)).toEqual(whole);
  });

  test("named as such must be one", async () => {
    const said = await flows.failure([flows.file("no.pcap", "no capture")], { format: "capture" });
    expect(said).toMatch(/^flows_unknown_format: `no.pcap` is in no known format \(saw no capture\)/);
  });
});
