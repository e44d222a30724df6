import { describe, expect, test } from "vitest";
import { aRecord, dns } from "../sources/packets/made-dns.test-support.ts";
import {
  type End,
  ethernet,
  geneve,
  hello,
  type MadePacket,
  pcap,
  startMs,
  tcp,
  tlsRecords,
  udp,
} from "../sources/packets/made-packets.test-support.ts";
import { cart as pod, cartFacts } from "./cart.test-support.ts";
import { defaultFlowLimits } from "./flow-limits.ts";
import { gatherHarvest } from "./gather.ts";
import { formatEdgeForTest, usualNetworks } from "./harvest.test-support.ts";
import type { Harvest } from "./harvest.ts";
import { PacketReader } from "./packet-reader.ts";

/** What captures of raw IP packets come to, one input each. */
function harvestOf(...captures: readonly (readonly (MadePacket | Uint8Array)[])[]): Harvest {
  const known = { facts: cartFacts, given: usualNetworks };
  const inputs = captures.map(() => ({ format: "capture", csv: undefined }) as const);
  const networks = { ...usualNetworks, origin: "given" } as const;
  const reader = new PacketReader({ inputs, networks, isInferring: false, limits: defaultFlowLimits }, undefined);
  for (const [input, packets] of captures.entries()) {
    reader.push(input, pcap(packets, { link: 101 }));
    reader.finish();
  }
  return gatherHarvest([reader.snapshot().collected], known, defaultFlowLimits, [], { count: 0, samples: [] });
}

const opened = (to: End, said: Uint8Array | string, from = pod): Uint8Array[] => [
  tcp(from, to, "", { sequence: 1, flags: "S" }),
  tcp(to, from, "", { sequence: 1, flags: "SA" }),
  tcp(from, to, said, { sequence: 2 }),
];
const shown = ({ edges }: Harvest): readonly string[] => edges.map(formatEdgeForTest);
const warned = ({ warnings }: Harvest): readonly string[] => warnings.map(({ code, message }) => `${code}: ${message}`);

describe("captures become edges", () => {
  test("with the names of answers and of claims", () => {
    const server = { address: "198.51.100.7", port: 443 };
    const resolver = { address: "10.128.9.9", port: 5353 };
    const answer = udp(resolver, pod, dns("a.example", [aRecord("a.example", "198.51.100.7", 30)]));
    const harvest = harvestOf([answer, ...opened(server, tlsRecords(hello("b.example")))]);
    expect(shown(harvest)).toEqual([
      "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 190 B (a.example, b.example)",
    ]);
    expect(harvest.nameEvidence.map(({ name, from, ttlSeconds }) => [name, from, ttlSeconds])).toEqual([
      ["a.example", "dns-answer", 30],
      ["b.example", "tls-sni", undefined],
    ]);
    expect(warned(harvest)).toEqual([]);
  });

  test("but what a pod sends as a tunnel is only a flow of its own", () => {
    const forged = geneve(
      ethernet(udp({ address: "10.128.9.9", port: 53 }, pod, dns("a.example", [aRecord("a.example", "203.0.113.9")]))),
    );
    const from = (address: string): Uint8Array => {
      const carried = forged.slice();
      carried.set(address.split(".").map(Number), 12);
      return carried;
    };
    expect(harvestOf([from("192.0.2.1")]).nameEvidence).toHaveLength(1);
    const harvest = harvestOf([from("10.128.0.7")]);
    expect(harvest.nameEvidence).toEqual([]);
    expect(shown(harvest)).toEqual([`shop Deployment/cart → 192.0.2.2 udp/6081 seen ×1 ${forged.length} B`]);
  });

  test("of several captures together, each with its own connections", () => {
    const packets = opened({ address: "198.51.100.7", port: 443 }, "x");
    expect(shown(harvestOf(packets, packets))).toEqual(["shop Deployment/cart → 198.51.100.7 tcp/443 seen ×2 242 B"]);
  });

  test("that last for hours with all of their bytes, in every hour, as one flow", () => {
    const server = { address: "198.51.100.7", port: 443 };
    const [syn, synAck, data] = opened(server, "x");
    const packets = [syn!, synAck!, data!, data!, data!].map((frame, i) => ({
      frame,
      atMs: startMs + Math.max(0, i - 2) * 3_600_000 + 1,
    }));
    const [edge] = harvestOf(packets).edges;
    expect(edge!.activity.map(({ hour }) => hour - startMs / 3_600_000)).toEqual([0, 1, 2]);
    expect([edge!.flows, edge!.bytes, edge!.lastSeenMs! - edge!.firstSeenMs!]).toEqual([1, 203, 2 * 3_600_000]);
  });

  test("attempts that nobody answers are not mixed with the others", () => {
    const syn = tcp(pod, { address: "203.0.113.9", port: 25 }, "", { flags: "S" });
    const silent = [syn, { frame: syn, atMs: startMs + 5000 }];
    expect(shown(harvestOf([...opened({ address: "198.51.100.7", port: 443 }, "x"), ...silent]))).toEqual([
      "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1 121 B",
      "shop Deployment/cart → 203.0.113.9 tcp/25 unanswered ×1 80 B",
    ]);
  });

  test("a claim that answers speak against is told, one that they bear out is not", () => {
    const resolver = { address: "10.128.9.9", port: 53 };
    const answer = udp(resolver, pod, dns("a.example", [aRecord("a.example", "198.51.100.7")]));
    const claim = (address: string): Uint8Array[] => opened({ address, port: 443 }, tlsRecords(hello("a.example")));
    expect(warned(harvestOf([answer, ...claim("198.51.100.7")]))).toEqual([]);
    expect(warned(harvestOf(claim("203.0.113.9")))).toEqual([]);
    expect(warned(harvestOf([answer, ...claim("203.0.113.9")]))).toEqual([
      "flows_names_disputed: no DNS answer fits 1 name that clients claimed (shop/Deployment/cart calls 203.0.113.9 " +
        "a.example): the answer may be older than the recording, or the claim false",
    ]);
  });

  test("requests to a proxy give its address no names, and are told", () => {
    const proxy = { address: "192.0.2.9", port: 3128 };
    const harvest = harvestOf([
      ...opened(proxy, "CONNECT api.example:443 HTTP/1.1\r\nHost: api.example:443\r\n\r\n"),
      ...opened(proxy, "GET http://web.example/ HTTP/1.1\r\n\r\n", { ...pod, port: 40_001 }),
    ]);
    expect(harvest.nameEvidence).toEqual([]);
    expect(warned(harvest)).toEqual([
      "flows_proxied: 2 requests went to hosts behind a proxy, which an egress firewall does not see: allow the proxy here " +
        "and limit the hosts there (10.128.0.7 → 192.0.2.9 tcp/3128 for api.example)",
    ]);
  });

  test.each([
    ["DNS over TLS", { address: "198.51.100.53", port: 853 }, ""],
    ["a public resolver over HTTPS", { address: "1.1.1.1", port: 443 }, ""],
    ["a public resolver by its name", { address: "198.51.100.53", port: 443 }, "dns.google"],
  ])("%s is told, because its names are missing", (_, resolver, name) => {
    const said = name === "" ? "x" : tlsRecords(hello(name));
    expect(warned(harvestOf(opened(resolver, said)))).toEqual([
      `flows_dns_hidden: shop/Deployment/cart asks a resolver outside by encrypted DNS (${resolver.address} ` +
        `tcp/${resolver.port}), so names of what it reaches are missing: let it ask the cluster's DNS`,
    ]);
  });
});
