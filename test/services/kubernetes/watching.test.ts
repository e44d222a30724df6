/** What a watcher knows of a cluster while all is well. */
import { describe, expect, test } from "vitest";
import { formatCidr } from "../../../src/core/net/ip-set.ts";
import { formatIp } from "../../../src/core/net/ip.ts";
import { formatWorkload } from "../../../src/core/workload/workload.ts";
import { clusterNetwork, namespaceObject, nodeObject, ownerObject, podObject } from "./cluster-objects.ts";
import type { KubernetesObject } from "./object-store.ts";
import { until, WatchedDouble } from "./watched-double.ts";

const web = (name: string, ip: string, startedMs?: number): KubernetesObject =>
  podObject(name, {
    ips: [ip],
    owner: ["ReplicaSet", "web-7d4f8b9c5d"],
    ...(startedMs === undefined ? {} : { startedMs }),
  });
const minute = 60_000;

test("a cluster is read as its dump would be", async () => {
  await using one = await WatchedDouble.open();
  const { double, watcher } = one;
  double.put(clusterNetwork("10.128.0.0/14", "172.30.0.0/16"));
  double.put(namespaceObject("shop"));
  double.put(nodeObject("n1", "192.0.2.1", ["10.128.4.0/23"]));
  double.put(ownerObject("apps/v1", "ReplicaSet", "web-7d4f8b9c5d", ["Deployment", "web"]));
  double.put(ownerObject("batch/v1", "Job", "night-29546010", ["CronJob", "night"]));
  double.put(web("web-abc-1", "10.128.4.9"));
  double.put(podObject("night-29546010-x", { ips: ["10.128.4.10", "fd01::10"], owner: ["Job", "night-29546010"] }));
  double.put(podObject("host", { ips: ["192.0.2.1"], hostNetwork: true }));
  double.put({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "db", namespace: "shop" },
    spec: { clusterIPs: ["172.30.0.9"], ports: [{ port: 5432 }] },
  });
  double.put({
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: { name: "db-x", namespace: "shop", labels: { "kubernetes.io/service-name": "db" } },
    endpoints: [{ addresses: ["203.0.113.7"], conditions: { ready: true } }],
    ports: [{ port: 15432 }],
  });
  const firewall = {
    apiVersion: "k8s.ovn.org/v1",
    kind: "EgressFirewall",
    metadata: { name: "default", namespace: "shop", managedFields: [{ manager: "oc" }] },
    spec: { egress: [{ type: "Deny", to: { cidrSelector: "0.0.0.0/0" } }] },
  };
  double.put(firewall);
  await one.ready();
  const facts = watcher.facts();
  expect(facts.clusterNetworks.map(formatCidr)).toEqual(["10.128.0.0/14"]);
  expect(facts.serviceNetworks.map(formatCidr)).toEqual(["172.30.0.0/16"]);
  expect(facts.nodes.map(({ name, addresses }) => [name, ...addresses.map(formatIp)])).toEqual([
    ["n1", "192.0.2.1", "10.128.4.2"],
  ]);
  expect(facts.pods.map(({ name, workload }) => [name, formatWorkload(workload)])).toEqual([
    ["host", "Pod/host"],
    ["night-29546010-x", "CronJob/night"],
    ["web-abc-1", "Deployment/web"],
  ]);
  expect(facts.services[0]?.ports[0]?.endpoints.map(({ address, port }) => `${formatIp(address)}:${port}`)).toEqual([
    "203.0.113.7:15432",
  ]);
  expect(["10.128.4.9", "fd01::10", "192.0.2.1"].map((ip) => one.whoHas(ip))).toEqual([
    "shop/Deployment/web",
    "shop/CronJob/night",
    "nobody",
  ]);
  expect(watcher.timeline.isNode(4, Uint32Array.of(0xc0000201))).toBe(true);
  await until(() => watcher.documents().length === 1);
  expect(watcher.documents()).toMatchObject([{ kind: "EgressFirewall", spec: firewall.spec }]);
  expect(JSON.stringify(watcher.documents())).not.toContain("managedFields");
  expect(watcher.facts()).toBe(facts);
  expect(watcher.status()).toMatchObject({ state: "running", message: "", counts: { malformed: 0 } });
});

describe("addresses through time", () => {
  test("a pod that comes, goes and leaves its address to the next", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    await one.ready();
    const start = one.nowMs;
    double.put(web("web-abc-1", "10.128.4.9", start));
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    one.nowMs = start + 2 * minute;
    double.delete(web("web-abc-1", "10.128.4.9"));
    await until(() => one.watcher.facts().pods.length === 0);
    one.nowMs += 2_000;
    double.put(
      podObject("bank-0", {
        namespace: "bank",
        ips: ["10.128.4.9"],
        owner: ["StatefulSet", "bank"],
        startedMs: one.nowMs,
      }),
    );
    await until(() => one.whoHas("10.128.4.9") === "bank/StatefulSet/bank");
    one.nowMs += 5 * minute;
    // A flow that is five minutes late started under the first pod; one of now belongs to the second.
    expect([one.whoHas("10.128.4.9", start + minute), one.whoHas("10.128.4.9")]).toEqual([
      "shop/Deployment/web",
      "bank/StatefulSet/bank",
    ]);
  });

  test("a pod without an address yet, or with one that only OVN-Kubernetes tells, on a network of its own too", async () => {
    await using one = await WatchedDouble.open();
    await one.ready();
    const annotations = { "k8s.ovn.org/pod-networks": '{"default":{"ip_addresses":["10.128.4.20/23","fd01::20/64"]}}' };
    one.double.put(podObject("early", { phase: "Pending", owner: ["DaemonSet", "early"], annotations }));
    await until(() => one.whoHas("fd01::20") === "shop/DaemonSet/early");
    one.double.put(podObject("late", { phase: "Pending", owner: ["DaemonSet", "late"] }));
    one.double.put(podObject("late", { ips: ["10.128.4.21"], owner: ["DaemonSet", "late"] }));
    await until(() => one.whoHas("10.128.4.21") === "shop/DaemonSet/late");
    expect(one.whoHas("10.128.4.20")).toBe("shop/DaemonSet/early");
    const own = {
      default: { ip_addresses: ["10.128.4.22/23"], role: "infrastructure-locked" },
      "shop/blue": { ip_addresses: ["10.200.0.5/16", "fd20::5/64"], role: "primary" },
    };
    const blue = { "k8s.ovn.org/pod-networks": JSON.stringify(own) };
    one.double.put(podObject("blue", { ips: ["10.128.4.22"], owner: ["DaemonSet", "blue"], annotations: blue }));
    await until(() => one.whoHas("fd20::5") === "shop/DaemonSet/blue");
    expect(one.whoHas("10.200.0.5")).toBe("shop/DaemonSet/blue");
  });

  test("a finished pod keeps its past and loses its future, also when the first list shows it finished", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    const at = one.nowMs;
    const job = (finishedMs?: number): KubernetesObject =>
      podObject("once-x", {
        ips: ["10.128.4.30"],
        owner: ["Job", "once"],
        startedMs: at - 10 * minute,
        ...(finishedMs === undefined ? {} : { finishedMs, phase: "Succeeded" }),
      });
    double.put(job(at - 5 * minute));
    await one.ready();
    expect([at - 6 * minute, at].map((time) => one.whoHas("10.128.4.30", time))).toEqual(["shop/Job/once", "nobody"]);
    expect(one.watcher.facts().pods).toEqual([]);
  });

  test("an owner that is seen after its pod", async () => {
    await using one = await WatchedDouble.open();
    await one.ready();
    one.double.put(podObject("blue-abc12-x", { ips: ["10.128.4.40"], owner: ["ReplicaSet", "blue-7d4f8b9c5d"] }));
    await until(() => one.whoHas("10.128.4.40") === "shop/Deployment/blue");
    one.double.put(ownerObject("apps/v1", "ReplicaSet", "blue-7d4f8b9c5d", ["Rollout", "blue"]));
    await until(() => one.whoHas("10.128.4.40") === "shop/Rollout/blue");
    expect(one.watcher.facts().pods.map(({ workload }) => workload.kind)).toEqual(["Rollout"]);
  });
});

test("plain Kubernetes: what it does not have is absent, and no trouble", async () => {
  await using one = await WatchedDouble.open();
  const { kubernetesKinds } = await import("./served-kinds.ts");
  one.double.kinds = kubernetesKinds;
  one.double.put(web("web-abc-1", "10.128.4.9"));
  await one.ready();
  await until(() => one.watcher.status().resources.every(({ state }) => state === "watching" || state === "absent"));
  const { state, message, resources } = one.watcher.status();
  expect({ state, message }).toEqual({ state: "running", message: "" });
  expect(resources.filter((each) => each.state === "absent").map(({ name }) => name)).toContain(
    "networks.config.openshift.io",
  );
  expect(one.whoHas("10.128.4.9")).toBe("shop/Deployment/web");
});
