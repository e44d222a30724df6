import { describe, expect, test } from "vitest";
import { fateForTest, harvestForTest } from "./harvest.test-support.ts";

const base = {
  namespace: "shop",
  workload: "Deployment/cart",
  destination: "198.51.100.7",
  port: 443,
  protocol: "tcp",
};
const edge = "shop Deployment/cart → 198.51.100.7 tcp/443 seen ×1";

describe("a plain record", () => {
  test.each([
    ["in JSON", {}, edge],
    [
      "with everything",
      { name: "pay.example.com", bytes: 1200, time: "2026-09-01T08:30:00Z", verdict: "allowed", count: 7 },
      "shop Deployment/cart → 198.51.100.7 tcp/443 allowed ×7 1200 B (pay.example.com)",
    ],
    ["to a block", { destination: "198.51.100.0/24" }, edge.replace("198.51.100.7", "198.51.100.0/24")],
    ["to a block with host bits", { destination: "198.51.100.7/24" }, edge.replace("198.51.100.7", "198.51.100.0/24")],
    ["to one address as a block", { destination: "198.51.100.7/32" }, edge],
    ["to everything", { destination: "0.0.0.0/0" }, edge.replace("198.51.100.7", "0.0.0.0/0")],
    ["to an IPv6 block", { destination: "2001:db8::1/48" }, edge.replace("198.51.100.7", "2001:db8::/48")],
    ["with the protocol in the port", { port: "53/UDP", protocol: undefined }, edge.replace("tcp/443", "udp/53")],
    ["without protocol", { protocol: undefined }, edge],
    ["of ICMP, which has no port", { protocol: "icmp", port: undefined }, edge.replace("tcp/443", "icmp")],
    ["with the name of a workload only", { workload: "cart" }, edge.replace("Deployment/cart", "Workload/cart")],
    ["of a pod", { workload: undefined, pod: "cart-5d4f6c7b8d-x2k9q" }, edge],
    ["of a namespace only", { workload: undefined }, edge.replace("Deployment/cart", "Namespace/shop")],
    ["denied", { verdict: "drop" }, edge.replace("seen", "denied")],
    ["with seconds since 1970", { time: 1_788_251_400 }, edge],
    ["without namespace", { namespace: undefined }, "left out: source-unknown"],
    ["without port", { port: undefined }, "malformed"],
    ["without destination", { destination: undefined, namespace: "shop" }, "malformed"],
    ["to a name instead of an address", { destination: "pay.example.com" }, "malformed"],
    ["with a strange verdict", { verdict: "maybe" }, "malformed"],
    ["with a strange time", { time: "noon" }, "malformed"],
    ["with nanoseconds since 1970", { time: 1_788_251_400_000_000 }, "malformed"],
    ["with negative bytes", { bytes: -1 }, "malformed"],
    ["with a list where a text belongs", { namespace: ["shop"] }, "malformed"],
  ])("%s", (_, change, expected) => {
    expect(fateForTest(JSON.stringify({ ...base, ...change }), { format: "plain" })).toBe(expected);
  });

  test("tells seconds from milliseconds", () => {
    const window = (time: unknown): number | undefined =>
      harvestForTest([JSON.stringify({ ...base, time })]).window?.firstMs;
    expect([window(1_788_251_400), window(1_788_251_400_000), window("2026-09-01T08:30:00Z")]).toEqual([
      1_788_251_400_000, 1_788_251_400_000, 1_788_251_400_000,
    ]);
  });
});

describe("a CSV", () => {
  const header = "namespace,workload,destination,port,protocol,name";
  test.each([
    ["plain", [header, "shop,Deployment/cart,198.51.100.7,443,tcp,"], edge],
    ["with a byte order mark and CRLF", [`\ufeff${header}\r`, "shop,Deployment/cart,198.51.100.7,443,tcp,\r"], edge],
    ["with semicolons", [header.replaceAll(",", ";"), "shop;Deployment/cart;198.51.100.7;443;tcp;"], edge],
    ["with tabs", [header.replaceAll(",", "\t"), "shop\tDeployment/cart\t198.51.100.7\t443\ttcp\t"], edge],
    [
      "with quotes",
      [header, '"shop", "Deployment/cart" ,"198.51.100.7","443",tcp,"pay.example.com"'],
      `${edge} (pay.example.com)`,
    ],
    [
      "with other headings and columns that do not matter",
      ["Dst IP;Comment;Namespace;Dst Port;Owner", 'x;"a;b";y;1;z', '198.51.100.7;"a "";"" b";shop;443;Deployment/cart'],
      "malformed",
    ],
    [
      "with other headings",
      ["Dst IP;Comment;Namespace;Dst Port;Owner", '198.51.100.7;"a "";"" b";shop;443;Deployment/cart'],
      edge,
    ],
    ["with its header twice", [header, header, "shop,Deployment/cart,198.51.100.7,443,tcp,"], edge],
    ["with a missing column", [header, "shop,Deployment/cart,198.51.100.7,443"], "malformed"],
    ["with an open quote", [header, 'shop,"Deployment/cart,198.51.100.7,443,tcp,'], "malformed"],
  ])("%s", (_, lines, expected) => {
    expect(fateForTest(lines)).toBe(expected);
  });
});
