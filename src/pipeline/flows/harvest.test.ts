import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { containsIp, ipSetOf } from "../../core/net/ip-set.ts";
import { formatIp, parseIp } from "../../core/net/ip.ts";
import { type ClusterFacts, noClusterFacts } from "./cluster-facts.ts";
import { cidrForTest, formatEdgeForTest, harvestForTest, ipForTest, usualNetworks } from "./harvest.test-support.ts";

interface Row {
  readonly SrcK8S_Namespace: string;
  readonly SrcK8S_OwnerName: string;
  readonly SrcK8S_OwnerType: string;
  readonly SrcK8S_Type?: string;
  readonly SrcPort: number;
  readonly DstAddr: string;
  readonly DstPort: number;
  readonly Proto: number;
  readonly Flags: readonly string[];
  readonly FlowDirection?: number;
  readonly Duplicate?: boolean;
  readonly Bytes: number;
  readonly Sampling: number;
  readonly TimeFlowStartMs: number;
  readonly TimeFlowEndMs: number;
}

/** The obvious version: parse everything, judge in a few lines, count in maps. NetObserv records only. */
function oracle(lines: readonly string[]): { edges: string[]; leftOut: Record<string, number> } {
  const edges = new Map<
    string,
    { flows: number; bytes: number; hours: Map<number, number>; first: number; last: number }
  >();
  const leftOut: Record<string, number> = {};
  const inside = ipSetOf(...usualNetworks.pods);
  for (const line of lines) {
    const r = JSON.parse(line) as Row;
    const reason = why(r);
    const address = parseIp(r.DstAddr);
    if (reason !== undefined || !address.ok || containsIp(inside, address.value)) {
      const said = reason ?? "internal";
      leftOut[said] = (leftOut[said] ?? 0) + 1;
      continue;
    }
    const kind = r.SrcK8S_OwnerType === "Job" && /-\d{8}$/.test(r.SrcK8S_OwnerName) ? "CronJob" : r.SrcK8S_OwnerType;
    const name = kind === "CronJob" ? r.SrcK8S_OwnerName.slice(0, -9) : r.SrcK8S_OwnerName;
    const protocol = r.Proto === 6 ? "tcp" : "udp";
    const key = `${r.SrcK8S_Namespace} ${kind}/${name} → ${formatIp(address.value)} ${protocol}/${r.DstPort} seen`;
    const edge = edges.get(key) ?? { flows: 0, bytes: 0, hours: new Map<number, number>(), first: Infinity, last: 0 };
    edges.set(key, edge);
    const hour = Math.floor(r.TimeFlowStartMs / 3_600_000);
    edge.flows += 1;
    edge.bytes += r.Bytes * r.Sampling;
    edge.hours.set(hour, (edge.hours.get(hour) ?? 0) + 1);
    edge.first = Math.min(edge.first, r.TimeFlowStartMs);
    edge.last = Math.max(edge.last, r.TimeFlowEndMs);
  }
  const list = [...edges].map(([key, { flows, bytes, hours, first, last }]) => {
    const activity = [...hours].toSorted(([a], [b]) => a - b);
    return JSON.stringify([`${key} ×${flows} ${bytes} B`, first, last, activity]);
  });
  return { edges: list.toSorted(), leftOut };
}

function why(r: Row): string | undefined {
  if (r.SrcK8S_Type === "Node") return "host-network";
  // All sources here lie in the pod network, which is enough where the type is not named.
  if (r.SrcK8S_Type === "Service") return "not-from-pod";
  if (r.FlowDirection === 0) return "ingress";
  if (r.Duplicate === true) return "duplicate";
  if (r.Flags.includes("SYN_ACK")) return "reply";
  if (r.Flags.includes("SYN")) return undefined;
  const { SrcPort: from, DstPort: to } = r;
  if (from < 1024 !== to < 1024) return to < 1024 ? undefined : "reply";
  if (from < 32_768 !== to < 32_768) return to < 32_768 ? undefined : "reply";
  return "initiator-unknown";
}

const start = 488_000 * 3_600_000;
const record = fc
  .record({
    SrcK8S_Namespace: fc.constantFrom("shop", "mail", "a-very-long-namespace-name-that-needs-more-words"),
    SrcK8S_OwnerName: fc.constantFrom("cart", "cart-28512345", "cart-28512346", "report-3"),
    SrcK8S_OwnerType: fc.constantFrom("Deployment", "Job"),
    SrcK8S_Type: fc.constantFrom("Pod", "Pod", "Pod", "Pod", "Node", "Service", undefined),
    SrcAddr: fc.constantFrom("10.128.0.7", "10.131.255.9", "fd01::7"),
    SrcPort: fc.constantFrom(40_000, 53, 443, 32_767, 32_768),
    DstAddr: fc.constantFrom(
      "198.51.100.7",
      "198.51.100.8",
      "2001:db8::1",
      "::ffff:198.51.100.7",
      "10.127.255.255",
      "10.128.0.0",
      "10.131.255.255",
      "10.132.0.0",
      "fd01::8",
      "fd01:0:1::1",
    ),
    DstPort: fc.constantFrom(443, 1023, 1024, 32_767, 32_768, 50_000),
    Proto: fc.constantFrom(6, 17),
    Flags: fc.constantFrom([], ["SYN", "ACK"], ["SYN_ACK"], ["ACK"]),
    FlowDirection: fc.constantFrom(0, 1, 2, undefined),
    Duplicate: fc.constantFrom(true, false, undefined, undefined),
    Bytes: fc.nat({ max: 100_000 }),
    Sampling: fc.constantFrom(1, 50),
    TimeFlowStartMs: fc.nat({ max: 20 * 3_600_000 }).map((ms) => start + ms),
    TimeFlowEndMs: fc.nat({ max: 10_000 }).map((ms) => start + 21 * 3_600_000 + ms),
  })
  .chain((fields) =>
    fc
      .shuffledSubarray(Object.keys(fields), { minLength: Object.keys(fields).length })
      .map((keys) => JSON.stringify(Object.fromEntries(keys.map((key) => [key, fields[key as keyof typeof fields]])))),
  );

describe("a harvest", () => {
  test("is what the obvious version counts, however the lines are dealt out and ordered", () => {
    const lines = fc.array(record, { minLength: 1, maxLength: 60 });
    const deal = fc.array(fc.nat(), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(lines, fc.integer({ min: 1, max: 4 }), deal, fc.boolean(), (recorded, readers, dealt, isReversed) => {
        const shown = isReversed ? recorded.toReversed() : recorded;
        const harvest = harvestForTest(shown, { format: "netobserv", readers, deal: dealt });
        const found = harvest.edges.map((edge) => {
          const activity = edge.activity.map(({ hour, flows }) => [hour, flows]);
          return JSON.stringify([formatEdgeForTest(edge), edge.firstSeenMs, edge.lastSeenMs, activity]);
        });
        const { edges, leftOut } = oracle(recorded);
        expect(found.toSorted()).toEqual(edges);
        expect(Object.fromEntries(harvest.leftOut.map(({ reason, flows }) => [reason, flows]))).toEqual(leftOut);
        const whole = harvestForTest(recorded, { format: "netobserv" });
        expect(harvest.edges).toEqual(whole.edges);
      }),
      { numRuns: 300 },
    );
  });

  const line = (namespace: string, destination: string, port = 443, extra: object = {}): string =>
    JSON.stringify({ namespace, workload: "Deployment/a", destination, port, ...extra });
  const edgesOf = (lines: readonly string[], options: Parameters<typeof harvestForTest>[1] = {}): string[] =>
    harvestForTest(lines, options).edges.map(formatEdgeForTest);

  test("is sorted by namespace, workload, address, protocol, port", () => {
    const lines = [
      line("b", "2001:db8::1"),
      line("b", "203.0.113.1"),
      line("b", "9.0.0.1", 80),
      line("b", "9.0.0.1", 22),
      line("a", "224.0.0.1"),
      line("a", "223.0.0.1"),
    ];
    expect(edgesOf(lines)).toEqual([
      "a Deployment/a → 223.0.0.1 tcp/443 seen ×1",
      "b Deployment/a → 9.0.0.1 tcp/22 seen ×1",
      "b Deployment/a → 9.0.0.1 tcp/80 seen ×1",
      "b Deployment/a → 203.0.113.1 tcp/443 seen ×1",
      "b Deployment/a → 2001:db8::1 tcp/443 seen ×1",
    ]);
  });

  const endpoint = (address: string, port: number): { address: ReturnType<typeof ipForTest>; port: number } => ({
    address: ipForTest(address),
    port,
  });
  const facts: ClusterFacts = {
    ...noClusterFacts,
    clusterNetworks: usualNetworks.pods,
    serviceNetworks: usualNetworks.services,
    services: [
      {
        namespace: "default",
        name: "kubernetes",
        addresses: [ipForTest("172.30.0.1")],
        ports: [
          {
            name: "https",
            protocol: "tcp",
            port: 443,
            endpoints: [endpoint("10.0.0.5", 6443), endpoint("10.0.0.6", 6443)],
          },
        ],
      },
      {
        namespace: "shop",
        name: "db",
        addresses: [ipForTest("172.30.0.9"), ipForTest("203.0.113.77")],
        ports: [{ name: "", protocol: "tcp", port: 5432, endpoints: [endpoint("10.128.0.9", 5432)] }],
      },
    ],
  };

  test("sees through services, as a firewall does", () => {
    const options = { facts, given: undefined };
    expect(edgesOf([line("a", "172.30.0.1")], options)).toEqual([
      "a Deployment/a → 10.0.0.5 tcp/6443 seen ×1",
      "a Deployment/a → 10.0.0.6 tcp/6443 seen ×1",
    ]);
    expect(edgesOf([line("a", "172.30.0.9", 5432), line("a", "203.0.113.77", 5432)], options)).toEqual([]);
    expect(harvestForTest([line("a", "172.30.0.1", 80)], options).leftOut.map(({ reason }) => reason)).toEqual([
      "service-unresolved",
    ]);
    // The flow to one backend was recorded as well: the service's copy of it adds nothing.
    expect(edgesOf([line("a", "172.30.0.1"), line("a", "10.0.0.5", 6443)], options)).toEqual([
      "a Deployment/a → 10.0.0.5 tcp/6443 seen ×1",
      "a Deployment/a → 10.0.0.6 tcp/6443 seen ×1",
    ]);
  });

  const flow = (source: string, destination: string, destinationType?: string): string =>
    JSON.stringify({
      SrcK8S_Namespace: "a",
      SrcK8S_OwnerName: "a",
      SrcK8S_OwnerType: "Deployment",
      SrcK8S_Type: "Pod",
      SrcAddr: source,
      DstAddr: destination,
      DstK8S_Type: destinationType,
      SrcPort: 40000,
      DstPort: 443,
      Proto: 6,
    });

  test.each([
    ["OpenShift's own", ["10.128.0.4", "10.131.2.4"], ["10.128.0.0/14"], ["172.30.0.0/16"]],
    ["others, as narrow as the flows allow", ["10.42.0.4", "10.42.3.4"], ["10.42.0.0/22"], []],
    ["several", ["10.42.0.4", "192.168.7.9"], ["10.42.0.0/24", "192.168.7.0/24"], []],
  ])("infers networks: %s", (_, sources, pods, services) => {
    const harvest = harvestForTest(
      sources.map((source) => flow(source, "198.51.100.7")),
      { given: undefined },
    );
    expect(harvest.clusterNetworks).toEqual({
      pods: pods.map(cidrForTest),
      services: services.map(cidrForTest),
      origin: "inferred",
    });
    expect(harvest.warnings.map(({ code }) => code)).toEqual(["flows_networks_inferred"]);
  });

  test.each([
    ["pods", { pods: [cidrForTest("10.42.0.0/16")], services: [] }],
    ["services", { pods: [], services: [cidrForTest("10.43.0.0/16")] }],
    ["both", { pods: [cidrForTest("10.42.0.0/16")], services: [cidrForTest("10.43.0.0/16")] }],
  ])("infers the networks of the others when somebody names those of %s", (_, given) => {
    const lines = [
      flow("10.42.0.4", "10.43.0.1", "Service"),
      flow("10.42.0.4", "10.42.0.9"),
      flow("10.42.0.4", "203.0.113.7"),
    ];
    const harvest = harvestForTest(lines, { given });
    expect(harvest.edges.map(formatEdgeForTest)).toEqual(["a Deployment/a → 203.0.113.7 tcp/443 seen ×1"]);
    expect(harvest.leftOut.map(({ reason }) => reason)).toEqual(["internal", "service-unresolved"]);
    expect(harvest.clusterNetworks.origin).toBe("given");
  });

  test("leaves out what inferred networks show to be inside", () => {
    const harvest = harvestForTest([flow("10.42.0.4", "10.42.0.9"), flow("10.42.0.9", "198.51.100.7")], {
      given: undefined,
    });
    expect(harvest.edges.map(formatEdgeForTest)).toEqual(["a Deployment/a → 198.51.100.7 tcp/443 seen ×1"]);
    expect(harvest.leftOut).toEqual([{ reason: "internal", flows: 1, example: "a/Deployment/a → 10.42.0.9 tcp/443" }]);
  });

  test("keeps to its limits and says what did not fit", () => {
    const lines = Array.from({ length: 50 }, (_, i) =>
      line("a", `198.51.100.${i}`, 443, { name: `n${i}.example`, time: i * 40 * 3600 }),
    );
    const limits = { edges: 10, activity: 5, symbols: 1000, names: 3 };
    const harvest = harvestForTest(lines, { limits });
    expect(harvest.edges.length).toBe(10);
    expect(harvest.overflow).toEqual({ edges: 40, activity: 5, names: 47 });
    expect(harvest.isComplete).toBe(false);
    expect(harvestForTest(lines, { limits: { ...limits, symbols: 2 } }).overflow.names).toBe(49);
  });
});
