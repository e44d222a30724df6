import { describe, expect, test } from "vitest";
import { type IpAddress, parseIp } from "../../core/net/ip.ts";
import { formatWorkload, type Workload } from "../../core/workload/workload.ts";
import { endpoint, Observation, observed, text } from "../sources/observation.ts";
import { utf8Bytes } from "../sources/text-bytes.ts";
import { wordsOfAddress } from "./address-index.ts";
import { attribute } from "./attribute.ts";
import { noClusterFacts } from "./cluster-facts.ts";
import { PodTimeline } from "./pod-timeline.ts";
import { SourceResolver } from "./source-resolver.ts";

function ip(said: string): IpAddress {
  const parsed = parseIp(said);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
}

interface Said {
  readonly source?: string;
  readonly destination?: string;
  readonly startMs?: number;
  readonly what?: number;
  readonly sourceIs?: number;
  readonly network?: string;
  readonly texts?: Partial<Record<keyof typeof text, string>>;
}

function observation({ source, destination, startMs, what, sourceIs, network, texts = {} }: Said): Observation {
  const o = new Observation();
  const bytes = new Uint8Array(2048);
  o.clear(bytes, new DataView(bytes.buffer));
  let at = 0;
  for (const [word, value] of Object.entries(texts)) {
    const encoded = utf8Bytes(value);
    bytes.set(encoded, at);
    o.setText(text[word as keyof typeof text], at, at + encoded.length);
    at += encoded.length;
  }
  const place = (said: string | undefined, words: Uint32Array): number => {
    if (said === undefined) return 0;
    words.set(wordsOfAddress(ip(said)));
    return ip(said).family;
  };
  o.sourceFamily = place(source, o.source);
  o.destinationFamily = place(destination, o.destination);
  o.startMs = startMs ?? -1;
  o.network = network ?? "";
  o.what = what ?? observed.flow;
  o.sourceIs = sourceIs ?? endpoint.unknown;
  return o;
}

const long = "a".repeat(61);
const now = 1_000_000;
const timeline = new PodTimeline({ cluster: "east" });
const has = (uid: string, namespace: string, workload: Workload, addresses: readonly string[], fromMs: number): void =>
  timeline.saw({ uid, namespace, name: uid, workload, addresses: addresses.map(ip), fromMs, toMs: undefined }, fromMs);
has("old-1", "shop", { kind: "Deployment", name: "old" }, ["10.1.0.9"], 0);
timeline.gone("old-1", 500_000);
has("new-1", "bank", { kind: "StatefulSet", name: "new" }, ["10.1.0.9", "fd01::9"], 501_000);
has("once-x", "shop", { kind: "Job", name: "once-12345678" }, ["10.1.0.10"], 0);
has("canary-abc-x", "shop", { kind: "Rollout", name: "canary" }, ["10.1.0.11"], 0);
has("deep", long, { kind: "Deployment", name: "deep" }, ["10.1.0.12"], 0);
const isOn = (uid: string, namespace: string, network: string, addresses: readonly string[]): void => {
  const primaryNetwork = { name: `${namespace}/${network}`, addresses: addresses.map(ip) };
  const workload = { kind: "Deployment", name: uid };
  timeline.saw({ uid, namespace, name: uid, workload, addresses: [], primaryNetwork, fromMs: 0, toMs: undefined }, 0);
};
isOn("blue", "shop", "tenant", ["10.200.0.5", "fd20::5"]);
isOn("blue-too", "shop", "tenant", ["10.200.0.6"]);
isOn("red", "bank", "tenant", ["10.200.0.5", "10.200.0.7"]);
isOn("here", "shop", "wide", ["10.201.0.5"]);
isOn("there", "bank", "wide", ["10.201.0.6"]);
timeline.setNodes([ip("192.0.2.1"), ip("10.1.0.2")]);
const resolver = new SourceResolver(noClusterFacts);

function told(said: Said): string {
  const o = observation(said);
  attribute(o, timeline, now);
  const is = Object.entries(endpoint).find(([, code]) => code === o.sourceIs)?.[0];
  if (o.attributed === undefined) return `${is}`;
  const { bytes, length } = o.attributed;
  const owner = resolver.resolve(bytes.subarray(0, length));
  if (owner === undefined) return `${is} of nobody`;
  return `${is} of ${owner.cluster}/${owner.namespace}/${formatWorkload(owner.workload)}`;
}

describe("the source of a flow is who had the address when it started", () => {
  test.each<[string, Said, string]>([
    ["a late flow", { source: "10.1.0.9", startMs: 499_000 }, "pod of east/shop/Deployment/old"],
    ["a flow of now", { source: "10.1.0.9", startMs: 999_000 }, "pod of east/bank/StatefulSet/new"],
    ["a flow without a time arrived now", { source: "10.1.0.9" }, "pod of east/bank/StatefulSet/new"],
    ["a clock ahead of ours", { source: "10.1.0.9", startMs: 9e12 }, "pod of east/bank/StatefulSet/new"],
    ["IPv6", { source: "fd01::9", startMs: 999_000 }, "pod of east/bank/StatefulSet/new"],
    ["who claimed a name", { source: "10.1.0.9", what: observed.names }, "pod of east/bank/StatefulSet/new"],
    ["who asked for a name", { source: "10.1.0.9", what: observed.dnsAnswer }, "pod of east/bank/StatefulSet/new"],
    ["a job that is not a run of a schedule", { source: "10.1.0.10" }, "pod of east/shop/Job/once-12345678"],
    ["nobody's address", { source: "10.1.0.99" }, "unknown"],
    ["a node's address", { source: "192.0.2.1" }, "node"],
    ["a node's management port, in the pod network", { source: "10.1.0.2" }, "node"],
    ["no address", {}, "unknown"],
    ["no flow", { source: "10.1.0.9", what: observed.nodeOutage }, "unknown"],
    ["what the source says to be outside", { source: "10.1.0.9", sourceIs: endpoint.outside }, "outside"],
  ])("%s", (_, said, who) => expect(told(said)).toBe(who));
});

describe("what a record says itself", () => {
  const at = { source: "10.1.0.11", startMs: 999_000 };
  const named = (texts: NonNullable<Said["texts"]>): Said => ({ ...at, texts, sourceIs: endpoint.pod });
  test.each<[string, Said, string]>([
    ["a workload is left alone", named({ namespace: "shop", ownerKind: "Deployment", ownerName: "web" }), "pod"],
    [
      "an owner half-way is followed further",
      named({ namespace: "shop", ownerKind: "ReplicaSet", ownerName: "canary-abc", pod: "canary-abc-x" }),
      "pod of east/shop/Rollout/canary",
    ],
    ["the same namespace", named({ namespace: "shop" }), "pod of east/shop/Rollout/canary"],
    ["another namespace: the address had another pod", named({ namespace: "shopping" }), "pod"],
    ["another pod", named({ namespace: "shop", pod: "canary-abc-y" }), "pod"],
    ["the same pod", named({ namespace: "shop", pod: "canary-abc-x" }), "pod of east/shop/Rollout/canary"],
    ["another cluster", { ...at, texts: { cluster: "west" } }, "unknown"],
    ["this cluster", { ...at, texts: { cluster: "east" } }, "pod of east/shop/Rollout/canary"],
    [
      "a namespace that OVN cropped",
      { source: "10.1.0.12", texts: { namespace: long.slice(0, 60) } },
      `pod of east/${long}/Deployment/deep`,
    ],
    ["a namespace that is only shorter", { source: "10.1.0.12", texts: { namespace: long.slice(0, 59) } }, "pod"],
  ])("%s", (_, said, who) => expect(told(said)).toBe(who));
});

test.each<[string, string, number]>([
  ["a pod is told, so that plain Kubernetes needs no networks to be known", "10.1.0.11", endpoint.pod],
  ["a node is outside the pod network, where a firewall rules", "192.0.2.1", endpoint.unknown],
  ["anything else is left to the networks", "198.51.100.1", endpoint.unknown],
])("as a destination, %s", (_, destination, is) => {
  const o = observation({ source: "10.1.0.9", destination });
  attribute(o, timeline, now);
  expect(o.destinationIs).toBe(is);
});

describe("on a user-defined network", () => {
  test.each<[string, Said, string]>([
    ["an address of its own tells the pod", { source: "10.200.0.6" }, "pod of east/shop/Deployment/blue-too"],
    ["so it does in IPv6", { source: "fd20::5" }, "pod of east/shop/Deployment/blue"],
    ["one that others have as well is some pod's", { source: "10.200.0.5" }, "pod"],
    [
      "the flow's network tells which",
      { source: "10.200.0.5", network: "bank/tenant" },
      "pod of east/bank/Deployment/red",
    ],
    [
      "so does a name without a namespace",
      { source: "10.201.0.6", network: "wide" },
      "pod of east/bank/Deployment/there",
    ],
    ["an unknown network tells nobody", { source: "10.200.0.6", network: "dev/tenant" }, "unknown"],
    ["nor do two at once", { source: "10.200.0.6", network: "?" }, "unknown"],
    ["nor the cluster's", { source: "10.200.0.6", network: "default" }, "unknown"],
    [
      "what the record says of its pod must agree",
      { source: "10.200.0.6", network: "shop/tenant", texts: { namespace: "bank" } },
      "pod",
    ],
  ])("%s", (_, said, who) => expect(told(said)).toBe(who));

  test.each<[string, Said, boolean]>([
    ["of its own network", { source: "10.200.0.6", destination: "10.200.0.5" }, true],
    ["of its own network, in another namespace", { source: "10.201.0.5", destination: "10.201.0.6" }, true],
    ["of its own network, which the flow names", { destination: "10.200.0.7", network: "bank/tenant" }, true],
    ["of another network", { source: "10.200.0.6", destination: "10.201.0.6" }, false],
    ["of another network, from the cluster's", { source: "10.1.0.9", destination: "10.200.0.6" }, false],
    ["of a network, from who knows where", { destination: "10.200.0.6" }, false],
    ["of the cluster's network, from who knows where", { destination: "10.1.0.11" }, true],
    ["of the cluster's network, from an island", { source: "10.200.0.6", destination: "10.1.0.11" }, false],
  ])("a pod as destination %s", (_, said, isPod) => {
    const o = observation(said);
    attribute(o, timeline, now);
    expect(o.destinationIs === endpoint.pod).toBe(isPod);
  });
});

test("texts of names that Kubernetes does not have cannot shift the key", () => {
  const hostile = new PodTimeline({ cluster: "ea\0st" });
  const workload = { kind: "Deploy\0ment", name: "x".repeat(999) };
  const sighting = { uid: "u", namespace: "sh\0op", name: "n", workload, addresses: [ip("10.1.0.9")] };
  hostile.saw({ ...sighting, fromMs: 0, toMs: undefined }, 0);
  const { bytes, length } = hostile.at(4, wordsOfAddress(ip("10.1.0.9")), 0)!.key;
  expect(resolver.resolve(bytes.subarray(0, length))).toEqual({
    cluster: "east",
    namespace: "shop",
    workload: { kind: "Deployment", name: "x".repeat(253) },
  });
});
