import { expect, test } from "vitest";
import { formatIp } from "../../core/net/ip.ts";
import { noClusterFacts } from "./cluster-facts.ts";
import { formatEdgeForTest, harvestForTest, ipForTest } from "./harvest.test-support.ts";
import { hubbleFlow as base, hubbleLine as line } from "./hubble-record.test-support.ts";

test("a Hubble event of a DNS answer is evidence for the workload that the event names, not for a guess from its pod's name", () => {
  const asking = { ...base.source, pod_name: "db-0", workloads: [{ name: "db-cluster", kind: "StatefulSet" }] };
  const answer = {
    IP: { source: "10.128.0.53", destination: "10.128.0.7" },
    source: {
      identity: 12,
      namespace: "kube-system",
      pod_name: "coredns-1",
      workloads: [{ name: "dns", kind: "DaemonSet" }],
    },
    destination: asking,
    l7: { type: "RESPONSE", dns: { query: "pay.example.com.", ips: ["198.51.100.7"] } },
    event_type: { type: 129 },
    is_reply: true,
  };
  const { edges, nameEvidence } = harvestForTest([line(answer), line({ source: asking })]);
  expect(edges.map(formatEdgeForTest)).toEqual([
    "shop StatefulSet/db-cluster → 198.51.100.7 tcp/443 seen ×1 (pay.example.com)",
  ]);
  expect(nameEvidence.map(({ workload }) => workload)).toEqual([{ kind: "StatefulSet", name: "db-cluster" }]);
});

const answered = (dns: object, change: object = {}): string =>
  line({
    IP: { source: "10.128.0.53", destination: "10.128.0.7" },
    source: { identity: 12, namespace: "kube-system", pod_name: "coredns-1" },
    destination: base.source,
    l7: { type: "RESPONSE", dns: { query: "pay.example.com.", ips: ["198.51.100.7"], ...dns } },
    event_type: { type: 129 },
    is_reply: true,
    ...change,
  });

test.each([
  ["and its time to live", { ttl: 30 }, [["198.51.100.7", [], 30]]],
  ["without one where the server does not know", { ttl: 4_294_967_295 }, [["198.51.100.7", [], undefined]]],
  [
    "with its aliases",
    { cnames: ["edge.example.net.", "b.example.net."] },
    [["198.51.100.7", ["edge.example.net", "b.example.net"], undefined]],
  ],
  ["but not what is no address", { ips: ["198.51.100.7", "nobody", ""] }, [["198.51.100.7", [], undefined]]],
  ["but nothing when the server failed", { rcode: 2 }, []],
  ["but nothing without addresses", { ips: [] }, []],
  ["but nothing without a question", { query: "" }, []],
])("a Hubble event of a DNS answer tells addresses, %s", (_, dns, expected) => {
  const { nameEvidence } = harvestForTest([answered(dns)], { format: "hubble" });
  expect(nameEvidence.map(({ address, chain, ttlSeconds }) => [formatIp(address), chain, ttlSeconds])).toEqual(
    expected,
  );
});

test("a Hubble event of a DNS question tells nothing, whatever it holds", () => {
  const asked = answered({}, { l7: { type: "REQUEST", dns: { query: "a.example.", ips: ["198.51.100.7"] } } });
  expect(harvestForTest([asked], { format: "hubble" }).nameEvidence).toEqual([]);
  expect(harvestForTest([answered({}, { event_type: { type: 4 } })]).nameEvidence).toEqual([]);
});

test("a Hubble event of a DNS answer to a pod that only the cluster's dump knows is evidence for its workload", () => {
  const cart = {
    namespace: "shop",
    name: "cart-1",
    addresses: [ipForTest("10.128.0.7")],
    isHostNetwork: false,
    workload: { kind: "StatefulSet", name: "cart" },
    labels: {},
  };
  const { nameEvidence } = harvestForTest([answered({}, { destination: { namespace: "shop" } })], {
    format: "hubble",
    facts: { ...noClusterFacts, pods: [cart] },
  });
  expect(nameEvidence.map(({ workload }) => workload)).toEqual([{ kind: "StatefulSet", name: "cart" }]);
});

test("a Hubble event of a DNS answer is evidence for the pod that asked", () => {
  const answer = {
    IP: { source: "10.128.0.53", destination: "10.128.0.7" },
    l4: { UDP: { source_port: 53, destination_port: 40001 } },
    source: { identity: 12, namespace: "kube-system", pod_name: "coredns-1" },
    destination: { identity: 4711, namespace: "shop", pod_name: "cart-5d4f6c7b8d-x2k9q" },
    Type: "L7",
    l7: { type: "RESPONSE", dns: { query: "pay.example.com.", ips: ["198.51.100.7", "2001:db8::7"], ttl: 30 } },
    event_type: { type: 129 },
    is_reply: true,
  };
  const refused = { ...answer, l7: { type: "RESPONSE", dns: { query: "no.example.", rcode: 3 } } };
  const harvest = harvestForTest([line(answer), line(refused), line({})]);
  expect(harvest.edges.map(({ names }) => names)).toEqual([["pay.example.com"]]);
  expect(
    harvest.nameEvidence.map(({ name, address, workload, from }) => [name, formatIp(address), workload.name, from]),
  ).toEqual([
    ["pay.example.com", "198.51.100.7", "cart", "dns-answer"],
    ["pay.example.com", "2001:db8::7", "cart", "dns-answer"],
  ]);
});
