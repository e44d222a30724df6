import { expect, test } from "vitest";
import { policyFilesWith } from "../src/adapters/manifests/policy-files.ts";
import { guardrailsOf } from "../src/app/organisation-guardrails.ts";
import type { PolicyReading } from "../src/app/policy-source.ts";
import { verifyPolicies, type VerifyReport } from "../src/app/verify-policies.ts";
import { parseCidr } from "../src/core/net/ip-set.ts";
import { formatIp } from "../src/core/net/ip.ts";
import { noKnowledge } from "../src/pipeline/baseline/knowledge/knowledge.ts";
import { noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { beyondWords } from "../src/surfaces/cli/words/beyond.ts";
import { edgeForTest } from "./arbitraries/edge.ts";
import { request } from "./suggest-request.ts";

const nothing: AsyncIterable<string> = {
  async *[Symbol.asyncIterator]() {},
};
const files = policyFilesWith({ stdin: nothing });

function read(rules: readonly string[], more = ""): PolicyReading {
  const list = rules.map((rule) => {
    const [type, to = "", port = ""] = rule.split(" ");
    const key = /^[0-9]|:/.test(to) ? "cidrSelector" : to === "nodes" ? "nodeSelector" : "dnsName";
    const where = to === "nodes" ? '{matchLabels: {node-role.kubernetes.io/control-plane: ""}}' : `"${to}"`;
    return `    - {type: ${type}, to: {${key}: ${where}}${port === "" ? "" : `, ports: [{protocol: TCP, port: ${port}}]`}}\n`;
  });
  const text = `apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\nspec:\n  egress:\n${list.join("")}${more}`;
  return files.policiesIn("shop.yaml", text, {});
}

function verify(reading: PolicyReading, edges: readonly string[], never: readonly string[] = []): VerifyReport {
  const cidrs = never.map((text) => {
    const cidr = parseCidr(text);
    if (!cidr.ok) throw new TypeError(cidr.error.message);
    return cidr.value;
  });
  return verifyPolicies({
    reading,
    against: undefined,
    harvest: request(edges.map((text) => edgeForTest(`shop/Deployment/web ${text}`))).harvest,
    facts: noClusterFacts,
    guardrails: guardrailsOf(cidrs, noKnowledge),
    knowledge: noKnowledge,
    namespaces: [],
  });
}

const denyAll = ["Deny 0.0.0.0/0", "Deny ::/0"];

test.each<[string, readonly string[], readonly string[], readonly string[], readonly string[]]>([
  ["all that is needed passes", ["Allow 192.0.2.1/32 443", ...denyAll], ["tcp 192.0.2.1:443"], [], []],
  [
    "what is needed and denied is told with the rule",
    ["Allow 192.0.2.1/32 443", ...denyAll],
    ["tcp 192.0.2.1:443", "tcp 192.0.2.2:443"],
    [],
    ["192.0.2.2 deny by rule 1"],
  ],
  [
    "so is what nobody can know",
    ["Allow api.example.com 443", ...denyAll],
    ["tcp 192.0.2.2:443"],
    [],
    ["192.0.2.2 unknown by rule 0"],
  ],
  [
    "a guardrail that is open fails, recorded or not",
    ["Allow 169.254.0.0/16 80", ...denyAll],
    [],
    [],
    ["open 169.254.169.254", "open 169.254.0.0"],
  ],
  [
    "what the organisation forbids fails",
    ["Allow 10.0.0.0/8", ...denyAll],
    ["tcp 10.1.2.3:443"],
    ["10.1.0.0/16"],
    ["10.1.2.3 allow by rule 0", "open 10.1.0.0"],
  ],
])("%s", (_, rules, edges, never, expected) => {
  const report = verify(read(rules), edges, never);
  const told = report.namespaces.flatMap(({ counterexamples, open }) => [
    ...counterexamples.map(
      ({ edge, verdict }) => `${formatIp(edge.address)} ${verdict.kind} by rule ${verdict.decidedBy.rule}`,
    ),
    ...open.map(({ addresses }) => `open ${formatIp({ family: 4, value: addresses.v4[0]!.first })}`),
  ]);
  expect(told).toEqual(expected);
  expect(report.passed).toBe(expected.length === 0);
});

test("what is allowed besides is told in words, largest first, and what is all used is not", () => {
  const rules = [
    "Allow 192.0.2.1/32 443",
    "Allow 203.0.113.0/24 443",
    "Allow 198.51.100.0/28",
    "Allow api.example.com 443",
  ];
  const edges = [
    "tcp 192.0.2.1:443",
    "tcp 203.0.113.7:443",
    "tcp 203.0.113.8:443",
    "tcp 192.0.2.77:443 api.example.com",
  ];
  const [namespace] = verify(read([...rules, "Allow other.example.com 443", ...denyAll]), edges).namespaces;
  const [scope] = namespace!.scopes;
  expect(scope!.beyond.map(beyondWords)).toEqual([
    "every port to 198.51.100.0/28: 16 addresses, 0 seen",
    "tcp/443 to 203.0.113.0/24: 256 addresses, 2 seen",
  ]);
  expect(scope!.unresolved.map(({ text }) => text)).toEqual(["Allow other.example.com tcp/443"]);
  expect(scope!.before.v4).toBeGreaterThan(49);
  expect(scope!.after.v4).toBeCloseTo(Math.log2(16 * 196_610 + 256 + 1 + 1), 3);
});

test("a network policy beside a firewall narrows what both leave open", () => {
  const beside =
    "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: web, namespace: shop}\n" +
    "spec:\n  podSelector: {}\n  policyTypes: [Egress]\n  egress: [{to: [{ipBlock: {cidr: 203.0.113.0/28}}]}]\n";
  const reading = read(["Allow 203.0.113.0/24 443", ...denyAll], beside);
  const [namespace] = verify(reading, ["tcp 203.0.113.7:443", "tcp 203.0.113.77:443"]).namespaces;
  expect(namespace!.scopes[0]!.after.v4).toBe(4);
  expect(namespace!.counterexamples.map(({ verdict }) => verdict.decidedBy.policy?.kind)).toEqual(["NetworkPolicy"]);
});

test("a policy that a cluster would not apply does not pass, whatever it says", () => {
  const [namespace] = verify(read(["Allow 192.0.2.1 443", ...denyAll]), []).namespaces;
  expect(namespace!.checks.map(({ passed }) => passed)).toContain(false);
});
