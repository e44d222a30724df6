import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { formatCidr } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { formatWorkload } from "../../../core/workload/workload.ts";
import type { ClusterFacts } from "../cluster-facts.ts";
import { ClusterDump } from "./cluster-dump.ts";

function factsOf(...objects: readonly unknown[]): ClusterFacts {
  const dump = new ClusterDump();
  for (const object of objects) dump.add(object);
  return dump.facts();
}

const controller = (kind: string, name: string): object => ({
  ownerReferences: [
    { kind: "Other", name: "x" },
    { kind, name, controller: true },
  ],
});
const object = (kind: string, name: string, metadata: object = {}): object => ({
  kind,
  metadata: { namespace: "shop", name, ...metadata },
});
const pod = (
  name: string,
  metadata: object = {},
  status: object = { phase: "Running", podIPs: [{ ip: "10.128.0.9" }, { ip: "fd01::9" }] },
): object => ({ kind: "Pod", metadata: { namespace: "shop", name, ...metadata }, spec: {}, status });

describe("the workload of a pod", () => {
  test.each<[string, object, readonly object[], string]>([
    [
      "Deployment",
      pod("web-abc-x", controller("ReplicaSet", "web-abc")),
      [object("ReplicaSet", "web-abc", controller("Deployment", "web"))],
      "Deployment/web",
    ],
    [
      "CronJob",
      pod("night-1-x", controller("Job", "night-1")),
      [object("Job", "night-1", controller("CronJob", "night"))],
      "CronJob/night",
    ],
    [
      "DeploymentConfig",
      pod("old-1-x", controller("ReplicationController", "old-1")),
      [object("ReplicationController", "old-1", controller("DeploymentConfig", "old"))],
      "DeploymentConfig/old",
    ],
    [
      "a Job of its own",
      pod("once-x", controller("Job", "once-12345678")),
      [object("Job", "once-12345678")],
      "Job/once-12345678",
    ],
    [
      "a ReplicaSet of its own",
      pod("rs-x", controller("ReplicaSet", "rs-abc")),
      [object("ReplicaSet", "rs-abc")],
      "ReplicaSet/rs-abc",
    ],
    ["a kind nobody knows", pod("vm-x", controller("VirtualMachineInstance", "vm")), [], "VirtualMachineInstance/vm"],
    [
      "no ReplicaSet in the dump, but its hash",
      pod("web-z1-x", { ...controller("ReplicaSet", "web-z1"), labels: { "pod-template-hash": "z1" } }),
      [],
      "Deployment/web",
    ],
    ["no Job in the dump", pod("night-29546010-abcde", controller("Job", "night-29546010")), [], "CronJob/night"],
    ["a static pod", pod("etcd-node-1", controller("Node", "node-1")), [], "Pod/etcd"],
    ["a bare pod", pod("debug"), [], "Pod/debug"],
    [
      "owners that form a circle",
      pod("a-x", controller("ReplicaSet", "a")),
      [object("ReplicaSet", "a", controller("ReplicaSet", "a"))],
      "ReplicaSet/a",
    ],
  ])("%s", (_, first, owners, workload) => {
    expect(factsOf(first, ...owners).pods.map((one) => formatWorkload(one.workload))).toEqual([workload]);
  });

  test("finished pods are left out, host-network pods marked, passing labels dropped", () => {
    const facts = factsOf(
      pod("done", {}, { phase: "Succeeded" }),
      pod("failed", {}, { phase: "Failed" }),
      { ...pod("host"), spec: { hostNetwork: true } },
      pod("web", { labels: { app: "web", "pod-template-hash": "abc" } }),
    );
    expect(facts.pods.map(({ name, isHostNetwork, labels }) => ({ name, isHostNetwork, labels }))).toEqual([
      { name: "host", isHostNetwork: true, labels: {} },
      { name: "web", isHostNetwork: false, labels: { app: "web" } },
    ]);
    expect(facts.pods[1]!.addresses.map(formatIp)).toEqual(["10.128.0.9", "fd01::9"]);
  });
});

describe("networks", () => {
  const network = (apiVersion: string, spec: string, status?: string): object => ({
    kind: "Network",
    apiVersion,
    metadata: { name: "cluster" },
    spec: { clusterNetwork: [{ cidr: spec, hostPrefix: 23 }], serviceNetwork: ["172.30.0.0/16"] },
    ...(status === undefined
      ? {}
      : { status: { clusterNetwork: [{ cidr: status }], serviceNetwork: ["172.31.0.0/16"] } }),
  });
  const config = network("config.openshift.io/v1", "10.0.0.0/14", "10.128.0.0/14");
  const operator = network("operator.openshift.io/v1", "10.64.0.0/14");
  test.each<[string, readonly object[], string]>([
    ["status comes before spec", [config], "10.128.0.0/14 172.31.0.0/16"],
    ["spec where there is no status", [network("config.openshift.io/v1", "10.0.0.0/14")], "10.0.0.0/14 172.30.0.0/16"],
    ["the operator's where there is no other", [operator], "10.64.0.0/14 172.30.0.0/16"],
    ["config after operator", [operator, config], "10.128.0.0/14 172.31.0.0/16"],
    ["operator after config", [config, operator], "10.128.0.0/14 172.31.0.0/16"],
    ["somebody else's Network", [{ ...config, apiVersion: "example.com/v1" }], ""],
  ])("%s", (_, objects, text) => {
    const { clusterNetworks, serviceNetworks } = factsOf(...objects);
    expect([...clusterNetworks, ...serviceNetworks].map(formatCidr).join(" ")).toBe(text);
  });

  test("machine networks of the install-config", () => {
    const text =
      "networking:\n  clusterNetwork:\n  - cidr: 10.128.0.0/14\n    hostPrefix: 23\n  machineNetwork:\n  - cidr: 10.0.0.0/16\n  - cidr: fd00::/64\n  networkType: OVNKubernetes\n";
    const facts = factsOf({
      kind: "ConfigMap",
      metadata: { namespace: "kube-system", name: "cluster-config-v1" },
      data: { "install-config": text },
    });
    expect(facts.machineNetworks.map(formatCidr)).toEqual(["10.0.0.0/16", "fd00::/64"]);
  });
});

test("a node answers at its status addresses, host addresses and management ports", () => {
  const facts = factsOf({
    kind: "Node",
    metadata: {
      name: "n",
      labels: { zone: "a" },
      annotations: {
        "k8s.ovn.org/host-cidrs": '["192.0.2.1/24","192.0.2.5/32"]',
        "k8s.ovn.org/node-subnets": '{"default":["10.128.4.0/23","fd01:0:0:1::/64"]}',
      },
    },
    status: {
      addresses: [
        { type: "InternalIP", address: "192.0.2.1" },
        { type: "Hostname", address: "n" },
      ],
    },
  });
  expect(facts.nodes.map(({ addresses, labels }) => [addresses.map(formatIp), labels])).toEqual([
    [["192.0.2.1", "192.0.2.5", "10.128.4.2", "fd01:0:0:1::2"], { zone: "a" }],
  ]);
});

describe("services", () => {
  const service = (spec: object, status: object = {}): object => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { namespace: "shop", name: "db" },
    spec,
    status,
  });
  const slice = (addresses: readonly string[], port: object, more: object = {}): object => ({
    kind: "EndpointSlice",
    metadata: { namespace: "shop", labels: { "kubernetes.io/service-name": "db" } },
    endpoints: [
      { addresses, conditions: { ready: true } },
      { addresses: ["203.0.113.99"], conditions: { ready: false } },
    ],
    ports: [port],
    ...more,
  });
  const endpoints = {
    kind: "Endpoints",
    metadata: { namespace: "shop", name: "db" },
    subsets: [{ addresses: [{ ip: "203.0.113.7" }], ports: [{ port: 15432 }] }],
  };
  const told = (facts: ClusterFacts): unknown =>
    facts.services.map(({ addresses, ports }) => [
      addresses.map(formatIp).join(" "),
      ...ports.map(
        ({ protocol, port, endpoints: own }) =>
          `${protocol}/${port} → ${own.map((one) => `${formatIp(one.address)}:${one.port}`).join(" ")}`,
      ),
    ]);
  const spec = {
    clusterIP: "172.30.0.9",
    clusterIPs: ["172.30.0.9", "fd02::9"],
    externalIPs: ["198.51.100.9"],
    ports: [{ port: 5432 }],
  };

  test("ready endpoints of the port with the same name, at the target port", () => {
    expect(
      told(
        factsOf(
          service(spec, {
            loadBalancer: {
              ingress: [{ ip: "198.51.100.10" }, { hostname: "lb" }, { ip: "198.51.100.11", ipMode: "Proxy" }],
            },
          }),
          slice(["203.0.113.7"], { port: 15432 }),
          slice(["203.0.113.8"], { port: 1, name: "other" }),
        ),
      ),
    ).toEqual([["172.30.0.9 fd02::9 198.51.100.9 198.51.100.10", "tcp/5432 → 203.0.113.7:15432"]]);
  });
  test("Endpoints where there are no slices", () => {
    expect(told(factsOf(endpoints, service(spec)))).toEqual([
      ["172.30.0.9 fd02::9 198.51.100.9", "tcp/5432 → 203.0.113.7:15432"],
    ]);
    expect(told(factsOf(endpoints, service(spec), slice(["203.0.113.8"], { port: 2 })))).toEqual([
      ["172.30.0.9 fd02::9 198.51.100.9", "tcp/5432 → 203.0.113.8:2"],
    ]);
  });
  test("a headless service has no address to see through, Knative's is another kind", () => {
    expect(factsOf(service({ ...spec, clusterIP: "None", clusterIPs: ["None"], externalIPs: [] })).services).toEqual(
      [],
    );
    expect(factsOf({ ...service(spec), apiVersion: "serving.knative.dev/v1" }).services).toEqual([]);
  });
  test("the API server's endpoints need no service in the dump", () => {
    const api = {
      ...slice(["192.0.2.1", "192.0.2.2"], { name: "https", port: 6443 }),
      metadata: { namespace: "default", labels: { "kubernetes.io/service-name": "kubernetes" } },
    };
    expect(factsOf(api).apiServer.map(({ address, port }) => `${formatIp(address)}:${port}`)).toEqual([
      "192.0.2.1:6443",
      "192.0.2.2:6443",
    ]);
  });
});

test("lists are taken apart, typed ones name the kind of their items", () => {
  const facts = factsOf(
    { kind: "List", items: [{ kind: "Namespace", metadata: { name: "b" } }] },
    { kind: "NamespaceList", apiVersion: "v1", items: [{ metadata: { name: "a", labels: { x: "y" } } }] },
  );
  expect(facts.namespaces).toEqual([
    { name: "a", labels: { x: "y" } },
    { name: "b", labels: {} },
  ]);
});

test("whatever a dump holds, reading it never throws", () => {
  const kinds = fc.constantFrom(
    "Node",
    "Pod",
    "Service",
    "EndpointSlice",
    "Endpoints",
    "Network",
    "ReplicaSet",
    "ConfigMap",
    "List",
    "PodList",
  );
  const keys = fc.constantFrom(
    "metadata",
    "spec",
    "status",
    "name",
    "namespace",
    "labels",
    "annotations",
    "k8s.ovn.org/host-cidrs",
    "k8s.ovn.org/node-subnets",
    "podIPs",
    "ip",
    "items",
    "ownerReferences",
    "ports",
    "port",
    "endpoints",
    "addresses",
    "subsets",
    "clusterNetwork",
    "cidr",
    "clusterIPs",
    "data",
  );
  const node = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "medium" },
      fc.constantFrom<unknown>(null, 1, "", "10.0.0.0/8", "x", '["10.0.0.1/8"]', '{"default":"10.0.0.0/23"}'),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(keys, tie("value"), { maxKeys: 5 }),
    ),
  })).value;
  fc.assert(
    fc.property(fc.array(fc.tuple(kinds, node), { maxLength: 4 }), (objects) => {
      const dump = new ClusterDump();
      for (const [kind, value] of objects)
        dump.add(typeof value === "object" && value !== null ? { apiVersion: "v1", ...value, kind } : value);
      expect(Array.isArray(dump.warnings(dump.facts()))).toBe(true);
    }),
  );
});

test("a CronJob tells when it runs, and each counts once, as it came last", () => {
  const night = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { namespace: "shop", name: "night", creationTimestamp: "2026-01-05T10:00:00Z" },
    spec: { schedule: "30 3 * * *", timeZone: "Europe/Brussels", suspend: true, jobTemplate: { spec: {} } },
    status: { lastScheduleTime: "2026-02-01T02:30:00Z", lastSuccessfulTime: "2026-02-01T02:31:00Z" },
  };
  const bare = { apiVersion: "batch/v1", kind: "CronJob", metadata: { namespace: "shop", name: "bare" }, spec: 7 };
  expect(factsOf({ ...night, spec: { schedule: "@daily" } }, night, bare).scheduled).toEqual([
    {
      namespace: "shop",
      name: "bare",
      schedule: "",
      timeZone: undefined,
      isSuspended: false,
      createdMs: undefined,
      lastScheduledMs: undefined,
      lastSuccessMs: undefined,
    },
    {
      namespace: "shop",
      name: "night",
      schedule: "30 3 * * *",
      timeZone: "Europe/Brussels",
      isSuspended: true,
      createdMs: Date.UTC(2026, 0, 5, 10),
      lastScheduledMs: Date.UTC(2026, 1, 1, 2, 30),
      lastSuccessMs: Date.UTC(2026, 1, 1, 2, 31),
    },
  ]);
});

test.each([
  ["CRON_TZ=Europe/Berlin 0 3 * * *", "0 3 * * *", "Europe/Berlin"],
  ["TZ=America/New_York @monthly", "@monthly", "America/New_York"],
  ["0 3 * * *", "0 3 * * *", undefined],
])("a CronJob may name its zone in the schedule, as in `%s`", (written, schedule, timeZone) => {
  const metadata = { namespace: "shop", name: "night" };
  const { scheduled } = factsOf({ apiVersion: "batch/v1", kind: "CronJob", metadata, spec: { schedule: written } });
  expect(scheduled).toMatchObject([{ schedule, timeZone }]);
});
