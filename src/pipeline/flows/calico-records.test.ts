import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fateForTest, harvestForTest } from "./harvest.test-support.ts";

const base = {
  start_time: 1_788_246_600,
  end_time: 1_788_246_900,
  source_ip: "10.128.0.7",
  source_name: "cart-5d4f6c7b8d-x2k9q",
  source_name_aggr: "cart-5d4f6c7b8d-*",
  source_namespace: "shop",
  source_port: 40_000,
  source_type: "wep",
  source_labels: { labels: ["app=cart"] },
  dest_ip: "198.51.100.7",
  dest_name: "-",
  dest_name_aggr: "pub",
  dest_namespace: "-",
  dest_port: 443,
  dest_type: "net",
  dest_labels: null,
  dest_domains: ["pay.example.com"],
  proto: "tcp",
  action: "allow",
  reporter: "src",
  policies: { all_policies: ["0|default|shop/default.egress|allow|0"] },
  bytes_in: 900,
  bytes_out: 300,
  num_flows: 3,
  num_flows_started: 2,
  num_flows_completed: 2,
};
const edge = "shop Deployment/cart → 198.51.100.7 tcp/443 allowed ×2 300 B (pay.example.com)";
const fate = (change: Record<string, unknown>): string => fateForTest(JSON.stringify({ ...base, ...change }));

describe("a record of Calico's flow log", () => {
  test.each([
    ["as it comes", {}, edge],
    ["with the protocol as a number", { proto: 6 }, edge],
    ["with the protocol as a number in quotes", { proto: "6" }, edge],
    ["over UDP", { proto: "udp", dest_port: 53 }, edge.replace("tcp/443", "udp/53")],
    ["of a ping", { proto: "icmp", dest_port: null, source_port: null }, edge.replace("tcp/443", "icmp")],
    ["denied", { action: "deny" }, edge.replace("allowed", "denied")],
    ["of flows that began before", { num_flows_started: 0 }, edge.replace("×2", "×1")],
    ["without the flows that began", { num_flows_started: undefined }, edge.replace("×2", "×3")],
    ["without names", { dest_domains: null }, edge.replace(" (pay.example.com)", "")],
    ["to a network set", { dest_type: "ns", dest_name: "partners" }, edge],
    ["to a host", { dest_type: "hep", dest_ip: "10.0.1.7" }, edge.replace("198.51.100.7", "10.0.1.7")],
    ["to IPv6", { dest_ip: "2001:db8::7" }, edge.replace("198.51.100.7", "2001:db8::7")],
    ["aggregated over the pods of a Deployment", { source_ip: null, source_name: "-", source_port: null }, edge],
    ["aggregated, with the prefix as the name", { source_ip: null, source_name: "cart-5d4f6c7b8d-*" }, edge],
    [
      "aggregated, with the prefix as the only name",
      { source_ip: null, source_name: "cart-5d4f6c7b8d-*", source_name_aggr: undefined },
      edge,
    ],
    [
      "aggregated over the runs of a CronJob",
      { source_name: "-", source_name_aggr: "report-28512345-*" },
      edge.replace("Deployment/cart", "CronJob/report"),
    ],
    [
      "aggregated over pods whose kind the name does not tell",
      { source_name: null, source_name_aggr: "db-*" },
      edge.replace("Deployment/cart", "Workload/db"),
    ],
    [
      "of a pod whose own name tells more than what it shares with others",
      { source_name: "db-0", source_name_aggr: "db-*" },
      edge.replace("Deployment/cart", "StatefulSet/db"),
    ],
    ["without the type of its source", { source_type: undefined }, edge],
    [
      "without the type of its source, as aggregated",
      { source_type: undefined, source_ip: null, source_name: "-" },
      edge,
    ],
    [
      "without the type and the namespace of its source",
      { source_type: undefined, source_namespace: "-", source_ip: "203.0.113.9" },
      "left out: not-from-pod",
    ],
    [
      "without the type of its source, whose name is aggregated away",
      { source_type: undefined, source_ip: null, source_name: "-", source_name_aggr: "-*" },
      "left out: not-from-pod",
    ],
    ["without any number of flows", { num_flows: null, num_flows_started: null }, edge.replace("×2", "×1")],
    ["without a word on what was decided", { action: undefined }, edge.replace("allowed", "seen")],
    ["from the highest port there is", { source_port: 65_535 }, edge],
    ["with its numbers in quotes", { dest_port: "443", bytes_out: "300", num_flows_started: "2" }, edge],
    ["of a cluster without a name", { cluster: "-" }, edge],
    ["to the highest port there is", { dest_port: 65_535 }, edge.replace("443", "65535")],
    ["of a managed cluster", { cluster: "eu-1" }, `eu-1: ${edge}`],
    ["with an address that was aggregated away", { dest_ip: null }, "left out: not-a-flow"],
    ["from its destination", { reporter: "dst" }, "left out: ingress"],
    ["from several reporters", { reporter: "dst, fwd" }, "left out: ingress"],
    ["from a node that forwards", { reporter: "fwd" }, "left out: duplicate"],
    ["to a pod", { dest_type: "wep", dest_ip: "10.129.0.9" }, "left out: internal"],
    [
      "to a pod outside of the networks that are known",
      { dest_type: "wep", dest_ip: "192.168.9.9" },
      "left out: internal",
    ],
    ["of a host", { source_type: "hep" }, "left out: host-network"],
    ["from outside", { source_type: "net", source_name: "-", source_name_aggr: "pub" }, "left out: not-from-pod"],
    ["with an address that is none", { dest_ip: "nobody" }, "malformed"],
    ["with a protocol that is none", { proto: "carrier-pigeon" }, "malformed"],
    ["from an address that is none", { source_ip: "nobody" }, "malformed"],
    ["with a port that is none", { dest_port: 65_536 }, "malformed"],
    ["from a port that is none", { source_port: 65_536 }, "malformed"],
    ["with an action that is none", { action: "shrug" }, "malformed"],
    ["with a time that is none", { start_time: "yesterday" }, "malformed"],
    ["with an end that is none", { end_time: "tomorrow" }, "malformed"],
    ["with a time before 1970", { start_time: -1 }, "malformed"],
  ])("%s", (_, change, expected) => {
    expect(fate(change)).toBe(expected);
  });

  test("says the same whatever comes first in it", () => {
    const backwards = (change: object): string => {
      const fields = Object.entries({ ...base, cluster: "eu-1", ...change }).toReversed();
      return fateForTest(JSON.stringify(Object.fromEntries(fields)), { format: "calico" });
    };
    expect(backwards({})).toBe(`eu-1: ${edge}`);
    expect(backwards({ source_name: "db-0", source_name_aggr: "db-*" })).toContain(" StatefulSet/db → ");
  });

  test("that is aggregated has nothing of a longer name before it", () => {
    const aggregated = (namespace: string, name: string): string =>
      JSON.stringify({
        ...base,
        source_ip: null,
        source_name: "-",
        source_namespace: namespace,
        source_name_aggr: name,
      });
    const lines = [aggregated("warehouse", "stock-of-tomorrow-*"), aggregated("shop", "db-*")];
    expect(harvestForTest(lines).edges.map(({ namespace, workload }) => [namespace, workload.name])).toEqual([
      ["shop", "db"],
      ["warehouse", "stock-of-tomorrow"],
    ]);
  });

  test("counts flows that began before where only those are left", () => {
    const began = harvestForTest([JSON.stringify(base), JSON.stringify({ ...base, num_flows_started: 0 })]);
    expect(began.edges.map(({ flows, bytes }) => [flows, bytes])).toEqual([[2, 600]]);
    const goesOn = JSON.stringify({ ...base, num_flows_started: 0 });
    expect(harvestForTest([goesOn, goesOn]).edges.map(({ flows, bytes }) => [flows, bytes])).toEqual([[2, 600]]);
  });

  test.each([
    ["in seconds", {}, 1_788_246_600_000, 1_788_246_900_000],
    [
      "in milliseconds, as a newer writer might",
      { start_time: 1_788_246_600_001, end_time: 1_788_246_900_002 },
      1_788_246_600_001,
      1_788_246_900_002,
    ],
    ["with its start alone", { end_time: null }, 1_788_246_600_000, 1_788_246_600_000],
    ["with its end alone", { start_time: undefined }, 1_788_246_900_000, 1_788_246_900_000],
  ])("has its times %s", (_, change, firstMs, lastMs) => {
    expect(harvestForTest([JSON.stringify({ ...base, ...change })]).window).toEqual({ firstMs, lastMs });
  });

  test.each([
    ["whole", (line: string) => line, edge],
    ["with letters that are escaped", (line: string) => line.replaceAll("cart", String.raw`c\u0061rt`), edge],
    ["with an escape that is none", (line: string) => line.replaceAll("cart", String.raw`c\u00zzrt`), "malformed"],
    ["cut off", (line: string) => line.slice(0, -20), "malformed"],
    ["with something behind it", (line: string) => `${line} and more`, "malformed"],
  ])("is read %s", (_, change, expected) => {
    expect(fateForTest(change(JSON.stringify(base)), { format: "calico" })).toBe(expected);
  });

  test.each([
    ["by its own fields", { ...base, message: "acl_log" }],
    ["as the document of a search", { _index: "tigera_secure_ee_flows", _source: base }],
  ])("is told from other formats %s", (_, record) => {
    const read = harvestForTest([JSON.stringify(record)]);
    expect([read.inputs.map(({ format }) => format), fateForTest(JSON.stringify(record))]).toEqual([["calico"], edge]);
  });

  test("never makes the reader throw, whatever stands in it", () => {
    const anything = fc.dictionary(fc.constantFrom(...Object.keys(base)), fc.jsonValue());
    fc.assert(
      fc.property(anything, (change) => {
        expect(typeof fateForTest(JSON.stringify({ ...base, ...change }), { format: "calico" })).toBe("string");
      }),
      { numRuns: 500 },
    );
  });
});
