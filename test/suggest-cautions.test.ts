import { describe, expect, test } from "vitest";
import { manifestPort } from "../src/adapters/manifests/manifest-port.ts";
import { suggestPolicies, type SuggestRequest } from "../src/app/suggest-policies.ts";
import { parseCidr } from "../src/core/net/ip-set.ts";
import type { ConvertibleKind } from "../src/core/policy/convert/convert.ts";
import type { EgressPolicy } from "../src/core/policy/model.ts";
import { readPolicy } from "../src/core/policy/read-policy.ts";
import type { Harvest } from "../src/pipeline/flows/harvest.ts";
import { controlPlane, request } from "./suggest-request.ts";

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

  test.each<ConvertibleKind>(["EgressFirewall", "EgressNetworkPolicy", "NetworkPolicy"])(
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
  const existing = (
    kind: ConvertibleKind,
    name: string,
    egress: readonly unknown[],
    more: object = {},
  ): EgressPolicy => {
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

  test.each<[string, ConvertibleKind, readonly EgressPolicy[], readonly string[], string]>([
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
  const at = (i: number): string => `198.${18 + (i >> 14)}.${(i >> 6) & 255}.${(i << 2) & 255}`;
  /** Blocks that the record names stay as they are. */
  const alone = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, i) => `shop/Deployment/cart tcp ${at(i)}/31:443`);

  test("more addresses than the kind holds rules are allowed by blocks", () => {
    const edges = Array.from({ length: 9_000 }, (_, i) => `shop/Deployment/cart tcp ${at(i)}:443`);
    const [suggestion] = suggestPolicies(request(edges), manifestPort).suggestions;
    expect(suggestion?.reasons.length).toBeLessThan(8_000);
    expect(suggestion?.verification.passed).toBe(true);
  });

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
