import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { type ManifestPort, suggestPolicies, type SuggestRequest } from "../src/app/suggest-policies.ts";
import { parseCidr } from "../src/core/net/ip-set.ts";
import type { DraftKind } from "../src/core/policy/draft.ts";
import { noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import { edgeForTest, formatEdge, ipForTest } from "./arbitraries/edge.ts";
import { controlPlane, request } from "./suggest-request.ts";

function rulesOf(input: SuggestRequest): readonly string[] {
  const [suggestion] = suggestPolicies(input, manifestPort).suggestions;
  return suggestion?.policy.rules.map(({ text }) => text) ?? [];
}

describe("an EgressFirewall", () => {
  test("starts with the guardrails, ends with a deny of each family, and has only what was seen in between", () => {
    const rules = rulesOf(
      request([
        "shop/Deployment/cart tcp 192.0.2.1:443",
        "shop/Deployment/cart tcp [2001:db8::1]:443",
        "shop/Deployment/cart udp 192.0.2.53:53",
      ]),
    );
    expect(rules).toEqual([
      "Deny 169.254.169.254/32",
      "Deny fd00:ec2::254/128",
      "Allow 192.0.2.1/32 tcp/443",
      "Allow 192.0.2.53/32 udp/53",
      "Allow 2001:db8::1/128 tcp/443",
      "Deny 0.0.0.0/0",
      "Deny ::/0",
    ]);
  });

  test("reaches the API server by the control plane's label where its endpoints are control plane nodes", () => {
    const rules = rulesOf(request(["shop/Deployment/cart tcp 10.0.0.11:6443"], { facts: controlPlane }));
    expect(rules[2]).toBe("Allow nodes node-role.kubernetes.io/control-plane tcp/6443");
    expect(rules).toHaveLength(5);
  });

  test("reaches a hosted API server by its endpoints", () => {
    const facts = { ...controlPlane, apiServer: [{ address: ipForTest("203.0.113.9"), port: 31443 }] };
    expect(rulesOf(request(["shop/Deployment/cart tcp 192.0.2.1:443"], { facts }))[2]).toBe(
      "Allow 203.0.113.9/32 tcp/31443",
    );
  });

  test("never learns the metadata service, denied traffic or ICMP, and says so", () => {
    const { suggestions } = suggestPolicies(
      request([
        "shop/Deployment/cart tcp 169.254.169.254:80",
        "shop/Deployment/cart tcp 192.0.2.9:25 denied",
        "shop/Deployment/cart icmp 192.0.2.1",
        "shop/Deployment/cart tcp 192.0.2.1:443",
      ]),
      manifestPort,
    );
    const [{ notLearned, notExpressible, policy }] = suggestions as [(typeof suggestions)[number]];
    expect(notLearned.map(({ edge, reason }) => `${reason}: ${formatEdge(edge)}`)).toEqual([
      "forbidden: shop/Deployment/cart tcp 169.254.169.254:80",
      "denied: shop/Deployment/cart tcp 192.0.2.9:25",
    ]);
    expect(notExpressible.map(({ edge }) => formatEdge(edge))).toEqual(["shop/Deployment/cart icmp 192.0.2.1"]);
    expect(policy.rules.filter(({ action }) => action === "allow").map(({ text }) => text)).toEqual([
      "Allow 192.0.2.1/32 tcp/443",
    ]);
  });

  test("keeps out what the organisation forbids, even where an allowed block holds it", () => {
    const never = ["192.0.2.128/25"].map((text) => parseCidr(text)).flatMap((cidr) => (cidr.ok ? [cidr.value] : []));
    const result = suggestPolicies(request(["shop/Deployment/cart tcp 192.0.2.0/24:443"], { never }), manifestPort);
    // The block is needed as a whole and partly forbidden: no policy can be proven, so none is printed.
    expect(result.suggestions).toEqual([]);
    expect(result.refused.map(({ failures }) => failures[0])).toEqual([
      "allows what is needed: 0 of 1 recorded connections pass",
    ]);
  });

  test("tells what changes against wide open egress", () => {
    const [suggestion] = suggestPolicies(request(["shop/Deployment/cart tcp 192.0.2.1:443"]), manifestPort).suggestions;
    expect(suggestion?.changes.every(({ change }) => change === "newly denied")).toBe(true);
    expect(suggestion?.exposureBefore.v4).toBeCloseTo(49.585, 3);
    expect(suggestion?.verification.exposure).toEqual({ v4: 0, v6: undefined, unresolvedRules: 0 });
    expect(suggestion?.impact.map(({ before, after }) => [before.kind, after.kind])).toEqual([["allow", "allow"]]);
  });

  test("names that were asked for and have no traffic are reported", () => {
    expect(suggestPolicies(request([], { namespaces: ["empty"] }), manifestPort).withoutTraffic).toEqual(["empty"]);
  });
});

describe("the proof fails when the printed policy", () => {
  const flows = ["shop/Deployment/cart tcp 192.0.2.1:443", "shop/Deployment/cart tcp 169.254.169.254:80"];
  const failuresWhen = (edit: (manifest: string) => string): readonly string[] => {
    const broken: ManifestPort = { ...manifestPort, print: (draft) => edit(manifestPort.print(draft)) };
    const { suggestions, refused } = suggestPolicies(request(flows), broken);
    expect(suggestions).toEqual([]);
    return refused.flatMap(({ failures }) => failures.map((failure) => failure.replace(/:.*/, "")));
  };

  test.each([
    ["lost a port", (text: string) => text.replace("port: 443", "port: 444"), "allows what is needed"],
    ["opens a guardrail", (text: string) => text.replace("type: Deny", "type: Allow"), "denies what is forbidden"],
    ["would not be applied", (text: string) => text.replace("192.0.2.1/32", "192.0.2.1"), "a cluster applies it"],
    [
      "cannot be read back",
      (text: string) => text.replace("kind: EgressFirewall", "kind: ["),
      "the printed policy cannot be read back",
    ],
  ])("%s", (_title, edit, failure) => {
    expect(failuresWhen(edit)).toContain(failure);
  });
});

describe("laws, for every kind", () => {
  const target = fc.oneof(
    fc.tuple(fc.nat(3), fc.nat(255)).map(([net, host]) => `198.51.${net}.${host}`),
    fc.nat(0xffff).map((host) => `[2001:db8::${host.toString(16)}]`),
    fc.constantFrom("169.254.169.254", "[fd00:ec2::254]", "10.0.0.11", "10.20.0.0/16"),
  );
  const edge = fc
    .record({
      namespace: fc.constantFrom("shop", "pay"),
      workload: fc.constantFrom("Deployment/a", "CronJob/b", "StatefulSet/c"),
      protocol: fc.constantFrom("tcp", "udp", "sctp", "icmp", "other"),
      target,
      port: fc.constantFrom(0, 1, 53, 443, 6443, 65535),
      name: fc.constantFrom("", " api.example.com", " cdn.example.com", " db.svc.cluster.local"),
      verdict: fc.constantFrom("", " denied", " allowed"),
    })
    .map(({ namespace, workload, protocol, target: to, port, name, verdict }) =>
      edgeForTest(`${namespace}/${workload} ${protocol} ${to}:${port}${to.includes("/") ? "" : name}${verdict}`),
    );
  const kinds: readonly DraftKind[] = ["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"];

  test.each(kinds)("a suggested %s is proven, allows all it can and is the same whatever the order", (kind) => {
    fc.assert(
      fc.property(fc.array(edge, { maxLength: 15 }), fc.boolean(), (edges, knowsCluster) => {
        const facts = knowsCluster ? controlPlane : noClusterFacts;
        const result = suggestPolicies(request(edges, { kind, facts }), manifestPort);
        expect(result.refused).toEqual([]);
        for (const { verification, impact, notLearned, notExpressible } of result.suggestions) {
          expect(verification.counterexamples).toEqual([]);
          const excused = new Set([...notLearned, ...notExpressible].map((one) => one.edge));
          for (const row of impact) if (!excused.has(row.edge)) expect(row.after.kind).toBe("allow");
        }
        const reversed = suggestPolicies(request(edges.toReversed(), { kind, facts }), manifestPort);
        expect(reversed.suggestions.map(({ policy }) => policy.rules)).toEqual(
          result.suggestions.map(({ policy }) => policy.rules),
        );
      }),
      { numRuns: 200 },
    );
  });
});

describe("laws of more than one suggestion", () => {
  const kinds: readonly DraftKind[] = ["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"];
  const edge = fc
    .tuple(
      fc.constantFrom("tcp", "udp"),
      fc.constantFrom("198.51.100.1", "198.51.100.2", "198.51.100.3", "[2001:db8::1]", "10.20.0.0/16", "10.20.1.0/24"),
      fc.constantFrom(53, 443),
      fc.constantFrom("", " api.example.com", " cdn.example.com"),
      fc.constantFrom("", " denied", " unanswered"),
    )
    .map(([protocol, to, port, name, verdict]) =>
      edgeForTest(`shop/Deployment/a ${protocol} ${to}:${port}${to.includes("/") ? "" : name}${verdict}`),
    );
  const edges = fc.array(edge, { maxLength: 8 });

  test.each(kinds)("more traffic never closes for a %s what less traffic needed", (kind) => {
    let kept = 0;
    fc.assert(
      fc.property(edges, edges, (some, more) => {
        const [less] = suggestPolicies(request(some, { kind }), manifestPort).suggestions;
        const { suggestions, refused } = suggestPolicies(request([...some, ...more], { kind }), manifestPort);
        expect(refused).toEqual([]);
        const now = new Map(suggestions.flatMap(({ impact }) => impact.map((row) => [row.edge, row.after.kind])));
        // What nobody needs may pass beside what is needed, by another name of the same address: that may end.
        const unneeded = new Set([...(less?.notLearned ?? []), ...(less?.notExpressible ?? [])].map((one) => one.edge));
        for (const { edge: own, after } of less?.impact ?? []) {
          if (after.kind !== "allow" || unneeded.has(own)) continue;
          kept += 1;
          expect(now.get(own)).toBe("allow");
        }
      }),
      { numRuns: 200 },
    );
    expect(kept).toBeGreaterThan(100);
  });

  test.each(kinds)("a suggested %s that is in force already changes nothing when it is suggested again", (kind) => {
    fc.assert(
      fc.property(edges, (some) => {
        for (const { policy } of suggestPolicies(request(some, { kind }), manifestPort).suggestions) {
          const again = suggestPolicies(request(some, { kind, existing: [policy] }), manifestPort).suggestions[0];
          expect(again?.changes).toEqual([]);
          expect(again?.replaces).toBe(policy);
          for (const { before, after } of again?.impact ?? []) expect(after.kind).toBe(before.kind);
        }
      }),
      { numRuns: 200 },
    );
  });
});
