import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryRuleList } from "../../test/arbitraries/rule-list.ts";
import { ipSetOf } from "../core/net/ip-set.ts";
import { parseIp } from "../core/net/ip.ts";
import { l4Point, l4Ports } from "../core/net/l4.ts";
import { effectivePolicy, evaluateEffective } from "../core/policy/effective.ts";
import { labelSelector } from "../core/policy/label-selector.ts";
import type { EgressPolicy, Rule, RuleList } from "../core/policy/model.ts";
import { type ClusterFacts, noClusterFacts } from "../pipeline/flows/cluster-facts.ts";
import { type ExplainRequest, explainConnection } from "./explain-connection.ts";
import { nothingRead } from "./policy-source.ts";

function policyOf(list: RuleList, more: Partial<EgressPolicy> = {}): EgressPolicy {
  return {
    kind: "EgressFirewall",
    namespace: "shop",
    name: "default",
    podSelector: undefined,
    isolates: true,
    rules: list.rules.map((rule, written) => ({ ...rule, written })),
    otherwise: list.otherwise,
    at: { file: "shop.yaml", path: "" },
    ruleLocations: list.rules.map((_, i) => ({ file: "shop.yaml", line: i + 1, path: `spec.egress[${i}]` })),
    notApplied: undefined,
    ...more,
  };
}

function request(policies: readonly EgressPolicy[], more: Partial<ExplainRequest> = {}): ExplainRequest {
  return {
    namespace: "shop",
    workload: undefined,
    labels: undefined,
    host: { kind: "address", address: { family: 4, value: 0xc0000207n } },
    protocol: "tcp",
    port: 443,
    reading: { ...nothingRead, policies },
    facts: noClusterFacts,
    harvest: undefined,
    ...more,
  };
}

/** Addresses at the edges of the rules, where mistakes live. */
function firstAddresses({ rules }: EgressPolicy): readonly bigint[] {
  return rules.flatMap(({ to }) => (to.kind === "addresses" ? to.addresses.v4.map(({ first }) => first) : []));
}

describe("laws", () => {
  const addresses = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n });

  test("explaining an address says what evaluating it says", () => {
    fc.assert(
      fc.property(arbitraryRuleList({ destinations: "all", maxRules: 6 }), addresses, (list, value) => {
        const policy = policyOf({ ...list, otherwise: "allow" });
        for (const each of [value, ...firstAddresses(policy)]) {
          const address = { family: 4 as const, value: each };
          const { kind } = explainConnection(request([policy], { host: { kind: "address", address } }));
          const verdict = evaluateEffective(effectivePolicy([policy]), { address, l4: l4Point("tcp", 443) });
          expect(kind).toBe(verdict.kind);
        }
      }),
    );
  });

  test("the rule that is proposed allows the connection, written where it says", () => {
    let proposed = 0;
    fc.assert(
      fc.property(arbitraryRuleList({ destinations: "addresses", maxRules: 6 }), addresses, (list, value) => {
        const policy = policyOf({ ...list, otherwise: "allow" });
        for (const address of [value, ...firstAddresses(policy)].map((each) => ({ family: 4 as const, value: each }))) {
          const { kind, cases } = explainConnection(request([policy], { host: { kind: "address", address } }));
          const remedy = cases[0]!.halves[0].remedy;
          expect(remedy === undefined).toBe(kind === "allow");
          if (remedy === undefined) continue;
          proposed += 1;
          const rule: Rule = {
            action: "allow",
            to: { kind: "addresses", addresses: ipSetOf(address) },
            l4: [l4Ports("tcp", 443)],
            text: "new",
            written: 0,
          };
          const mended = policyOf({ rules: policy.rules.toSpliced(remedy.before!, 0, rule), otherwise: "allow" });
          const verdict = evaluateEffective(effectivePolicy([mended]), { address, l4: l4Point("tcp", 443) });
          expect(verdict.kind).toBe("allow");
        }
      }),
    );
    expect(proposed).toBeGreaterThan(20);
  });
});

describe("pods", () => {
  const app = (name: string): NonNullable<EgressPolicy["podSelector"]> =>
    labelSelector([{ key: "app", operator: "In", values: [name] }]);
  const closed = policyOf(
    { rules: [], otherwise: "deny" },
    { kind: "NetworkPolicy", name: "web", podSelector: app("web") },
  );

  test.each<[string, Partial<ExplainRequest>, string]>([
    [
      "without labels the answer is given per class",
      {},
      "unknown: pods that no other selector matches allow, pods with app=web deny",
    ],
    ["labels that match", { labels: { app: "web" } }, "deny: the pod deny"],
    ["labels that do not", { labels: { app: "db" } }, "allow: the pod allow"],
    [
      "a workload whose pods the dump knows",
      {
        workload: "web",
        facts: {
          ...noClusterFacts,
          pods: [
            {
              namespace: "shop",
              name: "web-1",
              addresses: [],
              isHostNetwork: false,
              workload: { kind: "Deployment", name: "web" },
              labels: { app: "web" },
            },
          ],
        },
      },
      "deny: web deny",
    ],
  ])("%s", (_title, more, expected) => {
    const { kind, cases } = explainConnection(request([closed], more));
    expect(`${kind}: ${cases.map((own) => `${own.pods} ${own.kind}`).join(", ")}`).toBe(expected);
  });
});

test("an address of the pod network is no business of the firewall", () => {
  const policy = policyOf({
    rules: [
      {
        action: "deny",
        to: { kind: "addresses", addresses: { v4: [{ first: 0n, last: (1n << 32n) - 1n }], v6: [] } },
        l4: [l4Ports("tcp", 443)],
        text: "Deny 0.0.0.0/0",
        written: 0,
      },
    ],
    otherwise: "allow",
  });
  const address = parseIp("10.128.3.4");
  if (!address.ok) throw new TypeError(address.error.message);
  const facts = { ...noClusterFacts, clusterNetworks: [{ family: 4 as const, first: 0x0a800000n, prefixLength: 14 }] };
  expect(explainConnection(request([policy], { host: { kind: "address", address: address.value }, facts })).kind).toBe(
    "allow",
  );
});

describe("inside the cluster", () => {
  const pods = (namespaces: string, app: string): Rule => ({
    action: "allow",
    to: {
      kind: "pods",
      namespaces: labelSelector([{ key: "team", operator: "In", values: [namespaces] }]),
      pods: labelSelector([{ key: "app", operator: "In", values: [app] }]),
    },
    l4: [l4Ports("tcp", 443)],
    text: "pods",
    written: 0,
  });
  const policy = policyOf({ rules: [pods("data", "db")], otherwise: "deny" }, { kind: "NetworkPolicy", name: "web" });
  const at = (text: string): Extract<ExplainRequest["host"], { kind: "address" }> => {
    const address = parseIp(text);
    if (!address.ok) throw new TypeError(address.error.message);
    return { kind: "address", address: address.value };
  };
  const pod = (namespace: string, app: string, address: string): ClusterFacts["pods"][number] => ({
    namespace,
    name: app,
    addresses: [at(address).address],
    isHostNetwork: false,
    workload: { kind: "Deployment", name: app },
    labels: { app },
  });
  const networks: ClusterFacts = {
    ...noClusterFacts,
    clusterNetworks: [{ family: 4, first: 0x0a800000n, prefixLength: 14 }],
    serviceNetworks: [{ family: 4, first: 0xac1e0000n, prefixLength: 16 }],
    services: [
      {
        namespace: "default",
        name: "kubernetes",
        addresses: [at("172.30.0.1").address],
        ports: [
          { name: "https", protocol: "tcp", port: 443, endpoints: [{ address: at("10.0.0.11").address, port: 6443 }] },
        ],
      },
    ],
  };
  const known: ClusterFacts = {
    ...networks,
    namespaces: [
      { name: "data", labels: { team: "data" } },
      { name: "shop", labels: {} },
    ],
    pods: [pod("data", "db", "10.128.0.7"), pod("shop", "db", "10.128.0.8")],
  };

  test.each<[string, string, ClusterFacts, string]>([
    ["a pod that the policy allows", "10.128.0.7", known, "allow"],
    ["a pod of another namespace with the same labels", "10.128.0.8", known, "deny"],
    ["an address of the pod network, and no dump that knows the pods", "10.128.0.7", networks, "unknown"],
    ["an address outside is no pod", "192.0.2.7", networks, "deny"],
    ["a service address is none that policies see", "172.30.0.1", known, "unknown"],
  ])("%s", (_title, host, facts, expected) => {
    expect(explainConnection(request([policy], { host: at(host), facts })).kind).toBe(expected);
  });

  test("of a service the endpoints are named", () => {
    const told = (port: number): string | undefined =>
      explainConnection(request([policy], { host: at("172.30.0.1"), port, facts: known })).reason;
    expect(told(443)).toBe(
      "it is a service address, and policies see the endpoints behind it: ask for `10.0.0.11:6443`",
    );
    expect(told(80)).toContain("which are not known for this port");
  });
});

test("no rule is proposed for a name that the API refuses", () => {
  const denyAll: Rule = {
    action: "deny",
    to: { kind: "addresses", addresses: { v4: [{ first: 0n, last: (1n << 32n) - 1n }], v6: [] } },
    l4: [l4Ports("tcp", 443)],
    text: "Deny 0.0.0.0/0",
    written: 0,
  };
  const policy = policyOf({ rules: [denyAll], otherwise: "deny" });
  const remedyFor = (name: string): unknown =>
    explainConnection(request([policy], { host: { kind: "name", name } })).cases[0]!.halves[0].remedy;
  expect(remedyFor("_sip.example.com")).toBeUndefined();
  expect(remedyFor("sip.example.com")).toBeDefined();
});

test("a rule for Calico is proposed in Calico's words, and none for a name", () => {
  const denyAll: Rule = {
    action: "deny",
    to: { kind: "addresses", addresses: { v4: [{ first: 0n, last: (1n << 32n) - 1n }], v6: [] } },
    l4: [l4Ports("tcp", 443)],
    text: "Deny 0.0.0.0/0",
    written: 0,
  };
  const place = { tier: "default", tierOrder: 1_000_000, order: 1 };
  const policy = policyOf({ rules: [denyAll], otherwise: "deny" }, { kind: "CalicoNetworkPolicy", name: "web", place });
  const remedyFor = (more: Partial<ExplainRequest>): unknown =>
    explainConnection(request([policy], more)).cases[0]!.halves[1].remedy;
  expect(remedyFor({})).toMatchObject({
    before: 0,
    yaml: [
      "- action: Allow",
      "  protocol: TCP",
      "  destination:",
      "    nets:",
      "      - 192.0.2.7/32",
      "    ports:",
      "      - 443",
    ],
  });
  expect(remedyFor({ host: { kind: "name", name: "api.example.com" } })).toBeUndefined();
});
