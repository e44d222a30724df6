import { describe, expect, test } from "vitest";
import type { EgressPolicy } from "../core/policy/model.ts";
import { readPolicy } from "../core/policy/read-policy.ts";
import { noClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { type ExplainedHalf, type Explanation, type ExplainRequest, explainConnection } from "./explain-connection.ts";
import { nothingRead } from "./policy-source.ts";

function read(kind: string, name: string, spec: object, apiVersion: string): EgressPolicy {
  const metadata = kind === "NetworkPolicy" ? { name, namespace: "shop" } : { name };
  const value = { apiVersion, kind, metadata, spec };
  return readPolicy({ value, locate: () => ({ file: "all.yaml", path: "" }) })!.policy!;
}

const v1alpha1 = "policy.networking.k8s.io/v1alpha1";
const networks = (...blocks: readonly string[]): readonly object[] => [{ networks: blocks }];
const admin = (egress: readonly object[], subject: object = { namespaces: {} }): EgressPolicy =>
  read("AdminNetworkPolicy", "guard", { priority: 5, subject, egress }, v1alpha1);
const baseline = (egress: readonly object[]): EgressPolicy =>
  read("BaselineAdminNetworkPolicy", "default", { subject: { namespaces: {} }, egress }, v1alpha1);
const closed = read("NetworkPolicy", "np", { podSelector: {}, policyTypes: ["Egress"] }, "networking.k8s.io/v1");

function explain(policies: readonly EgressPolicy[], more: Partial<ExplainRequest> = {}): Explanation {
  return explainConnection({
    namespace: "shop",
    workload: undefined,
    labels: undefined,
    // 192.0.2.7
    host: { kind: "address", address: { family: 4, value: 0xc0000207n } },
    protocol: "tcp",
    port: 443,
    reading: { ...nothingRead, policies },
    facts: noClusterFacts,
    harvest: undefined,
    ...more,
  });
}

const network = ({ cases }: Explanation): ExplainedHalf => cases[0]!.halves[1];
const told = ({ passed, outcomes }: ExplainedHalf): readonly string[] => [
  ...passed.map(({ text }) => text),
  ...outcomes.map(({ action, rule }) => `${action}: ${rule?.text ?? "no rule matches"}`),
];

describe("the way through the tiers", () => {
  const pass = { action: "Pass", to: networks("192.0.2.0/24") };
  const deny = { action: "Deny", to: networks("0.0.0.0/0") };
  test.each<[string, readonly EgressPolicy[], readonly string[]]>([
    ["the admin tier decides", [admin([deny]), closed], ["deny: Deny 0.0.0.0/0"]],
    ["passed to the namespace", [admin([pass, deny]), closed], ["Pass 192.0.2.0/24", "deny: no rule matches"]],
    ["passed to the baseline", [admin([pass]), baseline([deny])], ["Pass 192.0.2.0/24", "deny: Deny 0.0.0.0/0"]],
    ["passed to nobody", [admin([pass, deny])], ["Pass 192.0.2.0/24", "allow: no rule matches"]],
  ])("%s", (_, policies, lines) => {
    expect(told(network(explain(policies)))).toEqual(lines);
  });

  test("the rule that would help goes into the policy that denies", () => {
    const { remedy } = network(explain([admin([pass]), baseline([deny])]));
    expect([remedy?.policy.name, remedy?.before]).toEqual(["default", 0]);
    expect(remedy?.yaml[0]).toBe("- action: Allow");
  });

  test("a NetworkPolicy takes it anywhere", () => {
    const { remedy } = network(explain([admin([pass]), closed]));
    expect([remedy?.policy.name, remedy?.before]).toEqual(["np", undefined]);
  });

  test("labels of the namespace that are not known make two cases", () => {
    const own = admin([deny], { namespaces: { matchLabels: { team: "a" } } });
    const { kind, reason, cases } = explain([own]);
    expect(kind).toBe("unknown");
    expect(reason).toMatch(/^it depends on labels of the pod or of its namespace/);
    expect(cases.map((each) => `${each.pods}: ${each.kind}`)).toEqual([
      "pods that no other selector matches: allow",
      "pods of namespaces with team=a: deny",
    ]);
    const facts = { ...noClusterFacts, namespaces: [{ name: "shop", labels: { team: "a" } }] };
    expect(explain([own], { facts }).kind).toBe("deny");
  });

  test("two of one priority that disagree are not guessed about", () => {
    const other = { ...admin([{ action: "Allow", to: networks("192.0.2.0/24") }]), name: "other" };
    const found = explain([admin([deny]), other]);
    expect(found.kind).toBe("unknown");
    expect(found.reason).toMatch(/same priority and decide differently/);
  });
});
