import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { suggestPolicies, type SuggestRequest } from "../src/app/suggest-policies.ts";
import { noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { ipForTest } from "./arbitraries/edge.ts";
import { request } from "./suggest-request.ts";

const apiServer = [{ address: ipForTest("10.0.0.11"), port: 6443 }];

function suggest(edges: readonly string[], fields: Partial<SuggestRequest> = {}): ReturnType<typeof suggestPolicies> {
  return suggestPolicies(
    request(edges, { kind: "CalicoNetworkPolicy", facts: { ...noClusterFacts, apiServer }, ...fields }),
    manifestPort,
  );
}

const many = Array.from({ length: 40 }, (_, i) => `shop/Deployment/cart tcp ${20 + i}.7.7.7:443`);

describe("a suggestion for Calico", () => {
  test("denies guardrails first and the rest last, and has only what was seen in between", () => {
    const [suggestion] = suggest([
      "shop/Deployment/cart tcp 192.0.2.1:443",
      "shop/Deployment/cart udp 192.0.2.1:443",
      "shop/Deployment/cart tcp [2001:db8::1]:443",
      "shop/Deployment/cart icmp 192.0.2.9",
      "shop/Deployment/cart tcp 169.254.169.254:80",
    ]).suggestions;
    expect(suggestion?.policy.rules.map(({ text }) => text)).toEqual([
      "Deny 169.254.169.254/32",
      "Deny fd00:ec2::254/128",
      "Allow selector projectcalico.org/orchestrator == 'k8s' namespaceSelector all()",
      "Allow 10.0.0.11/32 tcp/6443",
      "Allow 192.0.2.1/32 tcp/443",
      "Allow 192.0.2.1/32 udp/443",
      "Allow 2001:db8::1/128 tcp/443",
      "Allow 192.0.2.9/32 icmp",
      "Deny everything",
    ]);
    expect(suggestion?.reasons).toHaveLength(9);
    expect(suggestion?.notExpressible).toEqual([]);
    expect(suggestion?.verification.passed).toBe(true);
    expect(suggestion?.impact.map(({ after }) => after.kind)).toEqual(["allow", "allow", "allow", "allow", "deny"]);
  });

  test("puts many addresses into a network set, which it is proven with", () => {
    const [suggestion] = suggest(many).suggestions;
    expect(suggestion?.manifest.match(/^kind: .*$/gm)).toEqual(["kind: GlobalNetworkSet", "kind: NetworkPolicy"]);
    expect(suggestion?.policy.rules.map(({ text }) => text)).toContain(
      "Allow selector postern-egress == 'shop.tcp-443' namespaceSelector global() tcp/443",
    );
    expect(suggestion?.verification.passed).toBe(true);
    expect(suggest([...many].toReversed()).suggestions[0]?.manifest).toBe(suggestion?.manifest);
  });

  test.each([
    ["shop", /^postern\.shop\.tcp-443$/],
    ["a".repeat(63), /^postern\.a{49}-[0-9a-f]{8}$/],
  ])("names the set of %s after it", (namespace, name) => {
    const [suggestion] = suggest(many.map((edge) => edge.replace("shop", namespace))).suggestions;
    expect(/^ {2}name: (.*)$/m.exec(suggestion?.manifest ?? "")?.[1]).toMatch(name);
    expect(suggestion?.verification.passed).toBe(true);
  });

  test("is for one namespace as a global policy too", () => {
    const { suggestions, refused } = suggest(many, { kind: "CalicoGlobalNetworkPolicy" });
    expect(refused).toEqual([]);
    const { policy, verification, impact } = suggestions[0]!;
    expect(policy).toMatchObject({
      kind: "CalicoGlobalNetworkPolicy",
      namespace: "",
      name: "postern-egress-shop",
      subject: {
        namespaces: { requirements: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["shop"] }] },
        pods: undefined,
      },
    });
    expect(verification.passed).toBe(true);
    expect(impact.every(({ after }) => after.kind === "allow")).toBe(true);
    const again = suggest(many, { kind: "CalicoGlobalNetworkPolicy", existing: [policy] }).suggestions[0];
    expect(again?.replaces).toBe(policy);
    expect(again?.changes).toEqual([]);
  });
});
