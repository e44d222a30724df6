import { describe, expect, test } from "vitest";
import { type Cidr, parseCidr } from "../net/ip-set.ts";
import { type IpAddress, parseIp } from "../net/ip.ts";
import { inspectSet, type KnownCluster } from "./inspect-set.ts";
import { manifestForTest } from "./kinds/manifest-for-test.ts";
import type { EgressPolicy } from "./model.ts";
import { readPolicy } from "./read-policy.ts";

/** `allow 10.0.0.0/8 tcp/443`, `deny nodes`, `allow api.example.com`; tests only. */
function firewall(...rules: readonly string[]): EgressPolicy {
  return policy("EgressFirewall", "default", rules);
}

function policy(kind: "EgressFirewall" | "EgressNetworkPolicy", name: string, rules: readonly string[]): EgressPolicy {
  const egress = rules.map((text) => {
    const [action, to, port] = text.split(" ");
    const destination =
      to === "nodes"
        ? { nodeSelector: { matchLabels: { role: "master" } } }
        : to!.includes("/")
          ? { cidrSelector: to }
          : { dnsName: to };
    const [protocol, number] = port?.split("/") ?? [];
    const ports = protocol === undefined ? {} : { ports: [{ protocol: protocol.toUpperCase(), port: Number(number) }] };
    return { type: action === "allow" ? "Allow" : "Deny", to: destination, ...ports };
  });
  const apiVersion = kind === "EgressFirewall" ? "k8s.ovn.org/v1" : "network.openshift.io/v1";
  const read = readPolicy(
    manifestForTest({ apiVersion, kind, metadata: { name, namespace: "shop" }, spec: { egress } }),
  );
  return read!.policy!;
}

const cidr = (text: string): Cidr => {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};
const ip = (text: string): IpAddress => {
  const parsed = parseIp(text);
  if (!parsed.ok) throw new Error(parsed.error.message);
  return parsed.value;
};
const nothingKnown: KnownCluster = { clusterNetworks: [], serviceNetworks: [], nodes: [], apiServer: [] };
const known: KnownCluster = {
  clusterNetworks: [cidr("10.128.0.0/14"), cidr("fd01::/48")],
  serviceNetworks: [cidr("172.30.0.0/16")],
  nodes: [{ addresses: [ip("192.168.1.10")], labels: { role: "master" } }],
  apiServer: [{ address: ip("192.168.1.10"), port: 6443 }],
};

function codes(policies: readonly EgressPolicy[], cluster = nothingKnown): readonly string[] {
  return inspectSet(policies, cluster).map(
    ({ code, severity, at }) => `${severity} ${code}${at.path === "" ? "" : ` at ${at.path}`}`,
  );
}

describe("what is left open", () => {
  test.each<[string[], string[]]>([
    [["allow 10.0.0.0/8", "deny 0.0.0.0/0", "deny ::/0"], []],
    [["allow 10.0.0.0/8", "deny 0.0.0.0/1", "deny 128.0.0.0/1", "deny ::/0"], []],
    [["allow 10.0.0.0/8", "deny 0.0.0.0/0"], ["warning ipv6_left_open"]],
    [["allow 10.0.0.0/8", "deny ::/0"], ["warning ipv4_left_open"]],
    [["allow 10.0.0.0/8"], ["note deny_all_missing"]],
    [["allow 10.0.0.0/8", "deny 0.0.0.0/0 tcp/443"], ["note deny_all_missing"]],
    // IPv6 is left open on purpose
    [["allow 10.0.0.0/8", "deny 0.0.0.0/0", "allow ::/0"], []],
    [[], ["note deny_all_missing"]],
  ])("%j → %j", (rules, expected) => expect(codes([firewall(...rules)])).toEqual(expected));

  test("on a cluster with IPv4 alone it is only a note", () => {
    const cluster = { ...nothingKnown, clusterNetworks: [cidr("10.128.0.0/14")] };
    expect(codes([firewall("allow 10.0.0.0/8", "deny 0.0.0.0/0")], cluster)).toEqual(["note ipv6_left_open"]);
  });

  test("the legacy kind knows no IPv6", () => {
    expect(codes([policy("EgressNetworkPolicy", "a", ["deny 0.0.0.0/0"])])).toEqual([]);
    expect(codes([policy("EgressNetworkPolicy", "a", ["deny 10.0.0.0/8"])])).toEqual(["note deny_all_missing"]);
  });
});

describe("the API server", () => {
  const rest = ["deny 0.0.0.0/0", "deny ::/0"];
  test.each<[string[], string[]]>([
    [["allow nodes tcp/6443"], []],
    [["allow nodes"], []],
    [["allow 203.0.113.7/32 tcp/6443"], []],
    [["allow 192.168.1.0/24"], []],
    [["allow 203.0.113.7/32"], ["warning api_server_cut_off at spec.egress[1]"]],
    [["allow api.example.com tcp/6443"], ["warning api_server_cut_off at spec.egress[1]"]],
    [["allow 192.168.1.0/24 tcp/443"], ["warning api_server_cut_off at spec.egress[1]"]],
  ])("nothing known: %j → %j", (rules, expected) => expect(codes([firewall(...rules, ...rest)])).toEqual(expected));

  test.each<[string[], string[]]>([
    [["allow nodes tcp/6443"], []],
    [["allow 192.168.1.10/32 tcp/6443"], []],
    [["allow 192.168.1.11/32 tcp/6443"], ["warning api_server_cut_off at spec.egress[1]"]],
    [["deny 192.168.0.0/16"], ["warning api_server_cut_off at spec.egress[0]"]],
  ])("its endpoints known: %j → %j", (rules, expected) => {
    expect(codes([firewall(...rules, ...rest)], known)).toEqual(expected);
  });

  test("a node selector may stand for the API server where no node is known", () => {
    expect(codes([firewall("allow nodes tcp/6443", ...rest)], { ...known, nodes: [] })).toEqual([]);
    expect(codes([firewall("allow nodes tcp/443", ...rest)], { ...known, nodes: [] })).toHaveLength(1);
  });

  test("a deny of the other family before the allow cuts nothing off", () => {
    expect(codes([firewall("deny ::/0", "allow nodes tcp/6443", "deny 0.0.0.0/0")])).toEqual([]);
    expect(codes([firewall("deny ::/0", "deny 0.0.0.0/0")])).toEqual(["warning api_server_cut_off at spec.egress[1]"]);
  });

  test("endpoints in the pod network are not subject to the firewall", () => {
    const cluster = { ...known, apiServer: [{ address: ip("10.128.0.5"), port: 6443 }] };
    expect(codes([firewall(...rest)], cluster)).toEqual([]);
  });
});

describe("rules without effect on this cluster", () => {
  const rest = ["allow nodes", "deny 0.0.0.0/0", "deny ::/0"];
  test.each<[string, string[]]>([
    ["allow 10.128.3.0/24", ["warning inside_cluster_network at spec.egress[0]"]],
    ["allow 172.30.0.1/32 tcp/443", ["warning inside_cluster_network at spec.egress[0]"]],
    ["allow fd01::/64", ["warning inside_cluster_network at spec.egress[0]"]],
    ["allow 10.0.0.0/8", []],
    [
      "deny nodes",
      ["warning ef_node_selector_no_match at spec.egress[0]", "warning ef_node_selector_no_match at spec.egress[1]"],
    ],
  ])("%s → %j", (rule, expected) => {
    const cluster = rule.includes("nodes")
      ? { ...known, apiServer: [], nodes: [{ addresses: [], labels: { role: "worker" } }] }
      : known;
    expect(codes([firewall(rule, ...rest)], cluster)).toEqual(expected);
  });
});

describe("several objects", () => {
  const closed = ["allow nodes", "deny 0.0.0.0/0", "deny ::/0"];
  test("one object twice", () => {
    expect(codes([firewall(...closed), firewall(...closed)])).toEqual(["error object_twice"]);
  });
  test("two legacy policies in one namespace", () => {
    const a = policy("EgressNetworkPolicy", "a", ["deny 0.0.0.0/0"]);
    expect(codes([a, policy("EgressNetworkPolicy", "b", ["deny 0.0.0.0/0"])])).toEqual(["error enp_two_in_namespace"]);
    expect(codes([a, { ...a, namespace: "other" }])).toEqual([]);
  });
});
