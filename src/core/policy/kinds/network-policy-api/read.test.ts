import { describe, expect, test } from "vitest";
import { readPolicy } from "../../read-policy.ts";
import { codesForTest, manifestForTest } from "../manifest-for-test.ts";

const everyNamespace = { namespaces: {} };
const partner = [{ networks: ["203.0.113.0/24"] }];

function admin(egress: unknown, spec: object = {}, name = "guard"): object {
  return {
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    kind: "AdminNetworkPolicy",
    metadata: { name },
    spec: { priority: 10, subject: everyNamespace, egress, ...spec },
  };
}

function baseline(egress: unknown, name = "default"): object {
  const metadata = { name };
  return {
    apiVersion: "policy.networking.k8s.io/v1alpha1",
    kind: "BaselineAdminNetworkPolicy",
    metadata,
    spec: { subject: everyNamespace, egress },
  };
}

function cluster(egress: unknown, spec: object = {}): object {
  return {
    apiVersion: "policy.networking.k8s.io/v1alpha2",
    kind: "ClusterNetworkPolicy",
    metadata: { name: "guard" },
    spec: { tier: "Admin", priority: 10, subject: everyNamespace, egress, ...spec },
  };
}

function read(value: unknown): {
  codes: readonly string[];
  rules: readonly string[];
  notApplied: string | undefined;
} {
  const { policy, findings } = readPolicy(manifestForTest(value))!;
  return {
    codes: codesForTest(findings).filter((code) => !code.startsWith("cnp_not_on_ovn")),
    rules: policy?.rules.map(({ text }) => text) ?? [],
    notApplied: policy?.notApplied,
  };
}

describe("rules that a cluster applies as written", () => {
  test.each<[string, object, readonly string[]]>([
    [
      "several blocks of a rule",
      admin([{ action: "Allow", to: [{ networks: ["203.0.113.0/24", "2001:db8::/32"] }] }]),
      ["Allow 203.0.113.0/24", "Allow 2001:db8::/32"],
    ],
    [
      "pods of all namespaces are passed",
      admin([{ action: "Pass", to: [everyNamespace] }]),
      ["Pass pods of all namespaces"],
    ],
    [
      "pods and nodes by their labels",
      admin([
        {
          action: "Deny",
          to: [
            {
              pods: {
                namespaceSelector: { matchLabels: { team: "a" } },
                podSelector: { matchLabels: { app: "db" } },
              },
            },
            { nodes: { matchExpressions: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] } },
          ],
        },
      ]),
      ["Deny pods app=db of namespaces team=a", "Deny nodes node-role.kubernetes.io/control-plane"],
    ],
    [
      "ports and ranges, TCP where no protocol is written",
      admin([
        {
          action: "Allow",
          to: partner,
          ports: [{ portNumber: { port: 443 } }, { portRange: { protocol: "UDP", start: 8000, end: 8999 } }],
        },
      ]),
      ["Allow 203.0.113.0/24 tcp/443 udp/8000-8999"],
    ],
    ["no ports asked for", admin([{ action: "Deny", to: partner, ports: [] }]), ["Deny 203.0.113.0/24"]],
    ["a baseline", baseline([{ action: "Deny", to: partner }]), ["Deny 203.0.113.0/24"]],
    [
      "the newer kind has another word and another way to write ports",
      cluster([
        {
          action: "Accept",
          to: partner,
          protocols: [
            { tcp: { destinationPort: { number: 443 } } },
            { sctp: { destinationPort: { range: { start: 1, end: 9 } } } },
          ],
        },
      ]),
      ["Accept 203.0.113.0/24 tcp/443 sctp/1-9"],
    ],
    [
      "the newer kind may leave the namespaces of pods out",
      cluster([{ action: "Pass", to: [{ pods: { podSelector: {} } }] }]),
      ["Pass pods of all namespaces"],
    ],
  ])("%s", (_, value, rules) => {
    expect(read(value)).toEqual({ codes: [], rules, notApplied: undefined });
  });
});

describe("rules that are stored and work otherwise than they look", () => {
  test.each<[string, object, string, readonly string[]]>([
    [
      "host bits are masked",
      admin([{ action: "Deny", to: [{ networks: ["10.1.2.3/8"] }] }]),
      "anp_cidr_host_bits at spec.egress[0].to[0].networks[0]",
      ["Deny 10.0.0.0/8"],
    ],
    [
      "a range that ends before it starts matches nothing",
      admin([{ action: "Allow", to: partner, ports: [{ portRange: { start: 9, end: 1 } }] }]),
      "anp_port_range at spec.egress[0].ports[0].portRange",
      ["Allow 203.0.113.0/24 none"],
    ],
    [
      "an unknown destination is never allowed",
      admin([{ action: "Allow", to: [{ services: {} }] }]),
      "anp_peer_unknown at spec.egress[0].to[0].services",
      [],
    ],
    [
      "an unknown destination that is passed denies everything",
      admin([{ action: "Pass", to: [{ services: {} }] }]),
      "anp_peer_unknown at spec.egress[0].to[0].services",
      ["Deny everything"],
    ],
    [
      "port names are those of pods",
      admin([{ action: "Deny", to: [everyNamespace], ports: [{ namedPort: "web" }] }]),
      "anp_named_port at spec.egress[0].ports[0].namedPort",
      ["Deny pods of all namespaces on named ports"],
    ],
    [
      "names are one or more labels, where there are any",
      admin([{ action: "Allow", to: [{ domainNames: ["*.example.com"] }] }]),
      "anp_domain_names at spec.egress[0].to[0].domainNames",
      ["Allow *.example.com"],
    ],
  ])("%s", (_, value, code, rules) => {
    expect(read(value)).toEqual({ codes: [code], rules, notApplied: undefined });
  });
});

const allow = (more: object): object => admin([{ action: "Allow", to: partner, ...more }]);
const accept = (more: object): object => cluster([{ action: "Accept", to: partner, ...more }]);

describe("objects that a cluster refuses or does not apply", () => {
  test.each<[string, object, string]>([
    ["no priority", admin([], { priority: null }), "object_field_missing at spec"],
    ["a priority above 1000", admin([], { priority: 1001 }), "anp_priority at spec.priority"],
    ["a negative priority", admin([], { priority: -1 }), "anp_priority at spec.priority"],
    ["OVN-Kubernetes has no room", admin([], { priority: 100 }), "anp_priority_unsupported at spec.priority"],
    ["no subject", admin([], { subject: null }), "object_field_missing at spec"],
    ["an empty subject", admin([], { subject: {} }), "anp_subject at spec.subject"],
    [
      "two subjects",
      admin([], { subject: { namespaces: {}, pods: { namespaceSelector: {}, podSelector: {} } } }),
      "anp_subject at spec.subject",
    ],
    [
      "pods without their namespaces",
      admin([], { subject: { pods: { podSelector: {} } } }),
      "object_field_missing at spec.subject.pods",
    ],
    ["no action", admin([{ to: partner }]), "object_field_missing at spec.egress[0]"],
    ["the newer kind's word", admin([{ action: "Accept", to: partner }]), "anp_action at spec.egress[0].action"],
    ["the older kind's word", cluster([{ action: "Allow", to: partner }]), "anp_action at spec.egress[0].action"],
    ["a baseline does not pass", baseline([{ action: "Pass", to: partner }]), "anp_action at spec.egress[0].action"],
    ["no destination", admin([{ action: "Deny" }]), "object_field_missing at spec.egress[0]"],
    ["an empty list", admin([{ action: "Deny", to: [] }]), "anp_count at spec.egress[0].to"],
    ["an empty destination", admin([{ action: "Deny", to: [{}] }]), "anp_peer_count at spec.egress[0].to[0]"],
    [
      "two kinds of destination in one",
      admin([{ action: "Deny", to: [{ namespaces: {}, networks: ["10.0.0.0/8"] }] }]),
      "anp_peer_count at spec.egress[0].to[0]",
    ],
    [
      "a bare address",
      admin([{ action: "Deny", to: [{ networks: ["10.0.0.1"] }] }]),
      "anp_cidr at spec.egress[0].to[0].networks[0]",
    ],
    [
      "an IPv4 block in an IPv6 one",
      admin([{ action: "Deny", to: [{ networks: ["::ffff:10.0.0.0/104"] }] }]),
      "anp_cidr at spec.egress[0].to[0].networks[0]",
    ],
    [
      "a block twice",
      admin([{ action: "Deny", to: [{ networks: ["10.0.0.0/8", "10.0.0.0/8"] }] }]),
      "anp_listed_twice at spec.egress[0].to[0].networks[1]",
    ],
    [
      "26 blocks",
      admin([{ action: "Deny", to: [{ networks: Array.from({ length: 26 }, (_, i) => `10.${i}.0.0/16`) }] }]),
      "anp_count at spec.egress[0].to[0].networks",
    ],
    [
      "101 rules",
      admin(Array.from({ length: 101 }, () => ({ action: "Deny", to: partner }))),
      "anp_count at spec.egress",
    ],
    [
      "26 rules of the newer kind",
      cluster(Array.from({ length: 26 }, () => ({ action: "Deny", to: partner }))),
      "anp_count at spec.egress",
    ],
    ["a long name of a rule", allow({ name: "x".repeat(101) }), "anp_rule_name at spec.egress[0].name"],
    ["port 0", allow({ ports: [{ portNumber: { port: 0 } }] }), "anp_port at spec.egress[0].ports[0].portNumber.port"],
    [
      "a protocol without ports",
      allow({ ports: [{ portNumber: { protocol: "ICMP", port: 1 } }] }),
      "anp_protocol at spec.egress[0].ports[0].portNumber.protocol",
    ],
    ["an empty port", allow({ ports: [{}] }), "anp_port_count at spec.egress[0].ports[0]"],
    ["a port name for addresses", allow({ ports: [{ namedPort: "web" }] }), "anp_named_port_mixed at spec.egress[0]"],
    ["a baseline has one name", baseline([], "other"), "banp_name at metadata.name"],
    ["no tier", cluster([], { tier: null }), "object_field_missing at spec"],
    ["an unknown tier", cluster([], { tier: "admin" }), "cnp_tier at spec.tier"],
    ["no protocols in the list", accept({ protocols: [] }), "anp_count at spec.egress[0].protocols"],
    ["an empty protocol", accept({ protocols: [{ tcp: {} }] }), "anp_port_count at spec.egress[0].protocols[0].tcp"],
    [
      "a range of one port",
      accept({ protocols: [{ tcp: { destinationPort: { range: { start: 5, end: 5 } } } }] }),
      "cnp_port_range at spec.egress[0].protocols[0].tcp.destinationPort.range",
    ],
    [
      "a selector that means nothing",
      admin([{ action: "Deny", to: [{ nodes: { matchExpressions: [{ key: "a", operator: "Equals" }] } }] }]),
      "anp_selector at spec.egress[0].to[0].nodes.matchExpressions[0].operator",
    ],
  ])("%s", (_, value, code) => {
    const { codes, notApplied } = read(value);
    expect(codes).toContain(code);
    expect(notApplied).toBeTypeOf("string");
  });

  test("names cannot be denied", () => {
    const { codes, notApplied } = read(cluster([{ action: "Deny", to: [{ domainNames: ["example.com"] }] }]));
    expect(codes).toContain("anp_domain_action at spec.egress[0].to[0].domainNames");
    expect(notApplied).toBeTypeOf("string");
  });
});

test.each([
  ["allow", admin, "write `Allow`"],
  ["Accept", admin, "write `Allow`"],
  ["allow", cluster, "write `Accept`"],
])("the word meant by %s is proposed", (action, kind, fix) => {
  const { findings } = readPolicy(manifestForTest(kind([{ action, to: partner }])))!;
  expect(findings.find(({ code }) => code === "anp_action")?.fix).toBe(fix);
});

test("a namespace means nothing", () => {
  const value = { ...admin([{ action: "Deny", to: partner }]), metadata: { name: "guard", namespace: "shop" } };
  const { policy, findings } = readPolicy(manifestForTest(value))!;
  expect(codesForTest(findings)).toEqual(["object_namespace_ignored at metadata.namespace"]);
  expect([policy?.namespace, policy?.notApplied]).toEqual(["", undefined]);
});

test("where a policy stands, and whom it is for", () => {
  const subject = { pods: { namespaceSelector: { matchLabels: { team: "a" } }, podSelector: {} } };
  const { policy } = readPolicy(manifestForTest(admin([{ action: "Deny", to: partner }], { subject })))!;
  expect(policy).toMatchObject({
    namespace: "",
    place: { tier: "admin", tierOrder: 1000, order: 10 },
    subject: { namespaces: { requirements: [{ key: "team", operator: "In", values: ["a"] }] }, pods: undefined },
    otherwise: "pass",
  });
  expect(readPolicy(manifestForTest(cluster([], { tier: "Baseline" })))!.policy?.place).toEqual({
    tier: "baseline",
    tierOrder: 10_000_000,
    order: 10,
  });
});

test("whatever the value, reading ends with findings", () => {
  for (const kind of ["AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"]) {
    for (const value of [{ kind }, { kind, spec: 1 }, { kind, spec: { egress: [null, 1, { to: [null, 2] }] } }]) {
      expect(readPolicy(manifestForTest(value))!.findings.length).toBeGreaterThan(0);
    }
  }
});
