import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatIp, parseIp } from "../../core/net/ip.ts";
import { formatWorkload } from "../../core/workload/workload.ts";
import { wordsOfAddress } from "./address-index.ts";
import { ClusterDump } from "./cluster-dump/cluster-dump.ts";
import { KeptDocuments } from "./kept-documents.ts";
import { LiveCluster } from "./live-cluster.ts";

interface Thing {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly [field: string]: unknown;
}

const names = fc.constantFrom("a-7d4f8b9c5d", "b", "c");
const ips = fc.uniqueArray(fc.constantFrom("10.1.0.1", "10.1.0.2", "fd01::1"), { maxLength: 2 });
const owner = fc.option(
  fc.record({ kind: fc.constantFrom("ReplicaSet", "Job", "StatefulSet"), name: names, controller: fc.constant(true) }),
  { nil: undefined },
);
const labels = fc.dictionary(fc.constantFrom("app", "pod-template-hash"), fc.constantFrom("x", "y"));
const metadata = (kind: string, name: string, uid: number, more: object): Thing["metadata"] => ({
  name,
  namespace: kind === "Node" || kind === "Namespace" ? "" : "shop",
  uid: `${kind} ${name} ${uid}`,
  ...more,
});
const owners = (of: object | undefined): object => (of === undefined ? {} : { ownerReferences: [of] });

const pod = fc
  .record({ name: names, uid: fc.nat(1), ips, owner, labels, phase: fc.constantFrom("Running", "Running", "Failed") })
  .map(({ name, uid, ips: own, owner: of, labels: put, phase }): Thing => ({
    kind: "Pod",
    apiVersion: "v1",
    metadata: metadata("Pod", name, uid, { labels: put, ...owners(of) }),
    status: { phase, podIPs: own.map((ip) => ({ ip })) },
  }));
const between = fc
  .record({ kind: fc.constantFrom("ReplicaSet", "Job"), name: names, owner })
  .map(({ kind, name, owner: of }): Thing => ({
    kind,
    apiVersion: kind === "Job" ? "batch/v1" : "apps/v1",
    metadata: metadata(kind, name, 0, owners(of)),
  }));
const other = fc
  .record({
    kind: fc.constantFrom("Node", "Namespace", "Service", "EndpointSlice", "Network"),
    name: names,
    ips,
    of: names,
  })
  .map(({ kind, name, ips: own, of }): Thing => ({
    kind,
    apiVersion: kind === "Network" ? "config.openshift.io/v1" : kind === "EndpointSlice" ? "discovery.k8s.io/v1" : "v1",
    metadata: metadata(kind, kind === "Network" ? "cluster" : name, 0, {
      labels: { "kubernetes.io/service-name": of },
    }),
    spec: { clusterIPs: own, ports: [{ port: 80 }], clusterNetwork: own.map((ip) => ({ cidr: `${ip}/32` })) },
    status: { addresses: own.map((address) => ({ address })) },
    endpoints: [{ addresses: own }],
    ports: [{ port: 8080 }],
  }));
const step = fc.record({
  thing: fc.oneof(pod, pod, between, other),
  isGone: fc.boolean(),
  /** The watch is broken from here on, until a list. */
  next: fc.constantFrom("go on", "go on", "lose", "list"),
});

/** What a dump of the surviving objects would show. */
function dumpOf(things: Iterable<Thing>): unknown {
  const dump = new ClusterDump();
  for (const thing of things) dump.add(thing);
  return dump.facts();
}

test("however events come, get lost and are listed again, the facts are those of a dump of what is left", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const cluster = new LiveCluster({ cluster: "east" });
      const truth = new Map<string, Thing>();
      const known = new Map<string, Thing>();
      const keyOf = ({ kind, metadata: { name } }: Thing): string => `${kind} ${name}`;
      let now = 1_000;
      const put = (thing: Thing): void => {
        known.set(keyOf(thing), thing);
        cluster.put(thing.kind, thing.apiVersion, thing, now);
      };
      const remove = (thing: Thing): void => {
        known.delete(keyOf(thing));
        cluster.remove({ ...thing.metadata, kind: thing.kind, apiVersion: thing.apiVersion }, now);
      };
      const list = (): void => {
        for (const thing of truth.values()) put(thing);
        for (const [key, thing] of known) if (!truth.has(key)) remove(thing);
      };
      let isWatching = true;
      for (const { thing, isGone, next } of steps) {
        now += 1_000;
        const before = truth.get(keyOf(thing));
        if (isGone && before !== undefined) {
          truth.delete(keyOf(thing));
          if (isWatching) remove(before);
        } else if (!isGone) {
          truth.set(keyOf(thing), thing);
          if (isWatching) put(thing);
        }
        if (next === "lose") isWatching = false;
        if (next === "list") {
          list();
          isWatching = true;
        }
        if (isWatching) expect(cluster.facts()).toEqual(dumpOf(truth.values()));
      }
      list();
      const facts = cluster.facts();
      expect(facts).toEqual(dumpOf(truth.values()));
      // A list that shows what is known changes nothing of pods, nodes and owners.
      for (const thing of truth.values()) if (/Pod|Node|ReplicaSet|Job/.test(thing.kind)) put(thing);
      expect(cluster.facts()).toBe(facts);
    }),
    { numRuns: 500 },
  );
});

describe("the beginning of an address", () => {
  const minute = 60_000;
  const stamp = (timeMs: number): string => new Date(timeMs).toISOString();
  const running = (status: object): object => ({
    metadata: { namespace: "shop", name: "p", uid: "u" },
    status: { podIP: "10.1.0.1", startTime: stamp(10 * minute), ...status },
  });
  const words = Uint32Array.of(0x0a010001);
  const ready = { type: "PodReadyToStartContainers", status: "True", lastTransitionTime: stamp(12 * minute) };
  const container = (startedMs: number): object => ({ state: { running: { startedAt: stamp(startedMs) } } });
  test.each<[string, readonly object[], number]>([
    ["is when its network was there", [running({ conditions: [ready] })], 12],
    [
      "or when its first container started",
      [running({ containerStatuses: [container(14 * minute), container(13 * minute)] })],
      13,
    ],
    ["or when its node took it on, where nobody watched", [running({})], 10],
    ["or when it was first seen, where somebody did", [running({ podIP: "" }), running({})], 20],
    [
      "or when its network was there again, for containers that were there before",
      [
        running({
          conditions: [{ ...ready, lastTransitionTime: stamp(16 * minute) }],
          containerStatuses: [container(13 * minute)],
        }),
      ],
      16,
    ],
    [
      "or when it came in the place of another address",
      [
        running({ podIP: "10.1.0.2", containerStatuses: [container(13 * minute)] }),
        running({ containerStatuses: [container(13 * minute)] }),
      ],
      20,
    ],
    ["never later than now", [running({ conditions: [{ ...ready, lastTransitionTime: stamp(99 * minute) }] })], 20],
  ])("%s", (_, sightings, minutes) => {
    const cluster = new LiveCluster({ cluster: "east", skewMs: 0 });
    for (const sighting of sightings) cluster.put("Pod", "v1", sighting, 20 * minute);
    expect(cluster.timeline.at(4, words, minutes * minute)?.name).toBe("p");
    expect(cluster.timeline.at(4, words, minutes * minute - 1)).toBeUndefined();
  });
});

test.each<[string, readonly object[], number]>([
  ["when its last container did", [{ state: { terminated: { finishedAt: "1970-01-01T00:10:00Z" } } }], 601_000],
  [
    "unknown to its node that was lost: when that became known",
    [
      { state: { terminated: { finishedAt: "1970-01-01T00:10:00Z" } } },
      { state: { running: { startedAt: "1970-01-01T00:05:00Z" } } },
    ],
    1_200_000,
  ],
  ["with nothing left to tell of it, as of an eviction: when that became known", [], 1_200_000],
])("a pod ended %s", (_, containerStatuses, endMs) => {
  const cluster = new LiveCluster({ cluster: "east", graceMs: 0 });
  const metadata = { namespace: "shop", name: "p", uid: "u" };
  const phase = (said: string, more: object): void =>
    cluster.put("Pod", "v1", { metadata, status: { phase: said, ...more } }, said === "Failed" ? 1_200_000 : 300_000);
  phase("Running", { podIP: "10.1.0.1", startTime: "1970-01-01T00:05:00Z" });
  phase("Unknown", { podIP: "10.1.0.1" });
  phase("Failed", { containerStatuses });
  const words = Uint32Array.of(0x0a010001);
  expect([endMs - 1, endMs].map((time) => cluster.timeline.at(4, words, time)?.name)).toEqual(["p", undefined]);
});

describe("networks of a pod, as OVN-Kubernetes writes them", () => {
  const networks = (of: object): object => ({
    metadata: {
      namespace: "shop",
      name: "p",
      uid: "u",
      annotations: { "k8s.ovn.org/pod-networks": JSON.stringify(of) },
    },
    status: { podIPs: [{ ip: "10.128.0.9" }], startTime: "1970-01-01T00:00:01Z" },
  });
  const locked = { ip_addresses: ["10.128.0.9/23"], role: "infrastructure-locked" };
  const primary = { ip_addresses: ["10.200.0.5/16", "fd20::5/64"], ip_address: "10.200.0.5/16", role: "primary" };
  test.each<[string, object, string]>([
    ["the cluster's alone", { default: { ...locked, role: "primary" } }, "default: 10.128.0.9"],
    ["before roles were told", { default: { ip_address: "10.128.0.9/23" } }, "default: 10.128.0.9"],
    [
      "a primary one of its own",
      { default: locked, "shop/blue": primary },
      "shop/blue: 10.128.0.9, shop/blue 10.200.0.5, shop/blue fd20::5",
    ],
    [
      "a secondary one, which no firewall governs",
      { default: { ...locked, role: "primary" }, "shop/extra": { ...primary, role: "secondary" } },
      "default: 10.128.0.9",
    ],
    ["without an address yet", { default: locked, "shop/blue": { role: "primary" } }, "shop/blue: 10.128.0.9"],
    ["nonsense", { default: 7, "shop/blue": [], x: null, y: { role: "primary", ip_addresses: 7 } }, "y: 10.128.0.9"],
  ])("%s", (_, said, expected) => {
    const cluster = new LiveCluster({ cluster: "east" });
    cluster.put("Pod", "v1", networks(said), 5_000);
    const found = ["10.128.0.9", "10.200.0.5", "fd20::5"].flatMap((text) => {
      const address = parseIp(text);
      if (!address.ok) throw new Error(address.error.message);
      const words = wordsOfAddress(address.value);
      return ["default", "shop/blue", "shop/extra"].flatMap((network) =>
        cluster.timeline.at(address.value.family, words, 5_000, network) === undefined
          ? []
          : [network === "default" ? text : `${network} ${text}`],
      );
    });
    const { network } = cluster.timeline.at(4, Uint32Array.of(0x0a800009), 5_000)!;
    expect(`${network}: ${found.join(", ")}`).toBe(expected);
    const [pod] = cluster.facts().pods;
    expect(pod?.addresses.map(formatIp)).toEqual(["10.128.0.9"]);
    expect(pod?.primaryNetwork?.name ?? "default").toBe(network);
  });

  test("one that is told after the pod was seen", () => {
    const cluster = new LiveCluster({ cluster: "east" });
    cluster.put("Pod", "v1", networks({}), 5_000);
    const before = cluster.facts();
    cluster.put("Pod", "v1", networks({ default: locked, "shop/blue": primary }), 6_000);
    expect(cluster.timeline.at(4, Uint32Array.of(0x0ac80005), 6_000)).toMatchObject({ network: "shop/blue" });
    expect(cluster.facts()).not.toBe(before);
  });

  test("a pod on its host's network has none, whatever is written there", () => {
    const cluster = new LiveCluster({ cluster: "east" });
    cluster.put("Pod", "v1", { ...networks({ "shop/blue": primary }), spec: { hostNetwork: true } }, 5_000);
    expect(cluster.timeline.size).toBe(0);
  });
});

test("pods of the facts are listed at the first look, once for each state of the cluster", () => {
  const cluster = new LiveCluster({ cluster: "east" });
  const put = (name: string, ip: string): void => {
    const metadata = { name, namespace: "shop", uid: name };
    cluster.put("Pod", "v1", { metadata, status: { phase: "Running", podIPs: [{ ip }] } }, 0);
  };
  put("a", "10.1.0.1");
  const first = cluster.facts();
  expect(cluster.facts()).toBe(first);
  expect(first.pods.map(({ name }) => name)).toEqual(["a"]);
  put("b", "10.1.0.2");
  expect(first.pods).toBe(first.pods);
  expect(first.pods.length).toBe(1);
  expect(cluster.facts().pods.map(({ name }) => name)).toEqual(["a", "b"]);
  // To a worker they go like any plain data.
  expect(structuredClone(cluster.facts())).toEqual(cluster.facts());
});

test("the next pod of a name ends the one that nobody saw go", () => {
  const cluster = new LiveCluster({ cluster: "east", graceMs: 0 });
  const named = (uid: string, podIP: string): object => ({
    metadata: { namespace: "shop", name: "db-0", uid, ownerReferences: [{ kind: "StatefulSet", name: "db" }] },
    status: { podIP },
  });
  cluster.put("Pod", "v1", named("first", "10.1.0.1"), 1_000);
  cluster.put("Pod", "v1", named("second", "10.1.0.2"), 5_000);
  const who = (word: number, timeMs: number): string => {
    const found = cluster.timeline.at(4, Uint32Array.of(word), timeMs);
    return found === undefined ? "nobody" : formatWorkload(found.workload);
  };
  expect([who(0x0a010001, 4_999), who(0x0a010001, 5_000), who(0x0a010002, 9_000)]).toEqual([
    "StatefulSet/db",
    "nobody",
    "StatefulSet/db",
  ]);
});

test("documents are kept within their room, slim, in order, and each once", () => {
  const kept = new KeptDocuments(800);
  const policy = (name: string, size: number): object => ({
    metadata: {
      namespace: "shop",
      name,
      managedFields: [1],
      annotations: { note: "x", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    spec: { text: "x".repeat(size) },
  });
  const put = (name: string, size: number): void => kept.put("EgressFirewall", "k8s.ovn.org/v1", policy(name, size));
  put("b", 100);
  put("a", 100);
  put("large", 1000);
  expect([kept.count, kept.dropped]).toEqual([2, 1]);
  put("large", 10);
  expect([kept.count, kept.dropped]).toEqual([3, 0]);
  kept.remove("EgressFirewall", "k8s.ovn.org/v1", "shop", "b");
  expect(kept.list()).toMatchObject([
    { kind: "EgressFirewall", apiVersion: "k8s.ovn.org/v1", metadata: { name: "a", annotations: { note: "x" } } },
    { metadata: { name: "large" } },
  ]);
  expect(JSON.stringify(kept.list())).not.toMatch(/managedFields|last-applied/);
});
