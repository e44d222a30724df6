import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { type ManifestPort, suggestPolicies, type SuggestRequest } from "../src/app/suggest-policies.ts";
import { parseCidr } from "../src/core/net/ip-set.ts";
import type { EgressPolicy, PolicyKind } from "../src/core/policy/model.ts";
import { readPolicy } from "../src/core/policy/read-policy.ts";
import { type ClusterFacts, noClusterFacts } from "../src/pipeline/flows/cluster-facts.ts";
import type { Edge } from "../src/pipeline/flows/edge.ts";
import type { Harvest } from "../src/pipeline/flows/harvest.ts";
import { edgeForTest, formatEdge, ipForTest } from "./arbitraries/edge.ts";

function harvestOf(edges: readonly Edge[]): Harvest {
  return {
    edges,
    nameEvidence: [],
    leftOut: [],
    malformed: { count: 0, samples: [] },
    inputs: [],
    window: { firstMs: 0, lastMs: 7 * 24 * 3_600_000 },
    samplingMax: 1,
    gaps: { lostEvents: 0, nodeOutages: 0 },
    clusterNetworks: { pods: [], services: [], origin: "unknown" },
    overflow: { edges: 0, activity: 0, names: 0 },
    isComplete: true,
    warnings: [],
  };
}

function request(edges: readonly string[] | readonly Edge[], fields: Partial<SuggestRequest> = {}): SuggestRequest {
  const read = edges.map((edge) => (typeof edge === "string" ? edgeForTest(edge) : edge));
  return {
    harvest: harvestOf(read),
    facts: noClusterFacts,
    kind: "EgressFirewall",
    namespaces: [],
    existing: [],
    never: [],
    ...fields,
  };
}

const controlPlane: ClusterFacts = {
  ...noClusterFacts,
  nodes: [
    { name: "control-0", addresses: [ipForTest("10.0.0.11")], labels: { "node-role.kubernetes.io/control-plane": "" } },
    { name: "worker-0", addresses: [ipForTest("10.0.0.21")], labels: {} },
  ],
  apiServer: [{ address: ipForTest("10.0.0.11"), port: 6443 }],
};

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
  const kinds: readonly PolicyKind[] = ["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"];

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
  const kinds: readonly PolicyKind[] = ["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"];
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

  test.each(kinds)("more traffic never closes for a %s what less traffic opened", (kind) => {
    let kept = 0;
    fc.assert(
      fc.property(edges, edges, (some, more) => {
        const [less] = suggestPolicies(request(some, { kind }), manifestPort).suggestions;
        const { suggestions, refused } = suggestPolicies(request([...some, ...more], { kind }), manifestPort);
        expect(refused).toEqual([]);
        const now = new Map(suggestions.flatMap(({ impact }) => impact.map((row) => [row.edge, row.after.kind])));
        for (const { edge: own, after } of less?.impact ?? []) {
          if (after.kind !== "allow") continue;
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

const cidrs = (...texts: readonly string[]): SuggestRequest["never"] =>
  texts.map((text) => parseCidr(text)).flatMap((cidr) => (cidr.ok ? [cidr.value] : []));

describe("what the organisation forbids", () => {
  test("may hold the pod network, which no firewall filters", () => {
    const flows = ["shop/Deployment/cart tcp 192.0.2.1:443"];
    const { harvest } = request(flows);
    const clusterNetworks: Harvest["clusterNetworks"] = {
      pods: cidrs("10.128.0.0/14"),
      services: [],
      origin: "given",
    };
    const { suggestions, refused } = suggestPolicies(
      request(flows, { never: cidrs("10.0.0.0/8"), harvest: { ...harvest, clusterNetworks } }),
      manifestPort,
    );
    expect(refused).toEqual([]);
    expect(suggestions[0]?.policy.rules[0]?.text).toBe("Deny 10.0.0.0/8");
  });

  test("may hold the API server: a person is told that it is cut off", () => {
    const { suggestions } = suggestPolicies(
      request(["shop/Deployment/cart tcp 192.0.2.1:443"], { never: cidrs("10.0.0.0/8"), facts: controlPlane }),
      manifestPort,
    );
    expect(suggestions[0]?.cautions).toEqual([
      "the API server at 10.0.0.11:6443 is cut off, because the organisation never allows it",
    ]);
  });

  test.each<PolicyKind>(["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"])(
    "may be `0.0.0.0/32`, which the legacy kind reads as everything: %s",
    (kind) => {
      const input = request(["shop/Deployment/cart tcp 192.0.2.1:443"], { kind, never: cidrs("0.0.0.0/32") });
      expect(suggestPolicies(input, manifestPort).suggestions).toHaveLength(1);
    },
  );

  test.each([
    ["tcp 0.0.0.0/0:443", "Deployment/cart → 0.0.0.0/0 tcp/443 would be stopped by Deny 10.0.0.0/24"],
    ["tcp 10.0.0.0/8:443", "Deployment/cart → 10.0.0.0/8 tcp/443 would be stopped by Deny 10.0.0.0/24"],
  ])("a block that holds some of it is refused, and why is said: %s", (target, why) => {
    const input = request([`shop/Deployment/cart ${target}`], { never: cidrs("10.0.0.0/24") });
    const { suggestions, refused } = suggestPolicies(input, manifestPort);
    expect(suggestions).toEqual([]);
    expect(refused[0]?.failures.at(-1)).toContain(why);
  });
});

describe("beside other policies of the namespace", () => {
  const existing = (kind: PolicyKind, name: string, egress: readonly unknown[], more: object = {}): EgressPolicy => {
    const apiVersion = {
      EgressFirewall: "k8s.ovn.org/v1",
      EgressNetworkPolicy: "network.openshift.io/v1",
      NetworkPolicy: "networking.k8s.io/v1",
    }[kind];
    const isolating = kind === "NetworkPolicy" ? { podSelector: {}, policyTypes: ["Egress"] } : {};
    const value = { apiVersion, kind, metadata: { namespace: "shop", name }, spec: { ...isolating, egress, ...more } };
    return readPolicy({ value, locate: () => ({ file: "today.yaml", path: "" }) })!.policy!;
  };
  const allowed = (cidr: string): unknown => ({ to: [{ ipBlock: { cidr } }] });
  const flows = ["shop/Deployment/cart tcp 192.0.2.1:443", "shop/Deployment/cart tcp 192.0.2.9:443"];
  const noFlows: readonly string[] = [];

  test("one object written twice is the one written last", () => {
    const twice = [
      existing("EgressFirewall", "default", [{ type: "Deny", to: { cidrSelector: "192.0.2.0/24" } }]),
      existing("EgressFirewall", "default", []),
    ];
    const [suggestion] = suggestPolicies(request(flows, { existing: twice }), manifestPort).suggestions;
    expect(suggestion?.replaces).toBe(twice[1]);
    expect(suggestion?.impact.map(({ before, after }) => [before.kind, after.kind])).toEqual([
      ["allow", "allow"],
      ["allow", "allow"],
    ]);
  });

  test.each<[string, PolicyKind, readonly EgressPolicy[], readonly string[], string]>([
    [
      "a NetworkPolicy that stays and denies needed traffic is named",
      "EgressFirewall",
      [existing("NetworkPolicy", "web", [allowed("192.0.2.9/32")])],
      flows,
      "1 of 2 needed connections is denied by a policy that stays, whatever this one allows: NetworkPolicy shop/web",
    ],
    [
      "a NetworkPolicy that stays adds to a suggested one",
      "NetworkPolicy",
      [existing("NetworkPolicy", "web", [allowed("0.0.0.0/0")])],
      flows,
      "NetworkPolicies add up: what NetworkPolicy shop/web allows stays open until it is removed",
    ],
    [
      "a legacy policy has no effect beside an EgressFirewall",
      "EgressNetworkPolicy",
      [existing("EgressFirewall", "default", [])],
      flows,
      "the namespace has EgressFirewall shop/default: OVN-Kubernetes ignores an EgressNetworkPolicy",
    ],
    [
      "two legacy policies would drop everything",
      "EgressNetworkPolicy",
      [existing("EgressNetworkPolicy", "a", []), existing("EgressNetworkPolicy", "b", [])],
      flows,
      "the namespace has EgressNetworkPolicy shop/b too: OpenShift SDN drops all external traffic while there are two, remove it first",
    ],
    [
      "a firewall that is not in force decides nothing today",
      "EgressFirewall",
      [existing("EgressFirewall", "default", [{ type: "Deny", to: { cidrSelector: "1.2.3.4" } }])],
      flows,
      "EgressFirewall shop/default of today is not in force, the changes are told against its rules: " +
        "the controller does not apply it: `1.2.3.4` is an address, not a block (spec.egress[0].to.cidrSelector)",
    ],
    [
      "a namespace whose only traffic is forbidden",
      "EgressFirewall",
      [],
      ["shop/Deployment/cart tcp 169.254.169.254:80"],
      "no needed traffic was recorded: the policy denies everything else too",
    ],
    [
      "traffic that was denied and would pass by a rule for others",
      "EgressFirewall",
      [],
      [
        "shop/Deployment/cart tcp 192.0.2.1:443 api.example.com",
        "shop/Deployment/cart tcp 192.0.2.7:443 api.example.com denied",
      ],
      "1 connection that is not learned passes all the same, by a rule that others need: Deployment/cart → 192.0.2.7 tcp/443 by Allow api.example.com tcp/443",
    ],
  ])("%s", (_title, kind, policies, edges, caution) => {
    const [suggestion] = suggestPolicies(request(edges, { kind, existing: policies }), manifestPort).suggestions;
    expect(suggestion?.cautions).toContain(caution);
  });

  test("the legacy policy of a namespace is replaced, whatever its name", () => {
    const old = existing("EgressNetworkPolicy", "team-egress", []);
    const input = request(flows, { kind: "EgressNetworkPolicy", existing: [old] });
    const [suggestion] = suggestPolicies(input, manifestPort).suggestions;
    expect([suggestion?.policy.name, suggestion?.replaces]).toEqual(["team-egress", old]);
  });

  test("nothing is told where nothing is the matter", () => {
    const input = request(flows, { facts: controlPlane, existing: [existing("EgressFirewall", "default", [])] });
    expect(suggestPolicies(input, manifestPort).suggestions[0]?.cautions).toEqual([]);
    expect(suggestPolicies(request(noFlows), manifestPort).suggestions).toEqual([]);
  });
});

describe("size", () => {
  const alone = (count: number): readonly string[] =>
    Array.from(
      { length: count },
      (_, i) => `shop/Deployment/cart tcp 198.${18 + (i >> 15)}.${(i >> 7) & 255}.${(i << 1) & 255}:443`,
    );

  test("more rules than the kind holds are refused with what to do", () => {
    const { suggestions, refused } = suggestPolicies(request(alone(7_997)), manifestPort);
    expect(suggestions).toEqual([]);
    expect(refused.map(({ failures }) => failures)).toEqual([
      [
        "it takes 8,001 rules and an EgressFirewall holds 8,000: record flows with names, so that one rule stands for many " +
          "addresses, list blocks in the plain form, or move some workloads to a namespace of their own",
      ],
    ]);
  });

  test("an object too large for client-side apply is told", () => {
    const [suggestion] = suggestPolicies(request(alone(3_000), { facts: controlPlane }), manifestPort).suggestions;
    expect(suggestion?.cautions).toEqual([
      "the object is too large for plain `oc apply`, which keeps a copy in an annotation of at most 256 KiB: " +
        "use `oc apply --server-side`",
    ]);
  });
});
