import { expect, test } from "vitest";
import { parseIp } from "../core/net/ip.ts";
import { manifestForTest } from "../core/policy/kinds/manifest-for-test.ts";
import { readPolicy } from "../core/policy/read-policy.ts";
import { noClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { type ExplainRequest, explainConnection } from "./explain-connection.ts";
import { nothingRead } from "./policy-source.ts";

function ip(text: string): Extract<ExplainRequest["host"], { kind: "address" }> {
  const parsed = parseIp(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return { kind: "address", address: parsed.value };
}

const manifest = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumNetworkPolicy",
  metadata: { name: "web", namespace: "shop" },
  spec: {
    endpointSelector: {},
    egressDeny: [{ toCIDR: ["169.254.169.254/32"] }],
    egress: [{ toCIDR: ["192.0.2.0/24"] }],
  },
};

const node = { name: "worker-0", addresses: [ip("10.0.0.21").address], labels: {} };

test.each<[string, ExplainRequest["host"], string | undefined]>([
  [
    "an address is allowed by a block",
    ip("198.51.100.7"),
    '- toCIDRSet:\n    - cidr: 198.51.100.7/32\n  toPorts:\n    - ports:\n        - port: "443"\n          protocol: TCP',
  ],
  [
    "a name by its name",
    { kind: "name", name: "api.example.com" },
    '- toFQDNs:\n    - matchName: api.example.com\n  toPorts:\n    - ports:\n        - port: "443"\n          protocol: TCP',
  ],
  ["what is denied by a rule no allow can open", ip("169.254.169.254"), undefined],
  ["a node is no block's", ip("10.0.0.21"), undefined],
])("%s", (_, host, expected) => {
  const { policy } = readPolicy(manifestForTest(manifest))!;
  const explanation = explainConnection({
    namespace: "shop",
    workload: undefined,
    labels: undefined,
    host,
    protocol: "tcp",
    port: 443,
    reading: { ...nothingRead, policies: [policy!] },
    facts: { ...noClusterFacts, nodes: [node] },
    harvest: undefined,
  });
  const remedies = explanation.cases.flatMap(({ halves }) => halves.flatMap(({ remedy }) => remedy ?? []));
  expect(remedies[0]?.yaml.join("\n")).toBe(expected);
});
