import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import {
  type Suggestion,
  suggestPolicies,
  type SuggestRequest,
  type SuggestResult,
} from "../src/app/suggest-policies.ts";
import { parseCidr } from "../src/core/net/ip-set.ts";
import type { DraftKind } from "../src/core/policy/draft.ts";
import type { EgressPolicy } from "../src/core/policy/model.ts";
import { readPolicy } from "../src/core/policy/read-policy.ts";
import { controlPlane, request } from "./suggest-request.ts";

const kinds = ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"] as const;
const edges = [
  "shop/Deployment/cart tcp 192.0.2.1:443",
  "shop/Deployment/cart tcp [2001:db8::1]:443",
  "shop/Deployment/cart udp 198.51.100.9:123",
];

function ask(kind: DraftKind, flows: readonly string[], fields: Partial<SuggestRequest> = {}): SuggestResult {
  return suggestPolicies(request(flows, { kind, facts: controlPlane, ...fields }), manifestPort);
}

function suggest(kind: DraftKind, flows: readonly string[], fields: Partial<SuggestRequest> = {}): Suggestion {
  const { suggestions, refused } = ask(kind, flows, fields);
  expect(refused).toEqual([]);
  return suggestions[0]!;
}

const rulesOf = ({ policy }: Suggestion): readonly string[] => policy.rules.map(({ text }) => text);
const guardrails = ["Deny 169.254.169.254/32", "Deny fd00:ec2::254/128"];
const rest = ["Deny 0.0.0.0/0", "Deny ::/0"];

describe("a default deny for one namespace", () => {
  test.each<[DraftKind, string]>([
    ["AdminNetworkPolicy", "Pass"],
    ["BaselineAdminNetworkPolicy", "Allow"],
    ["ClusterNetworkPolicy", "Pass"],
  ])("%s lets what is needed go with %s", (kind, word) => {
    expect(rulesOf(suggest(kind, edges))).toEqual([
      ...guardrails,
      `${word} pods of all namespaces`,
      `${word} nodes node-role.kubernetes.io/control-plane tcp/6443`,
      `${word} 192.0.2.1/32 tcp/443`,
      `${word} 198.51.100.9/32 udp/123`,
      `${word} 2001:db8::1/128 tcp/443`,
      ...rest,
    ]);
  });

  test.each(kinds)("%s is for the namespace by its name, and proven", (kind) => {
    const { policy, verification, findings = [] } = suggest(kind, edges) as Suggestion & { findings?: unknown[] };
    expect(policy.subject?.namespaces?.requirements).toEqual([
      { key: "kubernetes.io/metadata.name", operator: "In", values: ["shop"] },
    ]);
    expect(verification.checks.map(({ passed }) => passed)).toEqual([true, true, true]);
    expect(findings).toEqual([]);
  });

  test.each(kinds)("%s: another namespace gets its own object, but for the baseline", (kind) => {
    const { suggestions, refused } = ask(kind, [...edges, "pay/Deployment/api tcp 192.0.2.7:443"]);
    if (kind === "BaselineAdminNetworkPolicy") {
      expect(suggestions).toEqual([]);
      expect(refused.flatMap(({ failures }) => failures)[0]).toMatch(/^a cluster has one BaselineAdminNetworkPolicy/);
    } else expect(suggestions.map(({ policy }) => policy.name)).toEqual(["postern-egress-pay", "postern-egress-shop"]);
  });
});

const existing = (kind: DraftKind, name: string, spec: object): EgressPolicy => {
  const apiVersion = kind === "NetworkPolicy" ? "networking.k8s.io/v1" : "policy.networking.k8s.io/v1alpha1";
  const metadata = kind === "NetworkPolicy" ? { name, namespace: "shop" } : { name };
  return readPolicy({ value: { apiVersion, kind, metadata, spec }, locate: () => ({ file: "today.yaml", path: "" }) })!
    .policy!;
};

const subjectOf = (name: string): object => ({
  namespaces: { matchLabels: { "kubernetes.io/metadata.name": name } },
});
const deny = { action: "Deny", to: [{ networks: ["10.0.0.0/8"] }] };

describe("beside what the cluster has", () => {
  test("a baseline for other namespaces is not replaced", () => {
    const today = existing("BaselineAdminNetworkPolicy", "default", { subject: { namespaces: {} }, egress: [] });
    const { refused } = ask("BaselineAdminNetworkPolicy", edges, { existing: [today] });
    expect(refused[0]?.failures[0]).toMatch(/^the cluster has a BaselineAdminNetworkPolicy already/);
  });

  test("a network policy that denies what is needed goes on denying it, and that is said", () => {
    const today = existing("NetworkPolicy", "np", { podSelector: {}, policyTypes: ["Egress"], egress: [] });
    const { cautions, impact } = suggest("AdminNetworkPolicy", edges, { existing: [today] });
    expect(cautions.join("\n")).toContain(
      "denied by a policy that stays, whatever this one allows: NetworkPolicy shop/np",
    );
    expect(impact.map(({ after }) => after.kind)).toEqual(["deny", "deny", "deny"]);
  });

  test("another policy of the same priority is told", () => {
    const egress = [{ action: "Deny", to: [{ networks: ["10.0.0.0/8"] }] }];
    const spec = { priority: 50, subject: { namespaces: {} }, egress };
    const today = existing("AdminNetworkPolicy", "platform", spec);
    const { cautions } = suggest("AdminNetworkPolicy", edges, { existing: [today] });
    expect(cautions).toContain(
      "AdminNetworkPolicy platform has the priority 50 too, and nothing says which is asked first: change one of them",
    );
  });

  test("a priority of one's choice is written", () => {
    expect(suggest("AdminNetworkPolicy", edges, { priority: 20 }).policy.place?.order).toBe(20);
    expect(suggest("ClusterNetworkPolicy", edges, { priority: 1000 }).policy.place?.order).toBe(1000);
  });

  test("a priority that people gave its own object stays", () => {
    const today = suggest("AdminNetworkPolicy", edges, { priority: 7 }).policy;
    expect(suggest("AdminNetworkPolicy", edges, { existing: [today] }).policy.place?.order).toBe(7);
    expect(suggest("AdminNetworkPolicy", edges, { existing: [today], priority: 8 }).policy.place?.order).toBe(8);
    const other = existing("AdminNetworkPolicy", "platform", {
      priority: 3,
      subject: subjectOf("shop"),
      egress: [deny],
    });
    expect(suggest("AdminNetworkPolicy", edges, { existing: [other] }).policy.place?.order).toBe(50);
    const refused = existing("AdminNetworkPolicy", today.name, {
      priority: 120,
      subject: subjectOf("shop"),
      egress: [deny],
    });
    expect(suggest("AdminNetworkPolicy", edges, { existing: [refused] }).policy.place?.order).toBe(50);
  });

  test("its own object of last time is replaced, and nothing changes", () => {
    const first = suggest("AdminNetworkPolicy", edges);
    const { replaces, changes } = suggest("AdminNetworkPolicy", edges, { existing: [first.policy] });
    expect(replaces?.name).toBe("postern-egress-shop");
    expect(changes).toEqual([]);
  });
});

describe("what fits into an object", () => {
  const many = (count: number, port: (i: number) => number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `shop/Deployment/cart tcp ${20 + (i % 100)}.${i >> 2}.7.1:${port(i)}`);

  test.each(kinds)("%s: more blocks than fit into one destination go into several", (kind) => {
    const { draft, policy } = suggest(
      kind,
      many(300, () => 443),
      { posture: "strict" },
    );
    expect(draft.rules.length).toBeLessThanOrEqual(kind === "ClusterNetworkPolicy" ? 25 : 100);
    expect(policy.notApplied).toBeUndefined();
    expect(policy.rules.filter(({ l4 }) => l4[0]?.first === l4[0]?.last).length).toBeGreaterThan(90);
  });

  test("more ports than a ClusterNetworkPolicy has rules for are refused", () => {
    const { refused } = ask(
      "ClusterNetworkPolicy",
      many(40, (i) => 1000 + i),
      { posture: "strict" },
    );
    expect(refused[0]?.failures[0]).toMatch(/^it takes \d+ rules and one ClusterNetworkPolicy holds 25/);
  });

  test("what the organisation forbids is denied, as many blocks as it likes", () => {
    const never = Array.from({ length: 60 }, (_, i) => {
      const cidr = parseCidr(`10.${i}.0.0/16`);
      if (!cidr.ok) throw new TypeError(cidr.error.message);
      return cidr.value;
    });
    const { draft, verification } = suggest("AdminNetworkPolicy", edges, { never });
    const [own] = draft.rules as readonly { readonly to: readonly { readonly cidrs?: readonly unknown[] }[] }[];
    expect(own!.to.map(({ cidrs }) => cidrs?.length)).toEqual([25, 25, 10]);
    expect(verification.passed).toBe(true);
  });
});
