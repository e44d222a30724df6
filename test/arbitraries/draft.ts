/** Random drafts of every kind: everything a printer may be asked to write, and nothing its kind cannot say. */
import * as fc from "fast-check";
import { type Cidr, cidrAround, formatCidr } from "../../src/core/net/ip-set.ts";
import { familyBits } from "../../src/core/net/ip.ts";
import { namePattern } from "../../src/core/net/name-pattern.ts";
import type {
  ClusterPolicyDraft,
  ClusterPolicyDraftPeer,
  ClusterPolicyDraftRule,
  DraftPortRange,
  EgressFirewallDraft,
  EgressNetworkPolicyDraft,
  NetworkPolicyDraft,
  NetworkPolicyDraftPeer,
  NetworkPolicyDraftPort,
} from "../../src/core/policy/draft.ts";
import { labelSelector } from "../../src/core/policy/label-selector.ts";
import type { LabelSelector, RuleAction } from "../../src/core/policy/model.ts";
import { arbitraryCidr } from "./address.ts";
import { arbitraryPort, arbitraryPortProtocol } from "./l4.ts";

const action = fc.constantFrom("allow", "deny");
/** Comments hold what flows and dumps hold: anything. */
const comment = fc.array(
  fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("", "a: b", "# x", "a\nb: c", "\u202e")),
  {
    maxLength: 2,
  },
);
const labelText = fc.constantFrom("", "a", "on", "null", "1", "0443", "1.5", "true", "x_y", "a-b.c", "2024-01-01");
const labelKey = fc.constantFrom("zone", "on", "app.kubernetes.io/name", "node-role.kubernetes.io/control-plane", "1");
const cidr = arbitraryCidr();
const exactName = fc
  .constantFrom("example.com", "api.example.com", "a-b.example.org", "1.example.net", "on.example")
  .map((name) => ({ kind: "name", pattern: namePattern(name, "one-label") }) as const);
const wildcard = fc
  .constantFrom("*.example.com", "*.example.org")
  .map((name) => ({ kind: "name", pattern: namePattern(name, "one-label") }) as const);

export function arbitraryLabelSelector(): fc.Arbitrary<LabelSelector> {
  const requirement = fc.oneof(
    fc.record({
      key: labelKey,
      operator: fc.constant("In" as const),
      values: fc.array(labelText, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      key: labelKey,
      operator: fc.constant("NotIn" as const),
      values: fc.array(labelText, { minLength: 1, maxLength: 3 }),
    }),
    fc.record({
      key: labelKey,
      operator: fc.constantFrom("Exists" as const, "DoesNotExist" as const),
      values: fc.constant([]),
    }),
  );
  return fc.array(requirement, { maxLength: 3 }).map(labelSelector);
}

const metadata = {
  namespace: fc.constantFrom("shop", "on", "123", "a-b"),
  labels: fc.dictionary(labelKey, labelText, { maxKeys: 2, noNullPrototype: true }),
  annotations: fc.dictionary(labelKey, fc.string({ unit: "binary" }), { maxKeys: 2, noNullPrototype: true }),
  comment,
};

export function arbitraryEgressFirewallDraft(): fc.Arbitrary<EgressFirewallDraft> {
  const to = fc.oneof(
    cidr.map((block) => ({ kind: "cidr", cidr: block }) as const),
    exactName,
    wildcard,
    arbitraryLabelSelector().map((selector) => ({ kind: "nodes", selector }) as const),
  );
  const ports = fc.array(fc.record({ protocol: arbitraryPortProtocol(), port: arbitraryPort() }), { maxLength: 3 });
  const rules = fc.array(fc.record({ action, to, ports, comment }), { maxLength: 6 });
  return fc.record({ kind: fc.constant("EgressFirewall"), name: fc.constant("default"), ...metadata, rules });
}

export function arbitraryEgressNetworkPolicyDraft(): fc.Arbitrary<EgressNetworkPolicyDraft> {
  const to = fc.oneof(
    arbitraryCidr(4)
      .filter(({ first, prefixLength }) => first !== 0n || prefixLength !== 32)
      .map((block) => ({ kind: "cidr", cidr: block }) as const),
    exactName,
  );
  const rules = fc.array(fc.record({ action, to, comment }), { maxLength: 6 });
  return fc.record({ kind: fc.constant("EgressNetworkPolicy"), name: fc.constant("default"), ...metadata, rules });
}

/** A block strictly inside another. */
export function arbitraryCidrInside(outer: Cidr): fc.Arbitrary<Cidr> {
  const bits = familyBits[outer.family];
  const offset = fc.bigInt(0n, (1n << BigInt(bits - outer.prefixLength)) - 1n);
  return fc
    .tuple(offset, fc.integer({ min: outer.prefixLength + 1, max: bits }))
    .map(([by, length]) => cidrAround({ family: outer.family, value: outer.first + by }, length));
}

export function arbitraryNetworkPolicyDraft(): fc.Arbitrary<NetworkPolicyDraft> {
  const block = cidr.chain((outer) =>
    (outer.prefixLength === familyBits[outer.family]
      ? fc.constant<Cidr[]>([])
      : fc.array(arbitraryCidrInside(outer), { maxLength: 2 })
    ).map((except): NetworkPolicyDraftPeer => ({ kind: "cidr", cidr: outer, except })),
  );
  const selector = arbitraryLabelSelector();
  const pods = fc.oneof(
    selector.map((chosen): NetworkPolicyDraftPeer => ({ kind: "pods", pods: chosen })),
    selector.map((chosen): NetworkPolicyDraftPeer => ({ kind: "pods", namespaces: chosen })),
    fc.tuple(selector, selector).map(([a, b]): NetworkPolicyDraftPeer => ({ kind: "pods", namespaces: a, pods: b })),
  );
  const port = fc.oneof(
    arbitraryPortProtocol().map((protocol): NetworkPolicyDraftPort => ({ protocol })),
    fc.record({ protocol: arbitraryPortProtocol(), port: arbitraryPort() }),
    fc
      .tuple(arbitraryPortProtocol(), arbitraryPort(), arbitraryPort())
      .map(([protocol, a, b]): NetworkPolicyDraftPort => ({ protocol, port: Math.min(a, b), endPort: Math.max(a, b) })),
  );
  const rule = fc.record({
    to: fc.array(fc.oneof(block, pods), { maxLength: 3 }),
    ports: fc.array(port, { maxLength: 3 }),
    comment,
  });
  return fc.record({
    kind: fc.constant("NetworkPolicy"),
    name: fc.constantFrom("default", "egress", "on"),
    ...metadata,
    podSelector: selector,
    rules: fc.array(rule, { maxLength: 4 }),
  });
}

/** Kinds that Kubernetes and OpenShift have for a namespace; the others have arbitraries of their own. */
export type NamespaceDraft = EgressFirewallDraft | EgressNetworkPolicyDraft | NetworkPolicyDraft;

export function arbitraryDraft(): fc.Arbitrary<NamespaceDraft> {
  return fc.oneof(arbitraryEgressFirewallDraft(), arbitraryEgressNetworkPolicyDraft(), arbitraryNetworkPolicyDraft());
}

const portRange = fc.oneof(
  fc.record({ protocol: arbitraryPortProtocol(), port: arbitraryPort() }),
  fc
    .tuple(arbitraryPortProtocol(), arbitraryPort(), arbitraryPort())
    .filter(([, a, b]) => a !== b)
    .map(([protocol, a, b]): DraftPortRange => ({ protocol, port: Math.min(a, b), endPort: Math.max(a, b) })),
);

/** AdminNetworkPolicy, BaselineAdminNetworkPolicy and ClusterNetworkPolicy. */
export function arbitraryClusterPolicyDraft(): fc.Arbitrary<ClusterPolicyDraft> {
  const selector = arbitraryLabelSelector();
  const peer = fc.oneof(
    fc
      .uniqueArray(cidr, { minLength: 1, maxLength: 3, selector: formatCidr })
      .map((cidrs): ClusterPolicyDraftPeer => ({ kind: "networks", cidrs })),
    selector.map((chosen): ClusterPolicyDraftPeer => ({ kind: "nodes", selector: chosen })),
    selector.map((chosen): ClusterPolicyDraftPeer => ({ kind: "pods", namespaces: chosen })),
    fc.tuple(selector, selector).map(([a, b]): ClusterPolicyDraftPeer => ({ kind: "pods", namespaces: a, pods: b })),
  );
  const rulesOf = <A extends RuleAction>(...actions: readonly A[]): fc.Arbitrary<ClusterPolicyDraftRule[]> =>
    fc.array(
      fc.record(
        {
          name: fc.constantFrom("guard", "on", "1", "a: b"),
          action: fc.constantFrom(...actions),
          to: fc.array(peer, { minLength: 1, maxLength: 3 }),
          ports: fc.array(portRange, { maxLength: 3 }),
          comment,
        },
        { requiredKeys: ["action", "to", "ports", "comment"] },
      ),
      { minLength: 1, maxLength: 5 },
    );
  const subject = fc.record({
    namespaces: fc.oneof(fc.constant(undefined), selector),
    pods: fc.oneof(fc.constant(undefined), selector),
  });
  const common = { ...metadata, namespace: fc.constant("" as const), subject };
  const name = fc.constantFrom("default", "egress", "on");
  const priority = fc.integer({ min: 0, max: 99 });
  return fc.oneof(
    fc.record({
      kind: fc.constant("AdminNetworkPolicy" as const),
      ...common,
      name,
      priority,
      rules: rulesOf("allow", "deny", "pass"),
    }),
    fc.record({
      kind: fc.constant("BaselineAdminNetworkPolicy" as const),
      ...common,
      name: fc.constant("default" as const),
      rules: rulesOf("allow", "deny"),
    }),
    fc.record({
      kind: fc.constant("ClusterNetworkPolicy" as const),
      ...common,
      name,
      tier: fc.constantFrom("Admin" as const, "Baseline" as const),
      priority,
      rules: rulesOf("allow", "deny", "pass"),
    }),
  );
}
