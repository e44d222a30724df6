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

test("a rule that can never decide is told once", () => {
  const policies = reading(["Deny", cidr("0.0.0.0/0")], ["Deny", cidr("::/0")], ["Allow", cidr("198.51.100.0/24")]);
  expect(codes(policies, true)).toEqual(["12 rule_contradicted"]);
});

test("namespaces that were not watched are not judged by their traffic", () => {
  const policies = reading(["Allow", cidr("198.51.100.0/24")], ["Deny", cidr("0.0.0.0/0")], ["Deny", cidr("::/0")]);
  const elsewhere = { ...policies, policies: policies.policies.map((policy) => ({ ...policy, namespace: "quiet" })) };
  expect(codes(elsewhere, true)).toEqual([]);
});
