import { setTimeout as pause } from "node:timers/promises";
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

  test("a pod without an address yet, or with one that only OVN-Kubernetes tells", async () => {
    await using one = await WatchedDouble.open();
    await one.ready();
    const annotations = { "k8s.ovn.org/pod-networks": '{"default":{"ip_addresses":["10.128.4.20/23","fd01::20/64"]}}' };
    one.double.put(podObject("early", { phase: "Pending", owner: ["DaemonSet", "early"], annotations }));
    await until(() => one.whoHas("fd01::20") === "shop/DaemonSet/early");
    one.double.put(podObject("late", { phase: "Pending", owner: ["DaemonSet", "late"] }));
    one.double.put(podObject("late", { ips: ["10.128.4.21"], owner: ["DaemonSet", "late"] }));
    await until(() => one.whoHas("10.128.4.21") === "shop/DaemonSet/late");
    expect(one.whoHas("10.128.4.20")).toBe("shop/DaemonSet/early");
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

describe("trouble", () => {
  test("lists come in pages of one moment, and begin again when the moment is forgotten", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    for (let i = 0; i < 30; i += 1) double.put(web(`web-abc-${i}`, `10.128.5.${i}`));
    let pages = 0;
    double.betweenPages = () => {
      pages += 1;
      if (pages === 2) double.expirePages();
    };
    await one.ready();
    expect(one.watcher.facts().pods.length).toBe(30);
    expect(double.requests.filter(({ resource, status }) => resource === "pods" && status === 410).length).toBe(1);
  });

  test.each(["status", "event"] as const)("410 Gone as %s: what was missed is found by a new list", async (gone) => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    double.gone = gone;
    for (let i = 0; i < 10; i += 1) double.put(web(`web-abc-${i}`, `10.128.5.${i}`));
    double.put(podObject("db-0", { ips: ["10.128.6.1"], owner: ["StatefulSet", "db"], uid: "first" }));
    await one.ready();
    await until(() => double.watchCount > 5);
    await double.stop();
    // Nobody watches: pods go, others come to their addresses, and the history of it is forgotten.
    double.delete(web("web-abc-3", ""));
    double.delete(web("web-abc-4", ""));
    double.put(podObject("next", { ips: ["10.128.5.3"], owner: ["DaemonSet", "next"], startedMs: one.nowMs + minute }));
    double.delete(podObject("db-0"));
    double.put(
      podObject("db-0", {
        ips: ["10.128.6.2"],
        owner: ["StatefulSet", "db"],
        uid: "second",
        startedMs: one.nowMs + minute,
      }),
    );
    double.store.compact();
    const before = one.nowMs;
    one.nowMs += 2 * minute;
    await double.start();
    await until(() => one.watcher.facts().pods.some(({ name }) => name === "next"));
    await until(() => one.watcher.facts().pods.length === 10);
    expect(
      [
        ["10.128.5.3", before],
        ["10.128.5.3", one.nowMs],
        ["10.128.5.4", before],
        ["10.128.5.4", one.nowMs + 2 * minute],
        ["10.128.6.1", one.nowMs + 2 * minute],
        ["10.128.6.2", one.nowMs],
      ].map(([ip, time]) => one.whoHas(ip as string, time as number)),
    ).toEqual([
      "shop/Deployment/web",
      "shop/DaemonSet/next",
      "shop/Deployment/web",
      "nobody",
      "nobody",
      "shop/StatefulSet/db",
    ]);
    expect(one.watcher.status().counts.reconnects).toBeGreaterThan(0);
  });

  test("a restart of the server within its history needs no new list", async () => {
    await using one = await WatchedDouble.open();
    const { double, watcher } = one;
    await one.ready();
    await until(() => double.watchCount > 5);
    const lists = (): number =>
      double.requests.filter(({ resource, verb, status }) => resource === "pods" && verb === "list" && status === 200)
        .length;
    expect(lists()).toBe(1);
    await double.stop();
    await until(() => watcher.status().state === "retrying");
    expect(watcher.status().message).toMatch(
      /^the API server at `127\.0\.0\.1:\d+` cannot be reached for `\S+` \(ECONN\w+\); trying again/,
    );
    double.put(web("web-abc-1", "10.128.4.9"));
    await double.start();
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    await until(() => watcher.status().state === "running");
    expect(lists()).toBe(1);
  });

  test("bookmarks carry a quiet watch over a history that is forgotten", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    double.bookmarkMs = 20;
    await one.ready();
    await until(() => double.watchCount > 5);
    for (let i = 0; i < 5; i += 1) double.put(namespaceObject(`n${i}`));
    const from = double.store.version;
    await pause(100);
    double.store.compact();
    double.endWatches();
    await until(() =>
      double.requests.some(
        ({ resource, verb, query }) =>
          resource === "pods" && verb === "watch" && Number(query.get("resourceVersion")) >= from,
      ),
    );
    expect(double.requests.filter(({ status }) => status === 410)).toEqual([]);
  });

  test("a silent connection is given up", async () => {
    await using one = await WatchedDouble.open({ idleMs: 100 });
    const { double } = one;
    await one.ready();
    await until(
      () => double.requests.filter(({ resource, verb }) => resource === "pods" && verb === "watch").length >= 3,
    );
    double.put(web("web-abc-1", "10.128.4.9"));
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    expect(double.requests.filter(({ resource, verb }) => resource === "pods" && verb === "list").length).toBe(1);
  });

  test("pieces that split characters, and slow lines", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    double.pieceBytes = 1;
    const name = (i: number): KubernetesObject =>
      podObject(`p${i}`, { ips: [`10.128.7.${i}`], labels: { app: "größe–日本" } });
    double.put(name(1));
    await one.ready();
    double.put(name(2));
    await until(() => one.watcher.facts().pods.length === 2);
    expect(one.watcher.facts().pods.map(({ labels }) => labels)).toEqual([
      { app: "größe–日本" },
      { app: "größe–日本" },
    ]);
    expect(one.watcher.status().counts.malformed).toBe(0);
  });

  test("a slow line is waited for, as long as something comes", async () => {
    await using one = await WatchedDouble.open({ idleMs: 200 });
    const { double } = one;
    for (let i = 0; i < 30; i += 1) double.put(web(`web-abc-${i}`, `10.128.5.${i}`));
    Object.assign(double, { pieceBytes: 512, pauseMs: 3 });
    await one.ready();
    expect(one.watcher.facts().pods.length).toBe(30);
    expect(double.requests.filter(({ resource, verb }) => resource === "pods" && verb === "list").length).toBe(5);
  });

  test("pages that expire again and again give way to a list in one piece", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    for (let i = 0; i < 30; i += 1) double.put(web(`web-abc-${i}`, `10.128.5.${i}`));
    double.betweenPages = () => double.expirePages();
    await one.ready();
    expect(one.watcher.facts().pods.length).toBe(30);
    const lists = double.requests.filter(({ resource, verb }) => resource === "pods" && verb === "list");
    const told = lists.map(({ status, query }) => `${status} with limit ${query.get("limit") ?? "none"}`);
    expect(told.join(", ")).toBe(
      "200 with limit 7, 410 with limit 7, 200 with limit 7, 410 with limit 7, 200 with limit none",
    );
  });

  test("a history that is always too short is not asked for without pause", async () => {
    await using one = await WatchedDouble.open({ firstPauseMs: 100 });
    const { double } = one;
    await one.ready();
    await until(() => double.watchCount > 5);
    const began = performance.now();
    double.store.oldest = Infinity;
    double.endWatches();
    const lists = (): number =>
      double.requests.filter(({ resource, verb }) => resource === "pods" && verb === "list").length;
    await until(() => lists() >= 4);
    // The first list comes at once, the next two after pauses of at least 50 and 100 milliseconds.
    expect(performance.now() - began).toBeGreaterThan(140);
  });

  test.each([429, 500, 503])("an answer of %i is waited out", async (status) => {
    await using one = await WatchedDouble.open();
    one.double.fail("pods", status, 2, 0);
    one.double.put(web("web-abc-1", "10.128.4.9"));
    await one.ready();
    expect(one.whoHas("10.128.4.9")).toBe("shop/Deployment/web");
  });

  test("a token that is replaced in its file", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    await one.ready();
    double.tokens.delete("observer-1");
    double.tokens.set("observer-2", (asked) => one.role.allows(asked));
    double.breakConnections();
    await until(() => one.watcher.status().message.includes("(401)"));
    await one.setToken("observer-2");
    double.put(web("web-abc-1", "10.128.4.9"));
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    await until(() => one.watcher.status().state === "running");
    expect(JSON.stringify(one.watcher.status())).not.toContain("observer-");
  });

  test("a rule that is missing is named, and the rest goes on", async () => {
    await using one = await WatchedDouble.open();
    one.double.tokens.set("observer-1", (asked) => asked.resource !== "egressfirewalls" && asked.resource !== "nodes");
    one.double.put(web("web-abc-1", "10.128.4.9"));
    await one.ready();
    const { resources, message, state } = one.watcher.status();
    expect(state).toBe("running");
    expect(message).toContain("`nodes` may not be listed or watched (403); give the role the rule");
    expect(message).toContain('`apiGroups: [""], resources: ["nodes"], verbs: ["get", "list", "watch"]`');
    expect(resources.filter((one) => one.state === "forbidden").map(({ name }) => name)).toContain("nodes");
    expect(one.whoHas("10.128.4.9")).toBe("shop/Deployment/web");
  });

  test("a rule that is given later, and a kind that is installed later, are found", async () => {
    await using one = await WatchedDouble.open({ recheckMs: 50 });
    const { double } = one;
    const firewalls = double.kinds.filter(({ kind }) => kind === "EgressFirewall");
    double.kinds = double.kinds.filter(({ kind }) => kind !== "EgressFirewall");
    double.tokens.set("observer-1", (asked) => asked.resource !== "pods");
    await one.ready();
    const states = (): string =>
      one.watcher
        .status()
        .resources.filter(({ name }) => name === "pods" || name.startsWith("egressfirewalls"))
        .map(({ state }) => state)
        .join(" ");
    await until(() => states() === "forbidden absent");
    double.kinds = [...double.kinds, ...firewalls];
    double.tokens.set("observer-1", (asked) => one.role.allows(asked));
    double.put(web("web-abc-1", "10.128.4.9"));
    await until(() => states() === "watching watching");
    expect(one.whoHas("10.128.4.9")).toBe("shop/Deployment/web");
  });

  test("nonsense on a watch is counted, and a new list puts things right", async () => {
    await using one = await WatchedDouble.open();
    const { double, watcher } = one;
    await one.ready();
    await until(() => double.watchCount > 5);
    double.nextEvent = '{"type":"MODIFIED","object":{"metadata":{"na\n';
    double.put(web("web-abc-1", "10.128.4.9"));
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    expect(watcher.status().counts.malformed).toBe(1);
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
