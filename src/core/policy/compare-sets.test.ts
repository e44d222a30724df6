import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arbitraryEgressFirewallDraft,
  arbitraryEgressNetworkPolicyDraft,
  arbitraryNetworkPolicyDraft,
} from "../../../test/arbitraries/draft.ts";
import { ipSetOf, parseCidr } from "../net/ip-set.ts";
import { anyL4, formatL4Point, l4Ports } from "../net/l4.ts";
import { compareSets } from "./compare-sets.ts";
import type { DraftPolicy } from "./draft.ts";
import { manifestForTest } from "./kinds/manifest-for-test.ts";
import { labelSelector } from "./label-selector.ts";
import type { EgressPolicy, PolicyKind, Rule } from "./model.ts";
import { printPolicy } from "./print-policy.ts";
import { readPolicy } from "./read-policy.ts";

function rule(text: string, written: number): Rule {
  const [action, to, port] = text.split(" ") as ["allow" | "deny", string, string | undefined];
  const cidr = parseCidr(to);
  if (!cidr.ok) throw new Error(cidr.error.message);
  return {
    action,
    to: { kind: "addresses", addresses: ipSetOf(cidr.value) },
    l4: port === undefined ? anyL4 : [l4Ports("tcp", Number(port))],
    text,
    written,
  };
}

function policy(kind: PolicyKind, rules: readonly string[], more: Partial<EgressPolicy> = {}): EgressPolicy {
  return {
    kind,
    namespace: "shop",
    name: "default",
    podSelector: undefined,
    isolates: true,
    rules: rules.map(rule),
    otherwise: kind === "NetworkPolicy" ? "deny" : "allow",
    at: { file: "shop.yaml", line: 1, path: "" },
    ruleLocations: rules.map((_, i) => ({ file: "shop.yaml", line: 7 + i, path: `spec.egress[${i}]` })),
    notApplied: undefined,
    ...more,
  };
}

const app = (name: string): { podSelector: NonNullable<EgressPolicy["podSelector"]>; name: string } => ({
  podSelector: labelSelector([{ key: "app", operator: "In", values: [name] }]),
  name,
});
const tier = { podSelector: labelSelector([{ key: "tier", operator: "In", values: ["edge"] }]), name: "tier" };

function told(before: readonly EgressPolicy[], after: readonly EgressPolicy[]): readonly string[] {
  return compareSets(before, after).flatMap(({ namespace, objects, scopes }) => [
    ...objects.map(({ change, before: a, after: b }) => `${namespace} ${(a ?? b)!.kind}/${(a ?? b)!.name} ${change}`),
    ...scopes.flatMap(({ pods, changes }) =>
      changes.map(({ difference, before: a, after: b }) => {
        return `${pods}: ${difference.change} ${formatL4Point(difference.example.l4)}, ${a.text} then ${b.text}`;
      }),
    ),
  ]);
}

test.each<[PolicyKind, fc.Arbitrary<DraftPolicy>]>([
  ["EgressFirewall", arbitraryEgressFirewallDraft()],
  ["EgressNetworkPolicy", arbitraryEgressNetworkPolicyDraft()],
  ["NetworkPolicy", arbitraryNetworkPolicyDraft()],
])("a comment or a repeated last rule of an %s changes no connection", (_kind, drafts) => {
  fc.assert(
    fc.property(drafts, (draft) => {
      const { policy: own } = readPolicy(manifestForTest(printPolicy(draft).value), { dnsNameResolver: true })!;
      expect(compareSets([own!], [own!])).toEqual([]);
      const longer = { ...own!, rules: [...own!.rules, ...own!.rules.slice(-1)] };
      const changes = compareSets([own!], [longer]).flatMap(({ scopes }) => scopes.flatMap((each) => each.changes));
      expect(changes).toEqual([]);
    }),
    { numRuns: 300 },
  );
});

describe("compareSets", () => {
  test.each<[string, readonly EgressPolicy[], readonly EgressPolicy[], readonly string[]]>([
    [
      "the same object twice changes nothing",
      [policy("EgressFirewall", ["deny 0.0.0.0/0"])],
      [policy("EgressFirewall", ["deny 0.0.0.0/0"])],
      [],
    ],
    [
      "rules in another order, same effect",
      [policy("EgressFirewall", ["allow 192.0.2.0/24 443", "allow 198.51.100.0/24", "deny 0.0.0.0/0"])],
      [policy("EgressFirewall", ["allow 198.51.100.0/24", "allow 192.0.2.0/24 443", "deny 0.0.0.0/0"])],
      ["shop EgressFirewall/default rewritten"],
    ],
    [
      "a new firewall denies what was open",
      [],
      [policy("EgressFirewall", ["allow 192.0.2.0/24 443", "deny 192.0.2.0/24"])],
      ["shop EgressFirewall/default added", "all pods: newly denied tcp/1, no policy applies then deny 192.0.2.0/24"],
    ],
    [
      "another kind with the same effect",
      [policy("EgressNetworkPolicy", ["deny 192.0.2.0/24"], { name: "old" })],
      [policy("EgressFirewall", ["deny 192.0.2.0/24"])],
      ["shop EgressFirewall/default added", "shop EgressNetworkPolicy/old removed"],
    ],
    [
      "one class of pods among others",
      [policy("NetworkPolicy", [], app("web")), policy("NetworkPolicy", [], app("db"))],
      [policy("NetworkPolicy", ["allow 192.0.2.0/24 443"], app("web")), policy("NetworkPolicy", [], app("db"))],
      [
        "shop NetworkPolicy/db unchanged",
        "shop NetworkPolicy/web rewritten",
        "pods with app=web: newly allowed tcp/443, no rule matches then allow 192.0.2.0/24 443",
      ],
    ],
    [
      "a policy that allows everything opens pods that another one isolates",
      [policy("NetworkPolicy", [], app("web"))],
      [policy("NetworkPolicy", [], app("web")), policy("NetworkPolicy", ["allow 0.0.0.0/0", "allow ::/0"], tier)],
      [
        "shop NetworkPolicy/tier added",
        "shop NetworkPolicy/web unchanged",
        "pods with app=web and tier=edge: newly allowed tcp/443, no rule matches then allow 0.0.0.0/0",
        "pods with app=web and tier=edge: newly allowed tcp/443, no rule matches then allow ::/0",
      ],
    ],
  ])("%s", (_title, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});
