import { expect, test } from "vitest";
import { codesForTest, manifestForTest } from "../manifest-for-test.ts";
import { readEgressNetworkPolicy } from "./read.ts";

function read(
  rule: unknown,
  namespace = "shop",
): { codes: readonly string[]; rules: readonly string[]; applied: boolean } {
  const { policy, findings } = readEgressNetworkPolicy(
    manifestForTest({
      apiVersion: "network.openshift.io/v1",
      kind: "EgressNetworkPolicy",
      metadata: { name: "any-name", namespace },
      spec: { egress: [rule] },
    }),
  );
  const codes = codesForTest(findings).filter((code) => !code.startsWith("enp_kind_removed"));
  return { codes, rules: policy!.rules.map(({ text }) => text), applied: policy!.notApplied === undefined };
}

const allow = (to: unknown): unknown => ({ type: "Allow", to });

test.each<[string, unknown, string[], string[], boolean]>([
  ["a block", allow({ cidrSelector: "203.0.113.0/24" }), [], ["Allow 203.0.113.0/24"], true],
  [
    "a name",
    { type: "Deny", to: { dnsName: "example.com" } },
    ["enp_dns_name_deny at spec.egress[0].to.dnsName"],
    ["Deny example.com"],
    true,
  ],
  [
    "an address is no name",
    allow({ dnsName: "192.0.2.7" }),
    ["enp_dns_name_address at spec.egress[0].to.dnsName"],
    ["Allow 192.0.2.7"],
    true,
  ],
  [
    "0.0.0.0/32 means everything",
    { type: "Deny", to: { cidrSelector: "0.0.0.0/32" } },
    ["enp_cidr_zero_host at spec.egress[0].to.cidrSelector"],
    ["Deny 0.0.0.0/0"],
    true,
  ],
  [
    "host bits are masked",
    allow({ cidrSelector: "10.1.2.3/8" }),
    ["enp_cidr_host_bits at spec.egress[0].to.cidrSelector"],
    ["Allow 10.0.0.0/8"],
    true,
  ],
  ["one leading zero passes the pattern", allow({ cidrSelector: "10.01.02.00/24" }), [], ["Allow 10.1.2.0/24"], true],
  [
    "ports are dropped and the rule is wider",
    { ...(allow({ cidrSelector: "10.0.0.0/8" }) as object), ports: [{ protocol: "TCP", port: 1 }] },
    ["enp_ports_dropped at spec.egress[0].ports"],
    ["Allow 10.0.0.0/8"],
    true,
  ],
  [
    "a node selector is dropped and nothing is left",
    allow({ nodeSelector: {} }),
    ["enp_node_selector_dropped at spec.egress[0].to.nodeSelector", "enp_destination_none at spec.egress[0].to"],
    ["Allow nothing"],
    true,
  ],
  [
    "two destinations: the block counts",
    allow({ cidrSelector: "10.0.0.0/8", dnsName: "example.com" }),
    ["enp_destination_both at spec.egress[0].to"],
    ["Allow 10.0.0.0/8"],
    true,
  ],
  [
    "Allowed is a Deny",
    { type: "Allowed", to: { cidrSelector: "10.0.0.0/8" } },
    ["enp_unanchored_type at spec.egress[0].type"],
    ["Deny 10.0.0.0/8"],
    true,
  ],
  ["IPv6", allow({ cidrSelector: "::/0" }), ["enp_cidr at spec.egress[0].to.cidrSelector"], [], false],
  ["a bare address", allow({ cidrSelector: "10.0.0.1" }), ["enp_cidr at spec.egress[0].to.cidrSelector"], [], false],
  ["an empty block", allow({ cidrSelector: "" }), ["enp_cidr at spec.egress[0].to.cidrSelector"], [], false],
  ["a wildcard", allow({ dnsName: "*.example.com" }), ["enp_dns_name_syntax at spec.egress[0].to.dnsName"], [], false],
  [
    "another type",
    { type: "Permit", to: { cidrSelector: "10.0.0.0/8" } },
    ["enp_type at spec.egress[0].type"],
    [],
    false,
  ],
  ["no type", { to: { cidrSelector: "10.0.0.0/8" } }, ["object_field_missing at spec.egress[0]"], [], false],
])("%s", (_, rule, codes, rules, applied) => expect(read(rule)).toEqual({ codes, rules, applied }));

test("the namespace `default` is ignored", () => {
  const { codes, applied } = read(allow({ cidrSelector: "10.0.0.0/8" }), "default");
  expect({ codes, applied }).toEqual({ codes: ["enp_global_namespace at metadata.namespace"], applied: false });
});
