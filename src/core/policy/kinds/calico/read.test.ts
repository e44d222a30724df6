import { describe, expect, test } from "vitest";
import { formatL4Set } from "../../../net/l4.ts";
import { formatDestination } from "../../destination-key.ts";
import { formatLabelSelector } from "../../label-selector.ts";
import type { EgressPolicy, Finding } from "../../model.ts";
import { readPolicy } from "../../read-policy.ts";
import { codesForTest, manifestForTest } from "../manifest-for-test.ts";
import { readCalicoContext } from "./context.ts";

const apiVersion = "projectcalico.org/v3";

const partners = {
  apiVersion,
  kind: "GlobalNetworkSet",
  metadata: { name: "partners", labels: { role: "partner" } },
  spec: { nets: ["203.0.113.0/24", "198.51.100.7", "2001:db8::/32"] },
};
const inShop = {
  apiVersion,
  kind: "NetworkSet",
  metadata: { name: "banks", namespace: "shop", labels: { role: "bank" } },
  spec: { nets: ["192.0.2.0/25"] },
};
const saas = {
  apiVersion,
  kind: "GlobalNetworkSet",
  metadata: { name: "saas", labels: { role: "saas" } },
  spec: { allowedEgressDomains: ["api.example.com", "*.example.org"] },
};
const security = {
  apiVersion,
  kind: "Tier",
  metadata: { name: "security" },
  spec: { order: 100, defaultAction: "Pass" },
};

function read(object: object, others: readonly object[] = []): { policy: EgressPolicy; findings: readonly Finding[] } {
  const { context, findings } = readCalicoContext(others.map(manifestForTest));
  expect(findings.filter(({ severity }) => severity === "error")).toEqual([]);
  const found = readPolicy(manifestForTest(object), { calico: context });
  return { policy: found!.policy!, findings: found!.findings };
}

function namespaced(spec: object): object {
  return { apiVersion, kind: "NetworkPolicy", metadata: { name: "egress", namespace: "shop" }, spec };
}

function global(spec: object): object {
  return { apiVersion, kind: "GlobalNetworkPolicy", metadata: { name: "egress" }, spec };
}

/** `allow 203.0.113.0/24 tcp/443`. */
function shown({ rules }: EgressPolicy): readonly string[] {
  return rules.map(
    ({ action, to, l4 }) =>
      `${action} ${to.kind === "unknown" ? "unknown: " : ""}${formatDestination(to)} ${formatL4Set(l4)}`,
  );
}

const sets = [partners, inShop, saas];

describe("a rule of a namespaced policy", () => {
  const rows: readonly (readonly [string, object, readonly string[]])[] = [
    ["without conditions matches everything", { action: "Allow" }, ["allow 0.0.0.0/0, ::/0 any"]],
    [
      "has blocks, without others, and ports",
      {
        action: "Allow",
        protocol: "TCP",
        destination: { nets: ["203.0.113.0/24"], notNets: ["203.0.113.128/25"], ports: [443, "8000:8080"] },
      },
      ["allow 203.0.113.0/25 tcp/443,8000-8080"],
    ],
    [
      "without blocks has everything but others",
      { action: "Deny", destination: { notNets: ["0.0.0.0/1"] } },
      ["deny 128.0.0.0/1, ::/0 any"],
    ],
    [
      "takes ports away",
      { action: "Deny", protocol: 17, destination: { notPorts: ["1:52", "54:65535"] } },
      ["deny 0.0.0.0/0, ::/0 udp/0,53"],
    ],
    ["may name a protocol in any case", { action: "Pass", protocol: "sctp" }, ["pass 0.0.0.0/0, ::/0 sctp"]],
    ["ICMP is of one family", { action: "Allow", protocol: "ICMP" }, ["allow 0.0.0.0/0 icmp"]],
    [
      "ICMPv6 is of the other",
      { action: "Allow", protocol: "ICMPv6", destination: { nets: ["::/0", "10.0.0.0/8"] } },
      ["allow ::/0 icmp"],
    ],
    [
      "all but ICMP leaves it to the other family",
      { action: "Deny", notProtocol: "ICMP" },
      ["deny 0.0.0.0/0 tcp udp sctp other", "deny ::/0 any"],
    ],
    ["may be for one family", { action: "Deny", ipVersion: 6 }, ["deny ::/0 any"]],
    ["that logs decides nothing", { action: "Log" }, []],
    [
      "selects pods and sets of its own namespace",
      { action: "Allow", destination: { selector: "role == 'bank'" } },
      ["allow 192.0.2.0/25 any", "allow pods role=bank in this namespace any"],
    ],
    [
      "does not reach global sets without `global()`",
      { action: "Allow", destination: { selector: "role == 'partner'" } },
      ["allow pods role=partner in this namespace any"],
    ],
    [
      "reaches global sets by `global()`, and no pods",
      {
        action: "Allow",
        protocol: "TCP",
        destination: { selector: "role == 'partner'", namespaceSelector: "global()", ports: [443] },
      },
      ["allow 198.51.100.7/32, 203.0.113.0/24, 2001:db8::/32 tcp/443"],
    ],
    [
      "cuts the sets with blocks",
      {
        action: "Allow",
        destination: {
          selector: "role == 'partner'",
          namespaceSelector: "global()",
          nets: ["203.0.113.0/28", "10.0.0.0/8"],
        },
      },
      ["allow 203.0.113.0/28 any"],
    ],
    [
      "takes names from a set",
      { action: "Allow", destination: { selector: "role == 'saas'", namespaceSelector: "global()" } },
      ["allow api.example.com any", "allow *.example.org any"],
    ],
    [
      "does not know sets that are not there",
      { action: "Deny", destination: { selector: "role == 'gone'", namespaceSelector: "global()" } },
      ["deny unknown: selector role == 'gone' namespaceSelector global() any"],
    ],
    [
      "selects pods of other namespaces",
      {
        action: "Allow",
        destination: { namespaceSelector: "projectcalico.org/name == 'db'", selector: "app starts with 'pg'" },
      },
      ["allow pods app starts with 'pg' in namespaces kubernetes.io/metadata.name=db any"],
    ],
    [
      "selects all pods",
      { action: "Allow", destination: { namespaceSelector: "all()" } },
      ["allow 192.0.2.0/25 any", "allow pods any in namespaces everything any"],
    ],
    [
      "may have set labels that only namespaces tell",
      { action: "Allow", destination: { namespaceSelector: "env == 'prod'", selector: "role == 'bank'" } },
      [
        "allow unknown: selector role == 'bank' namespaceSelector env == 'prod' any",
        "allow pods role=bank in namespaces env=prod any",
      ],
    ],
    [
      "names a service, which is not known",
      { action: "Allow", destination: { services: { name: "ledger", namespace: "db" } } },
      ["allow unknown: service db/ledger any"],
    ],
    [
      "names the API server by its service",
      { action: "Allow", destination: { services: { name: "kubernetes", namespace: "default" } } },
      ["allow the API server tcp"],
    ],
    [
      "has service accounts, which are not known",
      { action: "Allow", destination: { serviceAccounts: { names: ["pay"] } } },
      ["allow unknown: pods of service accounts any"],
    ],
    [
      "is for a kind of ICMP message only",
      { action: "Deny", protocol: "ICMP", icmp: { type: 8 } },
      ["deny unknown: Deny everything icmp"],
    ],
    [
      "names are those of Calico Enterprise",
      { action: "Allow", destination: { domains: ["*.example.com"] } },
      ["allow *.example.com any"],
    ],
    [
      "a named port is one of pods",
      { action: "Allow", protocol: "TCP", destination: { ports: ["https", 443] } },
      ["allow 0.0.0.0/0, ::/0 tcp/443", "allow pods any in namespaces everything tcp"],
    ],
  ];

  test.each(rows)("%s", (_, rule, expected) => {
    expect(shown(read(namespaced({ types: ["Egress"], egress: [rule] }), sets).policy)).toEqual(expected);
  });
});

describe("a rule of a global policy", () => {
  test.each([
    [
      "selects pods of all namespaces and sets alike",
      { action: "Allow", destination: { selector: "role in {'partner', 'bank'}" } },
      [
        "allow 192.0.2.0/25, 198.51.100.7/32, 203.0.113.0/24, 2001:db8::/32 any",
        "allow pods role in (bank,partner) in namespaces everything any",
      ],
    ],
    [
      "leaves sets out of everything",
      { action: "Deny", destination: { nets: ["203.0.112.0/23"], notSelector: "role == 'partner'" } },
      ["deny 203.0.112.0/24 any"],
    ],
  ])("%s", (_, rule, expected) => {
    expect(shown(read(global({ types: ["Egress"], egress: [rule] }), sets).policy)).toEqual(expected);
  });
});

describe("where a policy stands", () => {
  test.each([
    [
      "in the default tier without an order, last",
      {},
      { tier: "default", tierOrder: 1_000_000, order: Infinity },
      "deny",
    ],
    [
      "in a tier of its own",
      { tier: "security", order: 5.5 },
      { tier: "security", tierOrder: 100, order: 5.5 },
      "pass",
    ],
    [
      "in the tier of Kubernetes' admins",
      { tier: "kube-admin", order: 1 },
      { tier: "kube-admin", tierOrder: 1000, order: 1 },
      "pass",
    ],
    ["in a tier that nobody gave", { tier: "gone" }, { tier: "gone", tierOrder: 999_999, order: Infinity }, "deny"],
  ])("%s", (_, spec, place, otherwise) => {
    expect(read(namespaced(spec), [security]).policy).toMatchObject({ place, otherwise });
  });
});

test.each([
  ["default.egress", {}, "egress"],
  ["default.egress", { tier: "security" }, "default.egress"],
  ["security.egress", { tier: "security" }, "security.egress"],
])("`%s` %j is called `%s`", (name, spec, called) => {
  const object = { apiVersion: "crd.projectcalico.org/v1", kind: "GlobalNetworkPolicy", metadata: { name }, spec };
  expect(read(object, [security]).policy.name).toBe(called);
});

describe("which pods a policy is for", () => {
  const of = ({ podSelector, subject }: EgressPolicy): string =>
    [
      podSelector === undefined ? [] : `pods ${formatLabelSelector(podSelector)}`,
      subject?.pods === undefined ? [] : `pods ${formatLabelSelector(subject.pods)}`,
      subject?.namespaces === undefined ? [] : `of namespaces ${formatLabelSelector(subject.namespaces)}`,
    ]
      .flat()
      .join(" ") || "all";

  test.each([
    ["no selector", namespaced({}), "all"],
    ["every pod", namespaced({ selector: "all()" }), "all"],
    ["a label", namespaced({ selector: 'app == "web"' }), "pods app=web"],
    [
      "a service account's label",
      namespaced({ selector: "has(app)", serviceAccountSelector: "x == 'y'" }),
      "pods app,pcsa.x=y",
    ],
    ["all of the cluster", global({}), "all"],
    [
      "a namespace by its own selector",
      global({ namespaceSelector: "env == 'prod'", selector: "has(app)" }),
      "pods app of namespaces env=prod",
    ],
    [
      "a namespace by Calico's label of pods",
      global({
        selector:
          "projectcalico.org/namespace not in {'kube-system', 'calico-system'} && projectcalico.org/orchestrator == 'k8s'",
      }),
      "of namespaces kubernetes.io/metadata.name notin (calico-system,kube-system)",
    ],
  ])("%s", (_, object, expected) => {
    expect(of(read(object).policy)).toBe(expected);
  });
});

test.each([
  ["`types` with Egress", { types: ["Egress"] }, true],
  ["egress rules without `types`", { egress: [{ action: "Deny" }] }, true],
  ["neither", {}, false],
  ["only Ingress", { types: ["Ingress"], egress: [{ action: "Deny" }] }, false],
  ["a policy for nodes", { types: ["Egress"], doNotTrack: true, applyOnForward: true }, false],
])("%s: restricts egress %#", (_, spec, isolates) => {
  expect(read(global(spec)).policy.isolates).toBe(isolates);
});

describe("findings", () => {
  const rule = (more: object): object => namespaced({ types: ["Egress"], egress: [{ action: "Allow", ...more }] });
  test.each([
    [rule({ action: "allow" }), ["calico_action at spec.egress[0].action"]],
    [rule({ destination: { ports: [443] } }), ["calico_ports_without_protocol at spec.egress[0].destination"]],
    [
      rule({ protocol: "TCP", destination: { ports: ["9000:8000"] } }),
      ["calico_port at spec.egress[0].destination.ports[0]"],
    ],
    [rule({ protocol: "HTTP" }), ["calico_protocol at spec.egress[0].protocol"]],
    [rule({ destination: { nets: ["10.0.0.1/8"] } }), ["calico_net_host_bits at spec.egress[0].destination.nets[0]"]],
    [rule({ destination: { nets: ["example.com"] } }), ["calico_net at spec.egress[0].destination.nets[0]"]],
    [
      rule({ destination: { nets: Array.from({ length: 257 }, (_, i) => `10.0.${i >> 8}.${i & 255}`) } }),
      ["calico_too_many at spec.egress[0].destination.nets"],
    ],
    [rule({ destination: { selector: "role = 'x'" } }), ["calico_selector at spec.egress[0].destination.selector"]],
    [rule({ destination: { selector: "global()" } }), ["calico_global at spec.egress[0].destination.selector"]],
    [rule({ destination: { cidr: "10.0.0.0/8" } }), ["object_field_unknown at spec.egress[0].destination.cidr"]],
    [
      rule({ destination: { domains: ["a.*"] } }),
      [
        "calico_domains at spec.egress[0].destination.domains",
        "calico_domain at spec.egress[0].destination.domains[0]",
      ],
    ],
    [namespaced({ types: [] }), ["calico_types at spec.types"]],
    [namespaced({ types: ["Ingress"], egress: [{ action: "Deny" }] }), ["calico_egress_ignored at spec.egress"]],
    [namespaced({ tier: "gone" }), ["calico_tier_unknown at spec.tier"]],
    [namespaced({ order: "first" }), ["object_shape at spec.order"]],
    [namespaced({ serviceAccountSelector: "has(x)" }), ["calico_service_accounts at spec.serviceAccountSelector"]],
    [global({ preDNAT: true, applyOnForward: true }), ["calico_not_for_pods at spec.preDNAT"]],
    [{ ...namespaced({}), apiVersion: "crd.projectcalico.org/v1" }, []],
    [{ ...namespaced({}), apiVersion: "projectcalico.org/v1" }, ["object_api_version at apiVersion"]],
  ])("%#", (object, codes) => {
    expect(codesForTest(read(object).findings)).toEqual(codes);
  });

  test("a selector's fault is told with its column", () => {
    const { findings, policy } = read(namespaced({ selector: "app == 'web' && tier = 'front'" }));
    expect(findings[0]!.message).toBe(
      "`app == 'web' && tier = 'front'` is not a selector: at column 22, expected `==`, `!=`, `in`, `not in`, `contains`, `starts with` or `ends with`, but `= 'front'` stands there",
    );
    expect(policy.notApplied).toMatch(/^the API server refuses it/);
  });

  test.each([
    [{ ...security, spec: { order: 1, defaultAction: "Allow" } }, "calico_tier at spec.defaultAction"],
    [{ ...security, metadata: { name: "default" }, spec: { order: 5 } }, "calico_tier at spec"],
    [{ ...partners, spec: { nets: ["10.0.0.0/33"] } }, "calico_net at spec.nets[0]"],
    [{ ...inShop, metadata: { name: "banks" } }, "object_namespace_missing at metadata"],
  ])("of tiers and sets %#", (object, code) => {
    expect(codesForTest(readCalicoContext([manifestForTest(object)]).findings)).toEqual([code]);
  });
});
