/** What goes wrong between an observer and an API server, and how it is survived. */
import { describe, expect, test } from "vitest";
import { namespaceObject, podObject } from "./cluster-objects.ts";
import type { KubernetesObject } from "./object-store.ts";
import { until, WatchedDouble } from "./watched-double.ts";

const web = (name: string, ip: string): KubernetesObject =>
  podObject(name, { ips: [ip], owner: ["ReplicaSet", "web-7d4f8b9c5d"] });
const minute = 60_000;

describe("connections and histories", () => {
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

  test("after 410 Gone on all watches at once the lists are fetched one after the other", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    for (let i = 0; i < 40; i += 1) {
      double.put(web(`web-abc-${i}`, `10.128.5.${i}`));
      double.put(namespaceObject(`n${i}`));
    }
    await one.ready();
    await until(() => one.watcher.status().resources.every(({ state }) => state === "watching" || state === "absent"));
    const from = double.requests.length;
    // Of a kind that nobody watches: every watch is behind it.
    double.put({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "more", namespace: "shop" } });
    double.store.compact();
    double.endWatches();
    const facts = ["namespaces", "nodes", "replicasets", "jobs", "services", "endpointslices", "pods"];
    const lists = (): readonly string[] =>
      double.requests.slice(from).flatMap(({ resource, verb }) => (verb === "list" ? [resource] : []));
    await until(() => facts.every((resource) => lists().includes(resource)));
    await until(() => one.watcher.status().resources.every(({ state }) => state === "watching" || state === "absent"));
    const pages = lists().filter((resource) => facts.includes(resource));
    expect(pages.filter((resource) => resource === "pods").length).toBe(6);
    // Whose page came after another's, page by page: each begins once.
    expect(pages.filter((resource, i) => resource !== pages[i - 1]).toSorted()).toEqual(facts.toSorted());
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
    await one.ready();
    await until(() => one.watcher.status().resources.every(({ state }) => state === "watching" || state === "absent"));
    for (let i = 0; i < 5; i += 1) double.put(namespaceObject(`n${i}`));
    const from = double.store.version;
    double.bookmark();
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

  test("a connection that falls silent is given up, and the watch goes on where it stood", async () => {
    await using one = await WatchedDouble.open({ idleMs: 100 });
    const { double } = one;
    await one.ready();
    const asked = (): readonly string[] =>
      double.requests
        .filter(({ resource }) => resource === "pods")
        .map(({ verb, query }) => `${verb} ${query.get("resourceVersion") ?? ""}`);
    // An event in time for a watch: the next begins behind it, with no list between.
    const isContinued = (): boolean => /watch (\d+), watch (?!\1\b)/.test(asked().join(", "));
    let told = 0;
    await until(() => {
      if (asked().length > told && asked().at(-1)!.startsWith("watch")) {
        told = asked().length;
        double.put(web(`web-abc-${told}`, `10.128.4.${told}`));
      }
      return isContinued();
    });
    expect(one.watcher.status().counts.reconnects).toBeGreaterThan(0);
    await until(() => one.watcher.facts().pods.length === double.store.list("pods.", undefined).length);
  });

  test("a history that has gone back, as after a restore of etcd, is noticed by its silence", async () => {
    await using one = await WatchedDouble.open({ idleMs: 200 });
    const { double } = one;
    double.put(web("web-abc-1", "10.128.4.9"));
    const copy = double.store.copy();
    for (let i = 2; i < 6; i += 1) double.put(web(`web-abc-${i}`, `10.128.4.1${i}`));
    await one.ready();
    await until(() => double.watchCount > 5);
    await double.stop();
    double.store.restore(copy);
    await double.start();
    await until(() => one.watcher.facts().pods.length === 1);
    double.put(web("web-abc-9", "10.128.4.99"));
    await until(() => one.whoHas("10.128.4.99") === "shop/Deployment/web");
    expect(one.watcher.facts().pods.map(({ name }) => name)).toEqual(["web-abc-1", "web-abc-9"]);
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
});

describe("answers", () => {
  test.each([429, 500, 503, 504])("an answer of %i is waited out", async (status) => {
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
    expect(message).toContain('`apiGroups: [""], resources: ["nodes"], verbs: ["list", "watch"]`');
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

  test("a server that has just started and has not read its roles yet is asked again soon", async () => {
    await using one = await WatchedDouble.open({ recheckMs: 600_000 });
    const { double } = one;
    await one.ready();
    await until(() => double.watchCount > 5);
    double.tokens.set("observer-1", () => false);
    double.breakConnections();
    await until(() => one.watcher.status().message.includes("(403)"));
    double.put(web("web-abc-1", "10.128.4.9"));
    double.tokens.set("observer-1", (asked) => one.role.allows(asked));
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    expect(one.watcher.status().resources.find(({ name }) => name === "pods")).toMatchObject({ state: "watching" });
  });

  test("something else that answers, without pods or nodes, is not taken for a cluster in silence", async () => {
    await using one = await WatchedDouble.open();
    one.double.kinds = [];
    one.double.tokens.set("observer-1", undefined);
    await one.ready();
    await until(() => one.watcher.status().resources.every(({ state }) => state === "absent"));
    expect(one.watcher.status().message).toMatch(
      /^the cluster does not have `namespaces` in `v1`; check that `127\.0\.0\.1:\d+` is the API server itself \(and 7 more\)$/,
    );
  });

  test("an error event does not bring back what came before it", async () => {
    await using one = await WatchedDouble.open();
    const { double } = one;
    await one.ready();
    await until(() => double.watchCount > 5);
    const first = double.put(web("web-abc-1", "10.128.4.9"));
    await until(() => one.whoHas("10.128.4.9") === "shop/Deployment/web");
    const status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", code: 500 };
    double.nextEvent = `${JSON.stringify({ type: "ERROR", object: status })}\n`;
    double.put(web("web-abc-2", "10.128.4.10"));
    await until(() => one.whoHas("10.128.4.10") === "shop/Deployment/web");
    const told = double.requests
      .filter(({ resource }) => resource === "pods")
      .map(({ verb, query }) => `${verb} ${query.get("resourceVersion") ?? ""}`);
    expect(told).toEqual(["list ", "watch 1000", `watch ${first.metadata.resourceVersion}`]);
  });

  test("more objects than memory was promised for are left out, which is said", async () => {
    await using one = await WatchedDouble.open({ maxObjects: 3 });
    for (let i = 0; i < 5; i += 1) one.double.put(web(`web-abc-${i}`, `10.128.5.${i}`));
    await one.ready();
    const pods = (): unknown => one.watcher.status().resources.find(({ name }) => name === "pods");
    expect(pods()).toMatchObject({ objects: 3, message: "there are more than 3; the rest is not known" });
    for (let i = 0; i < 3; i += 1) one.double.delete(web(`web-abc-${i}`, ""));
    await until(() => one.watcher.facts().pods.length === 0);
    // No event would tell of the others: once there is room, the end of a watch is followed by a list.
    one.double.endWatches();
    await until(() => one.watcher.facts().pods.length === 2);
    expect(pods()).toMatchObject({ objects: 2, message: "" });
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
