import { describe, expect, test } from "vitest";
import { findingCatalogue, type FindingCode } from "../../findings/catalogue.ts";
import { codesForTest, manifestForTest } from "../manifest-for-test.ts";
import { readCiliumClusterwideNetworkPolicy, readCiliumNetworkPolicy } from "./read.ts";
import { hasSchema, schemaErrors } from "./schema.test-support.ts";

interface Read {
  readonly codes: readonly string[];
  readonly rules: readonly string[];
  readonly isolates: boolean;
  readonly otherwise: string;
  readonly applied: boolean;
}

function read(
  spec: unknown,
  kind: "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" = "CiliumNetworkPolicy",
): Read {
  const reader = kind === "CiliumNetworkPolicy" ? readCiliumNetworkPolicy : readCiliumClusterwideNetworkPolicy;
  const namespace = kind === "CiliumNetworkPolicy" ? { namespace: "shop" } : {};
  const object = { apiVersion: "cilium.io/v2", kind, metadata: { name: "web", ...namespace }, spec };
  const { policy, findings } = reader(manifestForTest(object));
  const isRefused = findings.some(({ code }) => findingCatalogue[code as FindingCode].consequence === "refused");
  // Fields that it does not know are dropped by the API and refused by this form of its schema.
  const isComparable = hasSchema && findings.every(({ code }) => code !== "object_field_unknown");
  if (isComparable)
    expect(schemaErrors(object).length > 0, "the API refuses what is said to be refused").toBe(isRefused);
  const { rules, isolates, otherwise, notApplied } = policy!;
  return {
    codes: codesForTest(findings),
    rules: rules.map(({ text, outsideOnly }) => `${text}${outsideOnly === true ? " (outside)" : ""}`),
    isolates,
    otherwise,
    applied: notApplied === undefined,
  };
}

const selector = { endpointSelector: {} };
const world = { toEntities: ["world"] };

describe("which policies isolate egress", () => {
  test.each<[string, unknown, boolean, string, string[]]>([
    ["a section with a rule", { ...selector, egress: [world] }, true, "deny", []],
    ["an empty rule denies all", { ...selector, egress: [{}] }, true, "deny", []],
    ["an empty section is none", { ...selector, egress: [] }, false, "pass", ["cilium_egress_empty at spec.egress"]],
    ["ingress alone", { ...selector, ingress: [{}] }, false, "pass", []],
    [
      "denies alone deny everything else as well",
      { ...selector, egressDeny: [world] },
      true,
      "deny",
      ["cilium_deny_only at spec.egressDeny"],
    ],
    [
      "without default deny the rules still count",
      { ...selector, egressDeny: [world], enableDefaultDeny: { egress: false } },
      true,
      "pass",
      ["cilium_deny_only at spec.egressDeny"].slice(1),
    ],
    [
      "default deny without a section",
      { ...selector, ingress: [{}], enableDefaultDeny: { egress: true } },
      true,
      "deny",
      [],
    ],
    ["nothing at all", { ...selector }, false, "pass", ["cilium_section_missing at spec"]],
  ])("%s", (_, spec, isolates, otherwise, codes) => expect(read(spec)).toMatchObject({ isolates, otherwise, codes }));
});

describe("rules", () => {
  const rule = (value: unknown): Read => read({ ...selector, egress: [value] });
  const dns = { toPorts: [{ ports: [{ port: "53", protocol: "ANY" }], rules: { dns: [{ matchPattern: "*" }] } }] };
  test.each<[string, unknown, string[], string[], boolean]>([
    ["a block", { toCIDR: ["203.0.113.0/24"] }, ["Allow 203.0.113.0/24 (outside)"], [], true],
    [
      "a block with exceptions",
      { toCIDRSet: [{ cidr: "203.0.113.0/24", except: ["203.0.113.128/25"] }] },
      ["Allow 203.0.113.0/24 except 203.0.113.128/25 (outside)"],
      [],
      true,
    ],
    [
      "a group of blocks is not known",
      { toCIDRSet: [{ cidrGroupRef: "partners" }] },
      ["Allow CIDR group partners (outside)"],
      [],
      true,
    ],
    ["the world", world, ["Allow world (outside)"], [], true],
    ["everything", { toEntities: ["all"] }, ["Allow all"], [], true],
    [
      "the cluster is its pods and its nodes",
      { toEntities: ["cluster"] },
      ["Allow cluster", "Allow cluster"],
      [],
      true,
    ],
    ["nobody", { toEntities: ["none"] }, [], [], true],
    ["the API server", { toEntities: ["kube-apiserver"] }, ["Allow kube-apiserver"], [], true],
    [
      "half of the world is not in the API",
      { toEntities: ["world-ipv4"] },
      ["Allow world-ipv4 (outside)"],
      ["cilium_entity at spec.egress[0].toEntities[0]"],
      false,
    ],
    [
      "ports without a destination",
      { toPorts: [{ ports: [{ port: "443" }] }] },
      ["Allow everything tcp/443 udp/443 sctp/443"],
      [],
      true,
    ],
    [
      "a range of ports",
      { ...world, toPorts: [{ ports: [{ port: "8000", endPort: 9000, protocol: "TCP" }] }] },
      ["Allow world tcp/8000-9000 (outside)"],
      [],
      true,
    ],
    [
      "port 0 is every port",
      { ...world, toPorts: [{ ports: [{ port: "0", protocol: "UDP" }] }] },
      ["Allow world udp (outside)"],
      [],
      true,
    ],
    [
      "ICMP of one type, which records do not tell",
      { ...world, icmps: [{ fields: [{ type: 8 }, { type: "EchoRequest", family: "IPv6" }] }] },
      ["Allow world icmp, only with type 8 of ICMP or type EchoRequest of ICMPv6 (outside)"],
      [],
      true,
    ],
    [
      "authentication",
      { ...world, authentication: { mode: "required" } },
      ["Allow world, only with authentication (outside)"],
      [],
      true,
    ],
    ["no authentication", { ...world, authentication: { mode: "disabled" } }, ["Allow world (outside)"], [], true],
    [
      "server names beside other ports",
      {
        ...world,
        toPorts: [
          { ports: [{ port: "443", protocol: "TCP" }], serverNames: ["b.example.com", "a.example.com"] },
          { ports: [{ port: "80", protocol: "TCP" }] },
        ],
      },
      ["Allow world tcp/80 (outside)", "Allow world tcp/443, only with TLS for a.example.com, b.example.com (outside)"],
      ["cilium_l7_rules at spec.egress[0].toPorts[0]"],
      true,
    ],
    [
      "labels demanded of others",
      { toEndpoints: [{}], toRequires: [{ matchLabels: { a: "b" } }] },
      ["Allow endpoints everything"],
      ["cilium_requires at spec.egress[0].toRequires"],
      false,
    ],
    ["an empty rule", {}, [], [], true],
    ["an empty list", { toCIDR: [] }, [], ["cilium_destination_none at spec.egress[0].toCIDR"], true],
    [
      "pods of another namespace",
      { toEndpoints: [{ matchLabels: { "k8s:io.kubernetes.pod.namespace": "dns", "k8s:app": "a" } }] },
      ["Allow endpoints k8s:app=a,k8s:io.kubernetes.pod.namespace=dns"],
      [],
      true,
    ],
    [
      "reserved labels are entities",
      { toEndpoints: [{ matchLabels: { "reserved:host": "" } }] },
      ["Allow endpoints reserved:host="],
      [],
      true,
    ],
    [
      "a service account is not recorded",
      { toEndpoints: [{ matchLabels: { "io.cilium.k8s.policy.serviceaccount": "a" } }] },
      ["Allow endpoints io.cilium.k8s.policy.serviceaccount=a"],
      ["cilium_label_not_recorded at spec.egress[0].toEndpoints[0]"],
      true,
    ],
    [
      "requests inside",
      { ...world, toPorts: [{ ports: [{ port: "80", protocol: "TCP" }], rules: { http: [{ method: "GET" }] } }] },
      ["Allow world tcp/80, limited by http rules (outside)"],
      ["cilium_l7_rules at spec.egress[0].toPorts[0]"],
      true,
    ],
    [
      "names beside a DNS rule of the same object",
      { ...dns, toFQDNs: [{ matchName: "a.example" }] },
      ["Allow a.example tcp/53 udp/53 sctp/53 (outside)"],
      [],
      true,
    ],
    [
      "two kinds of destination",
      { toCIDR: ["203.0.113.0/24"], toEntities: ["world"] },
      ["Allow 203.0.113.0/24 (outside)", "Allow world (outside)"],
      ["cilium_destinations_mixed at spec.egress[0]"],
      false,
    ],
    ["a bare address", { toCIDR: ["203.0.113.9"] }, [], ["cilium_cidr at spec.egress[0].toCIDR[0]"], false],
    [
      "host bits",
      { toCIDR: ["2001:db8::1/64"] },
      ["Allow 2001:db8::/64 (outside)"],
      ["cilium_cidr_host_bits at spec.egress[0].toCIDR[0]"],
      true,
    ],
    [
      "an exception elsewhere",
      { toCIDRSet: [{ cidr: "10.0.0.0/8", except: ["192.0.2.0/24"] }] },
      ["Allow 10.0.0.0/8 (outside)"],
      ["cilium_except_outside at spec.egress[0].toCIDRSet[0].except[0]"],
      false,
    ],
    [
      "a name without anybody to learn it",
      { toFQDNs: [{ matchName: "api.example.com" }] },
      ["Allow api.example.com (outside)"],
      ["cilium_dns_rule_missing at spec.egress[0].toFQDNs[0]"],
      true,
    ],
    [
      "a name with a scheme",
      { toFQDNs: [{ matchName: "https://api.example.com" }] },
      [],
      ["cilium_name_syntax at spec.egress[0].toFQDNs[0].matchName"],
      false,
    ],
    [
      "a star in a name",
      { toFQDNs: [{ matchName: "*.example.com" }] },
      [],
      ["cilium_name_syntax at spec.egress[0].toFQDNs[0].matchName"],
      false,
    ],
    [
      "a star that touches a label",
      { ...dns, toFQDNs: [{ matchPattern: "*example.com" }] },
      ["Allow *example.com tcp/53 udp/53 sctp/53 (outside)"],
      ["cilium_pattern_joins_labels at spec.egress[0].toFQDNs[0]"],
      true,
    ],
    [
      "41 ports",
      { toPorts: [{ ports: Array.from({ length: 41 }, (_, i) => ({ port: `${i + 1}`, protocol: "TCP" })) }] },
      ["Allow everything tcp/1-41"],
      ["cilium_ports_many at spec.egress[0].toPorts[0].ports"],
      false,
    ],
    [
      "a port as a number",
      { toPorts: [{ ports: [{ port: 53 }] }] },
      ["Allow everything none"],
      ["object_shape at spec.egress[0].toPorts[0].ports[0].port"],
      false,
    ],
    [
      "a named port matches nothing outside",
      { toPorts: [{ ports: [{ port: "https" }] }] },
      ["Allow everything none"],
      ["cilium_port_named at spec.egress[0].toPorts[0].ports[0].port"],
      true,
    ],
    [
      "ICMP beside ports",
      { icmps: [{ fields: [{ type: 8 }] }], toPorts: [{ ports: [{ port: "1" }] }] },
      ["Allow everything tcp/1 udp/1 sctp/1"],
      ["cilium_icmps_with_ports at spec.egress[0].icmps"],
      false,
    ],
    [
      "requests on UDP",
      { toPorts: [{ ports: [{ port: "80", protocol: "UDP" }], rules: { http: [{}] } }] },
      ["Allow everything udp/80, limited by http rules"],
      ["cilium_l7_rules at spec.egress[0].toPorts[0]", "cilium_l7_protocol at spec.egress[0].toPorts[0].ports[0]"],
      false,
    ],
  ])("%s", (_, value, rules, codes, applied) => {
    const found = rule(value);
    expect({ ...found, codes: found.codes.toSorted() }).toEqual({
      rules,
      codes: codes.toSorted(),
      applied,
      isolates: true,
      otherwise: "deny",
    });
  });

  test("denies come first, wherever they are written", () => {
    expect(read({ ...selector, egress: [world], egressDeny: [{ toCIDR: ["10.0.0.0/8"] }] }).rules).toEqual([
      "Deny 10.0.0.0/8 (outside)",
      "Allow world (outside)",
    ]);
  });

  test("a deny has no names: the field is dropped and the deny is about everything", () => {
    const deny = { toFQDNs: [{ matchName: "a.example" }], toPorts: [{ ports: [{ port: "25", protocol: "TCP" }] }] };
    const { codes, rules } = read({ ...selector, egress: [world], egressDeny: [deny] });
    expect(codes).toEqual(["object_field_unknown at spec.egressDeny[0].toFQDNs"]);
    expect(rules[0]).toBe("Deny everything tcp/25");
  });

  test("a name that no DNS rule lets pods ask for is told", () => {
    const ask = {
      toPorts: [{ ports: [{ port: "53", protocol: "UDP" }], rules: { dns: [{ matchPattern: "*.example.com" }] } }],
    };
    const names = { toFQDNs: [{ matchName: "api.example.com" }, { matchPattern: "**.example.com" }] };
    expect(read({ ...selector, egress: [ask, names] }).codes).toEqual([
      "cilium_name_not_asked at spec.egress[1].toFQDNs[1]",
    ]);
  });
});

describe("who is meant", () => {
  test.each<[string, unknown, string[]]>([
    ["no selector", { egress: [world] }, ["cilium_selector_count at spec"]],
    ["nodes in a namespace", { nodeSelector: {}, egress: [world] }, ["cilium_node_selector at spec.nodeSelector"]],
    ["both", { ...selector, nodeSelector: {}, egress: [world] }, ["cilium_selector_count at spec"]],
    [
      "pods of another namespace",
      { endpointSelector: { matchLabels: { "io.kubernetes.pod.namespace": "other" } }, egress: [world] },
      ["cilium_namespace_ignored at spec.endpointSelector"],
    ],
    [
      "a key that is none",
      { endpointSelector: { matchLabels: { "k8s:a b": "c" } }, egress: [world] },
      ['cilium_selector at spec.endpointSelector.matchLabels["k8s:a b"]'],
    ],
  ])("%s", (_, spec, codes) => expect(read(spec).codes).toEqual(codes));

  test("a policy of the whole cluster chooses namespaces and pods", () => {
    const endpointSelector = {
      matchLabels: { "k8s:app": "web", "k8s:io.cilium.k8s.namespace.labels.team": "shop" },
      matchExpressions: [{ key: "k8s:io.kubernetes.pod.namespace", operator: "NotIn", values: ["kube-system"] }],
    };
    const { policy, findings } = readCiliumClusterwideNetworkPolicy(
      manifestForTest({
        apiVersion: "cilium.io/v2",
        kind: "CiliumClusterwideNetworkPolicy",
        metadata: { name: "all" },
        spec: { endpointSelector, egress: [world] },
      }),
    );
    expect(findings).toEqual([]);
    expect(policy).toMatchObject({
      namespace: "",
      podSelector: undefined,
      subject: {
        pods: { requirements: [{ key: "app", operator: "In", values: ["web"] }] },
        namespaces: {
          requirements: [
            { key: "kubernetes.io/metadata.name", operator: "NotIn", values: ["kube-system"] },
            { key: "team", operator: "In", values: ["shop"] },
          ],
        },
      },
    });
  });

  test("a policy for nodes says nothing about pods", () => {
    const found = read({ nodeSelector: {}, egress: [world] }, "CiliumClusterwideNetworkPolicy");
    expect(found).toMatchObject({ isolates: false, rules: [], codes: ["cilium_host_policy at spec.nodeSelector"] });
  });

  test("every entry of `specs` is a policy of its own", () => {
    const { policy, others, findings } = readCiliumNetworkPolicy(
      manifestForTest({
        apiVersion: "cilium.io/v2",
        kind: "CiliumNetworkPolicy",
        metadata: { name: "web", namespace: "shop" },
        specs: [
          { endpointSelector: { matchLabels: { app: "a" } }, egress: [world] },
          { endpointSelector: { matchLabels: { app: "b" } }, egress: [{}] },
        ],
      }),
    );
    expect(findings).toEqual([]);
    expect([policy, ...others!].map((each) => [each!.name, each!.rules.length])).toEqual([
      ["web", 1],
      ["web/specs[1]", 0],
    ]);
  });
});
