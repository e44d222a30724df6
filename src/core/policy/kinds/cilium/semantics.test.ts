import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cidr, containsIp, ipSetOf, ipSetOfAll, noAddresses, parseCidr } from "../../../net/ip-set.ts";
import { type IpAddress, parseIp } from "../../../net/ip.ts";
import { l4Point } from "../../../net/l4.ts";
import { analysePolicy } from "../../analyse-policy.ts";
import { compareSets } from "../../compare-sets.ts";
import { compare } from "../../compare.ts";
import { compile, type SymbolicDestination } from "../../compile.ts";
import { effectivePolicy, evaluateEffective } from "../../effective.ts";
import type { EgressPolicy } from "../../model.ts";
import { readPolicy } from "../../read-policy.ts";
import { selectsPod } from "../../subject.ts";
import { manifestForTest } from "../manifest-for-test.ts";

function ip(text: string): IpAddress {
  const parsed = parseIp(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

function block(text: string): Cidr {
  const parsed = parseCidr(text);
  if (!parsed.ok) throw new TypeError(parsed.error.message);
  return parsed.value;
}

function policyOf(kind: "CiliumNetworkPolicy" | "NetworkPolicy", name: string, spec: object): EgressPolicy {
  const apiVersion = kind === "NetworkPolicy" ? "networking.k8s.io/v1" : "cilium.io/v2";
  return readPolicy(manifestForTest({ apiVersion, kind, metadata: { name, namespace: "shop" }, spec }))!.policy!;
}

const cilium = (spec: object, name = "cilium"): EgressPolicy =>
  policyOf("CiliumNetworkPolicy", name, { endpointSelector: {}, ...spec });
const kubernetes = (egress: readonly object[]): EgressPolicy =>
  policyOf("NetworkPolicy", "kubernetes", { podSelector: {}, policyTypes: ["Egress"], egress });

const nodeAddress = "10.0.0.11";
const resolve = (to: SymbolicDestination): ReturnType<typeof ipSetOf> | undefined => {
  if (to.kind === "nodes") return ipSetOfAll([ip(nodeAddress)]);
  if (to.kind === "api-server") return ipSetOfAll([ip("10.0.0.11"), ip("203.0.113.9")]);
  if (to.kind === "name") return ipSetOfAll([ip("192.0.2.10"), ip(nodeAddress)]);
  return to.kind === "pods" ? noAddresses : undefined;
};

function verdict(policies: readonly EgressPolicy[], host: string, port = 443): string {
  const effective = effectivePolicy(policies, { resolve });
  const { kind, decidedBy } = evaluateEffective(effective, { address: ip(host), l4: l4Point("tcp", port) });
  return `${kind}: ${decidedBy.text}`;
}

describe("together with network policies of Kubernetes", () => {
  const open = kubernetes([{}]);
  const deny = { egressDeny: [{ toCIDR: ["192.0.2.0/24"] }] };
  test.each<[string, readonly EgressPolicy[], string, string]>([
    [
      "a deny wins over an allow of the same policy",
      [cilium({ egress: [{ toEntities: ["world"] }], ...deny })],
      "192.0.2.1",
      "deny: Deny 192.0.2.0/24",
    ],
    ["a deny wins over a NetworkPolicy's allow", [open, cilium(deny)], "192.0.2.1", "deny: Deny 192.0.2.0/24"],
    ["whichever stands first", [cilium(deny), open], "192.0.2.1", "deny: Deny 192.0.2.0/24"],
    ["what nobody denies any of them allows", [cilium(deny), open], "198.51.100.1", "allow: Allow everything"],
    ["a policy of denies isolates", [cilium(deny)], "198.51.100.1", "deny: no rule matches"],
    [
      "unless it says that it does not",
      [cilium({ ...deny, enableDefaultDeny: { egress: false } })],
      "198.51.100.1",
      "allow: no rule matches",
    ],
    [
      "and denies all the same",
      [cilium({ ...deny, enableDefaultDeny: { egress: false } })],
      "192.0.2.1",
      "deny: Deny 192.0.2.0/24",
    ],
    [
      "without a default deny an allow adds to a policy that isolates",
      [kubernetes([]), cilium({ egress: [{ toCIDR: ["198.51.100.0/24"] }], enableDefaultDeny: { egress: false } })],
      "198.51.100.1",
      "allow: Allow 198.51.100.0/24",
    ],
  ])("%s", (_, policies, host, expected) => expect(verdict(policies, host)).toBe(expected));
});

describe("nodes and the API server", () => {
  test.each<[string, object, string, string]>([
    ["no block matches a node", { toCIDR: ["0.0.0.0/0"] }, nodeAddress, "deny: no rule matches"],
    ["the world does not hold it", { toEntities: ["world"] }, nodeAddress, "deny: no rule matches"],
    ["no name leads to it", { toFQDNs: [{ matchName: "api.example.com" }] }, nodeAddress, "deny: no rule matches"],
    [
      "the same name leads outside",
      { toFQDNs: [{ matchName: "api.example.com" }] },
      "192.0.2.10",
      "allow: Allow api.example.com",
    ],
    ["an entity matches it", { toEntities: ["remote-node"] }, nodeAddress, "allow: Allow remote-node"],
    [
      "its labels match it",
      { toNodes: [{ matchLabels: { role: "infra" } }] },
      nodeAddress,
      "allow: Allow nodes role=infra",
    ],
    ["everything holds it", { toEntities: ["all"] }, nodeAddress, "allow: Allow all"],
    [
      "ports alone hold it",
      { toPorts: [{ ports: [{ port: "443" }] }] },
      nodeAddress,
      "allow: Allow everything tcp/443 udp/443 sctp/443",
    ],
    ["the API server may be outside", { toEntities: ["kube-apiserver"] }, "203.0.113.9", "allow: Allow kube-apiserver"],
    [
      "a group of blocks is not known",
      { toCIDRSet: [{ cidrGroupRef: "a" }] },
      "192.0.2.1",
      "unknown: Allow CIDR group a",
    ],
  ])("%s", (_, rule, host, expected) => expect(verdict([cilium({ egress: [rule] })], host)).toBe(expected));
});

describe("without knowing the nodes", () => {
  const world = { toEntities: ["world"] };
  const differences = (before: object[], after: object[]): readonly string[] =>
    compare(compile(cilium({ egress: before })), compile(cilium({ egress: after }))).map((difference) =>
      difference.to === "named" ? `${difference.change}: ${difference.destination}` : `${difference.change}: addresses`,
    );

  test("the world does not cover them, so taking them away is a difference", () => {
    expect(differences([world, { toEntities: ["remote-node"] }], [world])).toEqual(["newly denied: nodes everything"]);
  });

  test("everything less the world is the cluster", () => {
    expect(differences([{ toEntities: ["all"] }], [world])).toEqual(["newly denied: pods and nodes of the cluster"]);
    expect(differences([world], [{}])).toEqual(["newly denied: addresses"]);
  });

  test("no rule about the cluster is told to be hidden by one about the world", () => {
    const rules = [world, { toEntities: ["cluster"] }, { toPorts: [{ ports: [{ port: "443" }] }] }];
    expect(analysePolicy(cilium({ egress: rules })).map(({ code }) => code)).toEqual([]);
    expect(analysePolicy(cilium({ egress: [world, { toCIDR: ["192.0.2.0/24"] }] })).map(({ code }) => code)).toEqual([
      "rule_shadowed",
    ]);
  });

  test("a guardrail is not redundant because nothing else allows it here", () => {
    const guarded = cilium({
      egress: [{ toCIDR: ["192.0.2.0/24"] }],
      egressDeny: [{ toCIDR: ["169.254.169.254/32"] }],
    });
    expect(analysePolicy(guarded)).toEqual([]);
  });
});

/** Rules as small values, judged by hand beside the policies they are written as. */
interface SmallRule {
  readonly isDeny: boolean;
  readonly to: "10.0.0.0/24" | "10.0.0.0/28" | "192.0.2.0/24" | "world" | "all" | "remote-node" | "any";
  readonly port: 443 | 80 | undefined;
}
interface SmallPolicy {
  readonly isKubernetes: boolean;
  readonly isDefaultDeny: boolean;
  readonly rules: readonly SmallRule[];
}

const smallRule: fc.Arbitrary<SmallRule> = fc.record({
  isDeny: fc.boolean(),
  to: fc.constantFrom("10.0.0.0/24", "10.0.0.0/28", "192.0.2.0/24", "world", "all", "remote-node", "any"),
  port: fc.constantFrom(443, 80, undefined),
});
const smallPolicy: fc.Arbitrary<SmallPolicy> = fc.record({
  isKubernetes: fc.boolean(),
  isDefaultDeny: fc.boolean(),
  rules: fc.array(smallRule, { maxLength: 3 }),
});
const isBlock = ({ to }: SmallRule): boolean => to.includes("/");

function written({ isKubernetes, isDefaultDeny, rules }: SmallPolicy, index: number): EgressPolicy {
  if (isKubernetes) {
    const egress = rulesOf(rules, isKubernetes).map(({ to, port }) => ({
      to: [{ ipBlock: { cidr: to } }],
      ...(port === undefined ? {} : { ports: [{ port }] }),
    }));
    return kubernetes(egress);
  }
  const sections = { egress: [] as object[], egressDeny: [] as object[] };
  for (const { isDeny, to, port } of rules) {
    const ports = port === undefined ? {} : { toPorts: [{ ports: [{ port: String(port), protocol: "TCP" }] }] };
    const where = to.includes("/") ? { toCIDR: [to] } : to === "any" ? {} : { toEntities: [to] };
    sections[isDeny ? "egressDeny" : "egress"].push({ ...where, ...ports });
  }
  return cilium({ ...sections, enableDefaultDeny: { egress: isDefaultDeny } }, `cilium-${index}`);
}

/** A NetworkPolicy only allows, and only blocks are the same there. */
function rulesOf(rules: readonly SmallRule[], isKubernetes: boolean): readonly SmallRule[] {
  return isKubernetes ? rules.filter((rule) => isBlock(rule) && !rule.isDeny) : rules;
}

function expected(policies: readonly SmallPolicy[], host: string, port: number): "allow" | "deny" {
  const isNode = host === nodeAddress;
  let isAllowed = false;
  let isIsolated = false;
  for (const { isKubernetes, isDefaultDeny, rules } of policies) {
    isIsolated ||= isKubernetes || isDefaultDeny;
    for (const rule of rulesOf(rules, isKubernetes)) {
      if (rule.port !== undefined && rule.port !== port) continue;
      // A rule of Cilium's with neither destinations nor ports matches nothing.
      if (rule.to === "any" && rule.port === undefined) continue;
      const isMatch = isBlock(rule)
        ? containsIp(ipSetOf(block(rule.to)), ip(host)) && (isKubernetes || !isNode)
        : rule.to === "world"
          ? !isNode
          : rule.to !== "remote-node" || isNode;
      if (!isMatch) continue;
      if (rule.isDeny) return "deny";
      isAllowed = true;
    }
  }
  return isAllowed || !isIsolated ? "allow" : "deny";
}

test("any set of policies decides as its rules say one by one", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(
      fc.array(smallPolicy, { maxLength: 4 }),
      fc.constantFrom(nodeAddress, "10.0.0.12", "10.0.0.200", "192.0.2.1", "198.51.100.1"),
      fc.constantFrom(443, 80),
      (policies, host, port) => {
        const want = expected(policies, host, port);
        seen.add(want);
        expect(verdict(policies.map(written), host, port).split(":")[0]).toBe(want);
      },
    ),
    { numRuns: 2_000 },
  );
  expect(seen.size).toBe(2);
});

test.each<[string, object]>([
  ["a name that TLS must ask for", { toPorts: [{ ports: [{ port: "443", protocol: "TCP" }], serverNames: ["a.b"] }] }],
  ["a type of ICMP", { icmps: [{ fields: [{ type: 8 }] }] }],
  ["authentication", { authentication: { mode: "required" } }],
])("%s decides on the connection, and is not recorded: never an allow, never equal to none", (_, condition) => {
  const world = { toEntities: ["world"] };
  const limited = cilium({ egress: [{ ...world, ...condition }] });
  const l4 = "icmps" in condition ? l4Point("icmp", 0) : l4Point("tcp", 443);
  const judge = (policy: EgressPolicy): string =>
    evaluateEffective(effectivePolicy([policy], { resolve }), { address: ip("192.0.2.1"), l4 }).kind;
  expect(judge(limited)).toBe("unknown");
  expect(judge(cilium({ egress: [world] }))).toBe("allow");
  expect(compareSets([limited], [cilium({ egress: [{ ...world }] })])).not.toEqual([]);
});

describe("whose policy it is", () => {
  const of = (endpointSelector: object): EgressPolicy =>
    cilium({ endpointSelector, egress: [{ toEntities: ["world"] }] });
  const pod = { namespace: "shop", namespaceLabels: { team: "a" }, labels: { app: "web" } };
  test.each<[string, object, boolean | undefined]>([
    ["of a service account: not known", { matchLabels: { "io.cilium.k8s.policy.serviceaccount": "pay" } }, undefined],
    [
      "of other pods, whatever the service account",
      { matchLabels: { "k8s:io.cilium.k8s.policy.serviceaccount": "pay", app: "db" } },
      false,
    ],
    ["of namespaces with the label", { matchLabels: { "k8s:io.cilium.k8s.namespace.labels.team": "a" } }, true],
    ["of namespaces with another", { matchLabels: { "io.cilium.k8s.namespace.labels.team": "b" } }, false],
    ["of another namespace, which is replaced", { matchLabels: { "io.kubernetes.pod.namespace": "pay" } }, true],
    ["of nothing but nodes", { matchLabels: { "reserved:host": "" } }, false],
    ["of all but nodes", { matchExpressions: [{ key: "reserved:host", operator: "DoesNotExist" }] }, true],
  ])("%s", (_, endpointSelector, expected) => expect(selectsPod(of(endpointSelector), pod)).toBe(expected));

  test("another service account is another policy", () => {
    const account = (name: string): EgressPolicy =>
      of({ matchLabels: { "io.cilium.k8s.policy.serviceaccount": name } });
    expect(compareSets([account("a")], [account("a")])).toEqual([]);
    expect(compareSets([account("a")], [account("b")])).not.toEqual([]);
  });

  test("what is refused may stand as it was before, so that nothing is known of it", () => {
    const both = cilium({ nodeSelector: {}, egress: [{ toEntities: ["world"] }] });
    expect(verdict([both], "192.0.2.1")).toMatch(/^unknown: /);
  });
});
