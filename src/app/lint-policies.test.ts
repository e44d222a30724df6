import { expect, test } from "vitest";
import { edge, harvestOf } from "../../test/cli/made-up.ts";
import { readPolicy } from "../core/policy/read-policy.ts";
import { noClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { lintPolicies } from "./lint-policies.ts";
import { nothingRead, type PolicyReading } from "./policy-source.ts";

function reading(...egress: readonly (readonly [type: string, to: object])[]): PolicyReading {
  const value = {
    apiVersion: "k8s.ovn.org/v1",
    kind: "EgressFirewall",
    metadata: { namespace: "shop", name: "default" },
    spec: { egress: egress.map(([type, to]) => ({ type, to })) },
  };
  const { policy, findings } = readPolicy({
    value,
    locate: (path) => ({ file: "p.yaml", line: typeof path[2] === "number" ? 10 + path[2] : 1, path: path.join(".") }),
  })!;
  return { ...nothingRead, policies: [policy!], findings };
}

const harvest = harvestOf([edge("Deployment/web 192.0.2.7 tcp/443 api.example.com", 5)]);

function codes(policies: PolicyReading, withFlows: boolean): readonly string[] {
  const { findings } = lintPolicies({
    reading: policies,
    facts: noClusterFacts,
    harvest: withFlows ? harvest : undefined,
  });
  return findings.filter(({ code }) => code.startsWith("rule_")).map(({ code, at }) => `${at.line} ${code}`);
}

const cidr = (cidrSelector: string): object => ({ cidrSelector });

test("an allow that no flow needed is told, one that was used is not", () => {
  const policies = reading(
    ["Allow", { dnsName: "api.example.com" }],
    ["Allow", cidr("198.51.100.0/24")],
    ["Deny", cidr("0.0.0.0/0")],
    ["Deny", cidr("::/0")],
  );
  expect(codes(policies, true)).toEqual(["11 rule_unused"]);
  expect(codes(policies, false)).toEqual([]);
});

test("blocks beside the name that decides, and the way to nodes, stand by for when they are needed", () => {
  const control = { nodeSelector: { matchLabels: { "node-role.kubernetes.io/control-plane": "" } } };
  const policies = reading(
    ["Allow", control],
    ["Allow", { dnsName: "api.example.com" }],
    ["Allow", cidr("192.0.2.0/29")],
    ["Allow", cidr("192.0.2.64/29")],
    ["Deny", cidr("0.0.0.0/0")],
    ["Deny", cidr("::/0")],
  );
  expect(codes(policies, true)).toEqual(["13 rule_unused"]);
});

test("a rule that can never decide is told once", () => {
  const policies = reading(["Deny", cidr("0.0.0.0/0")], ["Deny", cidr("::/0")], ["Allow", cidr("198.51.100.0/24")]);
  expect(codes(policies, true)).toEqual(["12 rule_contradicted"]);
});

test("namespaces that were not watched are not judged by their traffic", () => {
  const policies = reading(["Allow", cidr("198.51.100.0/24")], ["Deny", cidr("0.0.0.0/0")], ["Deny", cidr("::/0")]);
  const elsewhere = { ...policies, policies: policies.policies.map((policy) => ({ ...policy, namespace: "quiet" })) };
  expect(codes(elsewhere, true)).toEqual([]);
});

test("a DNS server that pods asked and the firewall denies is told once, one that is allowed is not", () => {
  const asked = harvestOf([
    edge("Deployment/web 192.0.2.53 udp/53", 5),
    edge("Deployment/cart 192.0.2.53 tcp/53", 5),
    edge("Deployment/web 192.0.2.54 udp/53", 5, { verdict: "unanswered" }),
    edge("Deployment/web 203.0.113.53 udp/53", 5),
  ]);
  const policies = reading(["Allow", cidr("203.0.113.0/24")], ["Deny", cidr("0.0.0.0/0")], ["Deny", cidr("::/0")]);
  const { findings } = lintPolicies({ reading: policies, facts: noClusterFacts, harvest: asked });
  expect(
    findings.filter(({ code }) => code === "external_dns_cut_off").map(({ at, message }) => [at.line, message]),
  ).toEqual([[11, "`Deny 0.0.0.0/0` denies the DNS server 192.0.2.53, which recorded pods ask"]]);
});
