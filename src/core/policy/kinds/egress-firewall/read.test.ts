import { describe, expect, test } from "vitest";
import type { ReadOptions } from "../header.ts";
import { codesForTest, manifestForTest } from "../manifest-for-test.ts";
import { readEgressFirewall } from "./read.ts";

function firewall(egress: unknown, metadata: unknown = { name: "default", namespace: "shop" }): unknown {
  return { apiVersion: "k8s.ovn.org/v1", kind: "EgressFirewall", metadata, spec: { egress } };
}

function read(
  value: unknown,
  options?: ReadOptions,
): { codes: readonly string[]; rules: readonly string[]; notApplied: string | undefined } {
  const { policy, findings } = readEgressFirewall(manifestForTest(value), options);
  return {
    codes: codesForTest(findings),
    rules: policy?.rules.map(({ text }) => text) ?? [],
    notApplied: policy?.notApplied,
  };
}

const allow = (to: unknown, ports?: unknown): unknown => ({
  type: "Allow",
  to,
  ...(ports === undefined ? {} : { ports }),
});

describe("rules that a cluster applies as written", () => {
  test.each([
    [allow({ cidrSelector: "203.0.113.0/24" }), "Allow 203.0.113.0/24"],
    [{ type: "Deny", to: { cidrSelector: "::/0" } }, "Deny ::/0"],
    [
      allow({ cidrSelector: "0.0.0.0/0" }, [
        { protocol: "UDP", port: 1 },
        { protocol: "TCP", port: 65535 },
      ]),
      "Allow 0.0.0.0/0 tcp/65535 udp/1",
    ],
    [allow({ dnsName: "api.example.com" }, [{ protocol: "SCTP", port: 443 }]), "Allow api.example.com sctp/443"],
    [
      allow({ nodeSelector: { matchLabels: { "node-role.kubernetes.io/control-plane": "" } } }),
      "Allow nodes node-role.kubernetes.io/control-plane=",
    ],
    [
      allow({ nodeSelector: { matchExpressions: [{ key: "zone", operator: "NotIn", values: ["b", "a", "a"] }] } }),
      "Allow nodes zone notin (a,b)",
    ],
    // `null` is pruned
    [allow({ cidrSelector: "10.0.0.0/8", dnsName: null }), "Allow 10.0.0.0/8"],
  ])("%j → %s", (rule, text) => {
    expect(read(firewall([rule]))).toEqual({ codes: [], rules: [text], notApplied: undefined });
  });

  test("an empty list restricts nothing", () => {
    expect(read(firewall([]))).toEqual({ codes: [], rules: [], notApplied: undefined });
  });
});

describe("rules that are stored and work otherwise than they look", () => {
  test.each<[string, unknown, string, string]>([
    [
      "Allowed is a Deny",
      { type: "Allowed", to: { cidrSelector: "10.0.0.0/8" } },
      "ef_unanchored_type at spec.egress[0].type",
      "Deny 10.0.0.0/8",
    ],
    [
      "xDeny is a Deny",
      { type: "xDeny", to: { cidrSelector: "10.0.0.0/8" } },
      "ef_unanchored_type at spec.egress[0].type",
      "Deny 10.0.0.0/8",
    ],
    [
      "TCPx is skipped",
      allow({ cidrSelector: "10.0.0.0/8" }, [
        { protocol: "TCPx", port: 1 },
        { protocol: "UDP", port: 2 },
      ]),
      "ef_unanchored_protocol at spec.egress[0].ports[0].protocol",
      "Allow 10.0.0.0/8 udp/2",
    ],
    [
      "an empty port list is every protocol",
      allow({ cidrSelector: "10.0.0.0/8" }, []),
      "ef_ports_empty at spec.egress[0].ports",
      "Allow 10.0.0.0/8",
    ],
    [
      "host bits are masked",
      allow({ cidrSelector: "1.2.3.4/23" }),
      "ef_cidr_host_bits at spec.egress[0].to.cidrSelector",
      "Allow 1.2.2.0/23",
    ],
    [
      "a misspelt `ports` makes the rule wide",
      { ...(allow({ cidrSelector: "10.0.0.0/8" }) as object), port: [{ protocol: "TCP", port: 1 }] },
      "object_field_unknown at spec.egress[0].port",
      "Allow 10.0.0.0/8",
    ],
    [
      "labels without matchLabels select all nodes",
      allow({ nodeSelector: { matchExpressions: [] } }),
      "ef_node_selector_every at spec.egress[0].to.nodeSelector",
      "Allow every node",
    ],
    [
      "an empty block is skipped",
      allow({ cidrSelector: "" }),
      "ef_rule_without_effect at spec.egress[0].to.cidrSelector",
      "Allow nothing",
    ],
    [
      "a zero before the prefix length is Go alone",
      allow({ cidrSelector: "10.0.0.0/08" }),
      "ef_cidr_not_for_ovn at spec.egress[0].to.cidrSelector",
      "Allow `10.0.0.0/08`",
    ],
    [
      "a v4-mapped block is Go alone",
      allow({ cidrSelector: "::ffff:10.0.0.0/104" }),
      "ef_cidr_not_for_ovn at spec.egress[0].to.cidrSelector",
      "Allow `::ffff:10.0.0.0/104`",
    ],
    [
      "a deny by name is unsafe",
      { type: "Deny", to: { dnsName: "example.com" } },
      "ef_dns_name_deny at spec.egress[0].to.dnsName",
      "Deny example.com",
    ],
    [
      "case and dot are only form",
      allow({ dnsName: "API.example.com." }),
      "ef_dns_name_form at spec.egress[0].to.dnsName",
      "Allow api.example.com",
    ],
    [
      "an address is no name",
      allow({ dnsName: "192.0.2.7" }),
      "ef_dns_name_address at spec.egress[0].to.dnsName",
      "Allow 192.0.2.7",
    ],
    [
      "one label works until the gate",
      allow({ dnsName: "intranet" }),
      "ef_dns_name_fragile at spec.egress[0].to.dnsName",
      "Allow intranet",
    ],
  ])("%s", (_, rule, code, text) => {
    expect(read(firewall([rule]))).toEqual({ codes: [code], rules: [text], notApplied: undefined });
  });

  test("a rule without a valid port matches nothing, not everything", () => {
    const { codes, rules } = read(firewall([allow({ cidrSelector: "10.0.0.0/8" }, [{ protocol: "xUDPx", port: 1 }])]));
    expect(rules).toEqual(["Allow 10.0.0.0/8 none"]);
    expect(codes).toContain("ef_rule_without_effect at spec.egress[0].ports");
  });
});

describe("objects that the API server refuses", () => {
  const to = { cidrSelector: "10.0.0.0/8" };
  test.each<[string, unknown, string]>([
    [
      "no spec",
      { apiVersion: "k8s.ovn.org/v1", kind: "EgressFirewall", metadata: { name: "default", namespace: "shop" } },
      "object_field_missing at the object",
    ],
    ["no egress", { ...(firewall([]) as object), spec: {} }, "object_field_missing at spec"],
    ["another name", firewall([], { name: "egress", namespace: "shop" }), "ef_name at metadata.name"],
    ["no name", firewall([], { namespace: "shop" }), "ef_name at metadata"],
    ["egress is an object", firewall({}), "object_shape at spec.egress"],
    ["a rule is text", firewall(["Allow"]), "object_shape at spec.egress[0]"],
    ["a rule is null", firewall([null]), "object_shape at spec.egress[0]"],
    ["lower-case type", firewall([{ type: "allow", to }]), "ef_type at spec.egress[0].type"],
    ["no type", firewall([{ to }]), "object_field_missing at spec.egress[0]"],
    ["no destination", firewall([{ type: "Deny", to: {} }]), "ef_destination_count at spec.egress[0].to"],
    [
      "two destinations",
      firewall([allow({ ...to, dnsName: "example.com" })]),
      "ef_destination_count at spec.egress[0].to",
    ],
    [
      "lower-case protocol",
      firewall([allow(to, [{ protocol: "tcp", port: 1 }])]),
      "ef_protocol at spec.egress[0].ports[0].protocol",
    ],
    ["port 0", firewall([allow(to, [{ protocol: "TCP", port: 0 }])]), "ef_port_range at spec.egress[0].ports[0].port"],
    [
      "port 65536",
      firewall([allow(to, [{ protocol: "TCP", port: 65536 }])]),
      "ef_port_range at spec.egress[0].ports[0].port",
    ],
    [
      "a port in quotes",
      firewall([allow(to, [{ protocol: "TCP", port: "443" }])]),
      "object_shape at spec.egress[0].ports[0].port",
    ],
    ["no port", firewall([allow(to, [{ protocol: "TCP" }])]), "object_field_missing at spec.egress[0].ports[0]"],
    [
      "an underscore in a name",
      firewall([allow({ dnsName: "_dmarc.example.com" })]),
      "ef_dns_name_syntax at spec.egress[0].to.dnsName",
    ],
    ["a star alone", firewall([allow({ dnsName: "*" })]), "ef_dns_name_syntax at spec.egress[0].to.dnsName"],
    [
      "a star inside",
      firewall([allow({ dnsName: "a.*.example.com" })]),
      "ef_dns_name_syntax at spec.egress[0].to.dnsName",
    ],
    [
      "another API version",
      { ...(firewall([]) as object), apiVersion: "k8s.ovn.org/v1beta1" },
      "object_api_version at apiVersion",
    ],
  ])("%s", (_, value, code) => {
    const { codes, notApplied } = read(value);
    expect(codes).toContain(code);
    expect(notApplied).toMatch(/^the API server refuses it: /);
  });
});

describe("objects that are stored and not applied", () => {
  test.each<[string, unknown, string]>([
    ["a bare address", allow({ cidrSelector: "192.0.2.1" }), "ef_cidr_bare_address at spec.egress[0].to.cidrSelector"],
    ["no address", allow({ cidrSelector: "example.com" }), "ef_cidr_syntax at spec.egress[0].to.cidrSelector"],
    ["a prefix too long", allow({ cidrSelector: "192.0.2.0/33" }), "ef_cidr_syntax at spec.egress[0].to.cidrSelector"],
    ["a space", allow({ cidrSelector: " 10.0.0.0/8" }), "ef_cidr_syntax at spec.egress[0].to.cidrSelector"],
    ["a wildcard", allow({ dnsName: "*.example.com" }), "ef_dns_name_wildcard at spec.egress[0].to.dnsName"],
    [
      "a selector operator",
      allow({ nodeSelector: { matchExpressions: [{ key: "a", operator: "Has" }] } }),
      "ef_node_selector at spec.egress[0].to.nodeSelector.matchExpressions[0].operator",
    ],
    [
      "In without values",
      allow({ nodeSelector: { matchExpressions: [{ key: "a", operator: "In", values: [] }] } }),
      "ef_node_selector at spec.egress[0].to.nodeSelector.matchExpressions[0]",
    ],
  ])("%s", (_, rule, code) => {
    const { codes, notApplied } = read(firewall([allow({ cidrSelector: "10.0.0.0/8" }), rule].toReversed()));
    expect(codes).toEqual([code]);
    expect(notApplied).toMatch(/^the controller does not apply it: /);
  });

  test.each([
    ["*.example.com", []],
    ["api.example.com", []],
    ["intranet", ["ef_dns_name_labels"]],
    ["*.com", ["ef_dns_name_labels"]],
    ["-a.example.com", ["ef_dns_name_labels"]],
  ])("with the feature gate %s gives %j", (dnsName, codes) => {
    const found = read(firewall([allow({ dnsName })]), { dnsNameResolver: true }).codes;
    expect(found).toEqual(codes.map((code) => `${code} at spec.egress[0].to.dnsName`));
  });

  test.each([
    [8000, []],
    [8001, ["ef_rules_many at spec.egress"]],
    [8002, ["ef_rules_too_many at spec.egress"]],
  ])("%i rules", (count, codes) => {
    const rules = Array.from({ length: count }, () => allow({ cidrSelector: "10.0.0.0/8" }));
    const found = read(firewall(rules));
    expect(found.codes).toEqual(codes);
    expect(found.notApplied === undefined).toBe(count < 8002);
  });
});

test("an unknown field says which one may be meant", () => {
  const rule = { type: "Allow", to: { cidrSelecter: "10.0.0.0/8" } };
  const { findings } = readEgressFirewall(manifestForTest(firewall([rule])));
  expect(findings.map(({ code, fix }) => [code, fix])).toEqual([
    ["object_field_unknown", "write `cidrSelector`; known here: cidrSelector, dnsName, nodeSelector"],
    [
      "ef_destination_count",
      "set exactly one of `cidrSelector`, `dnsName`, `nodeSelector`; split the rule for several",
    ],
  ]);
});

test("terminal escapes in a manifest do not reach a message", () => {
  const rule = { type: "Allow\u001b[2J\n", to: { cidrSelector: "10.0.0.0/8" } };
  const { findings } = readEgressFirewall(manifestForTest(firewall([rule])));
  expect(findings[0]!.message).toBe("`Allow\\u001b[2J\\u000a` is stored, and works as `Deny`");
});

test("a namespace can be given for objects that do not say theirs", () => {
  expect(read(firewall([], { name: "default" })).codes).toEqual(["object_namespace_missing at metadata"]);
  expect(read(firewall([], { name: "default" }), { namespace: "shop" }).codes).toEqual([]);
  expect(read(firewall([], { name: "default", namespace: "n".repeat(59) })).codes).toEqual([
    "object_namespace_long at metadata.namespace",
  ]);
});
