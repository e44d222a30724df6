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

describe("policies of the whole cluster", () => {
  const team = labelSelector([{ key: "team", operator: "In", values: ["a"] }]);
  const admin = (rules: readonly string[], namespaces = team): EgressPolicy =>
    policy("AdminNetworkPolicy", rules, {
      namespace: "",
      name: "guard",
      subject: { namespaces, pods: undefined },
      place: { tier: "admin", tierOrder: 1000, order: 5 },
      otherwise: "pass",
    });
  const own = policy("NetworkPolicy", ["allow 192.0.2.0/24 443"], { name: "np" });
  const told = (before: readonly EgressPolicy[], after: readonly EgressPolicy[], options = {}): readonly string[] =>
    compareSets(before, after, options).flatMap(({ namespace, scopes }) =>
      scopes.flatMap(({ pods, changes }) =>
        changes.map(({ difference }) => `${namespace || "the cluster"}, ${pods}: ${difference.change}`),
      ),
    );

  test("a new one is told for the cluster, and where it matters for a namespace with policies of its own", () => {
    expect(told([own], [own, admin(["deny 192.0.2.0/25"])])).toEqual([
      "the cluster, pods of namespaces with team=a: newly denied",
      "shop, pods of namespaces with team=a: newly denied",
    ]);
  });

  test("what the namespace denies anyway does not change there", () => {
    expect(told([own], [own, admin(["deny 203.0.113.0/24"])])).toEqual([
      "the cluster, pods of namespaces with team=a: newly denied",
    ]);
  });

  test("known labels of a namespace settle whether it is meant", () => {
    const namespaceLabels = new Map([["shop", { team: "b" }]]);
    expect(told([own], [own, admin(["deny 192.0.2.0/25"])], { namespaceLabels })).toEqual([
      "the cluster, pods of namespaces with team=a: newly denied",
    ]);
  });

  test("a pass instead of an allow matters where policies of the namespace deny", () => {
    const [before, after] = [admin(["allow 203.0.113.0/24"]), admin(["pass 203.0.113.0/24"])];
    expect(told([own, before], [own, after])).toEqual(["shop, pods of namespaces with team=a: newly denied"]);
  });

  test("one that is for pods of two conditions is looked at for both at once", () => {
    const web = { ...own, podSelector: labelSelector([{ key: "app", operator: "In", values: ["web"] }]) };
    const [before, after] = [admin(["allow 203.0.113.0/24"]), admin(["pass 203.0.113.0/24"])];
    expect(told([web, before], [web, after])).toEqual([
      "shop, pods with app=web of namespaces with team=a: newly denied",
    ]);
  });

  test("another priority is another object, though it decides the same", () => {
    const [only] = compareSets(
      [admin(["deny 192.0.2.0/25"])],
      [{ ...admin(["deny 192.0.2.0/25"]), place: { tier: "admin", tierOrder: 1000, order: 6 } }],
    );
    expect(only?.objects.map(({ change }) => change)).toEqual(["rewritten"]);
    expect(only?.scopes.flatMap(({ changes }) => changes)).toEqual([]);
  });

  test("one priority for two is a caution", () => {
    const two = [admin(["deny 192.0.2.0/25"]), { ...admin(["allow 192.0.2.0/24"]), name: "other" }];
    const cautions = compareSets([], two).flatMap(({ scopes }) => scopes.map(({ after }) => after.caution));
    expect(cautions).toContain(
      "AdminNetworkPolicy guard and AdminNetworkPolicy other have the same priority: nothing says which is asked first",
    );
  });
});
