import * as fc from "fast-check";
import { expect, test } from "vitest";
import {
  arbitraryConnectionsAt,
  arbitraryTieredPolicies,
  policyForTest,
  withoutTies,
} from "../../../test/arbitraries/tiered-policies.ts";
import { oracleTiers } from "../../../test/oracle/evaluate-tiers.ts";
import type { Connection } from "../../../test/oracle/evaluate.ts";
import { contains } from "../net/interval-set.ts";
import { allAddresses, containsIp } from "../net/ip-set.ts";
import { anyL4, l4Point } from "../net/l4.ts";
import { includesPattern } from "../net/name-pattern.ts";
import { compareTiers } from "./compare-tiers.ts";
import { compare } from "./compare.ts";
import { compile, type CompiledRules } from "./compile.ts";
import type { Difference } from "./difference.ts";
import { effectivePolicy } from "./effective.ts";
import { impliesSelector } from "./label-selector.ts";
import type { Destination, EgressPolicy, RuleAction } from "./model.ts";
import { adminTier, baselineTier } from "./tiers.ts";

function listOf(policies: readonly EgressPolicy[]): CompiledRules {
  return effectivePolicy(policies).networkPolicy?.list ?? compile({ rules: [], otherwise: "allow" });
}

/** A set of policies and an edit of it: one taken away, changed inside, or asked sooner or later. */
const edits = arbitraryTieredPolicies({ destinations: "all", maxRules: 3 }, 4)
  .map(withoutTies)
  .chain((before) =>
    fc
      .tuple(
        fc.nat({ max: Math.max(0, before.length - 1) }),
        fc.constantFrom("remove", "swap", "drop-rule", "pass", "move"),
      )
      .map(([at, edit]): { before: readonly EgressPolicy[]; after: readonly EgressPolicy[] } => {
        const policy = before[at];
        if (policy === undefined) return { before, after: before };
        if (edit === "move") {
          const order = policy.place === undefined ? undefined : 3 - policy.place.order;
          const place = order === undefined ? {} : { place: { ...policy.place!, order } };
          return { before, after: withoutTies(before.with(at, { ...policy, ...place })) };
        }
        if (edit === "remove") return { before, after: before.toSpliced(at, 1) };
        const rules =
          edit === "swap"
            ? policy.rules.toReversed()
            : edit === "drop-rule"
              ? policy.rules.slice(1)
              : policy.rules.map((rule) => ({
                  ...rule,
                  action: policy.place === undefined ? rule.action : ("pass" as const),
                }));
        return { before, after: before.with(at, { ...policy, rules }) };
      }),
  )
  .chain(({ before, after }) =>
    fc.record({
      before: fc.constant(before),
      after: fc.constant(after),
      connections: arbitraryConnectionsAt([...before, ...after], 6),
    }),
  );

/** The connection goes to an address that is behind exactly the destinations in `world`. */
function decide(policies: readonly EgressPolicy[], connection: Connection, world: readonly Destination[]): string {
  const isBehind = (to: Destination): boolean =>
    world.some((member) => {
      if (to.kind === "name" && member.kind === "name") return includesPattern(to.pattern, member.pattern);
      if (to.kind === "nodes" && member.kind === "nodes") return impliesSelector(member.selector, to.selector);
      return JSON.stringify(to) === JSON.stringify(member);
    });
  const known = (to: Destination): readonly Connection["address"][] => (isBehind(to) ? [connection.address] : []);
  return oracleTiers({ policies, uncertain: new Set(), connection, known });
}

test("sets of policies without a difference agree in every world of names, and no other sets do", () => {
  let equalPairs = 0;
  let differentPairs = 0;
  fc.assert(
    fc.property(edits, ({ before, after, connections }) => {
      const differences = compare(listOf(before), listOf(after));
      const symbolic = [...before, ...after]
        .flatMap(({ rules }) => rules.map(({ to }) => to))
        .filter(({ kind }) => kind !== "addresses");
      const atoms = [...new Map(symbolic.map((to) => [JSON.stringify(to), to])).values()].slice(0, 6);
      const worlds = Array.from({ length: 2 ** atoms.length }, (_, bits) =>
        atoms.filter((_atom, i) => bits & (1 << i)),
      );
      for (const connection of connections) {
        const l4 = l4Point(connection.protocol, connection.port);
        const nowhere = [decide(before, connection, []), decide(after, connection, [])];
        const holding = differences.filter(
          (difference) =>
            difference.to === "addresses" &&
            containsIp(difference.addresses, connection.address) &&
            contains(difference.l4, l4),
        );
        expect(holding).toHaveLength(nowhere[0] === nowhere[1] ? 0 : 1);
        const changes = worlds.some((world) => decide(before, connection, world) !== decide(after, connection, world));
        if (changes) expect(differences).not.toEqual([]);
      }
      if (differences.length === 0) equalPairs += 1;
      else differentPairs += 1;
    }),
    { numRuns: 1_500 },
  );
  expect(equalPairs).toBeGreaterThan(50);
  expect(differentPairs).toBeGreaterThan(50);
});

const named = (name: string): Destination => ({ kind: "name", pattern: { kind: "exact", name } });
const everything: Destination = { kind: "addresses", addresses: allAddresses };
const rule = (action: RuleAction, to: Destination): EgressPolicy["rules"][number] => ({
  action,
  to,
  l4: anyL4,
  text: action,
  written: 0,
});
const admin = (...rules: EgressPolicy["rules"]): EgressPolicy =>
  policyForTest("AdminNetworkPolicy", "anp", rules, { ...adminTier, order: 0 });
const own = (...rules: EgressPolicy["rules"]): EgressPolicy => policyForTest("NetworkPolicy", "np", rules, undefined);
const baseline = (...rules: EgressPolicy["rules"]): EgressPolicy =>
  policyForTest("BaselineAdminNetworkPolicy", "default", rules, { ...baselineTier, order: 0 });
const [a, b, c] = [named("a.example.com"), named("b.example.com"), named("c.example.com")];

const text = (difference: Difference): string =>
  difference.to === "named" ? `${difference.destination} ${difference.change}` : difference.change;

test.each<[string, readonly EgressPolicy[], readonly EgressPolicy[], readonly string[]]>([
  ["a pass where nobody denies is an allow", [admin(rule("pass", a))], [admin(rule("allow", a))], []],
  [
    "a pass where the baseline denies is not",
    [admin(rule("pass", a)), baseline(rule("deny", everything))],
    [admin(rule("allow", a)), baseline(rule("deny", everything))],
    ["a.example.com newly allowed"],
  ],
  ["an admin deny of what nobody allowed changes nothing", [own()], [admin(rule("deny", a)), own()], []],
  [
    "only an address behind both names is decided differently",
    [admin(rule("pass", a), rule("deny", b)), own(rule("allow", b)), baseline(rule("deny", c))],
    [admin(rule("deny", b)), own(rule("allow", b)), baseline(rule("deny", c))],
    ["a.example.com and b.example.com newly denied"],
  ],
])("%s", (_, before, after, expected) => {
  expect(compare(listOf(before), listOf(after)).map(text)).toEqual(expected);
});

test("more combinations of names in one place than are looked at: the answer is not complete", () => {
  const [d, e] = [named("d.example.com"), named("e.example.com")];
  const before = [
    admin(rule("pass", a), rule("deny", b)),
    own(rule("allow", b), rule("allow", c)),
    baseline(rule("deny", d), rule("allow", e)),
  ];
  const after = [
    admin(rule("pass", a), rule("deny", b)),
    own(rule("allow", c), rule("allow", b)),
    baseline(rule("deny", d), rule("allow", e), rule("allow", e)),
  ];
  expect(compareTiers(listOf(before), listOf(after))).toEqual({ differences: [], isComplete: true });
  const limited = [
    [admin(rule("pass", a), rule("deny", b)), own(rule("allow", b)), baseline(rule("deny", c))],
    [admin(rule("deny", b)), own(rule("allow", b)), baseline(rule("deny", c))],
  ] as const;
  expect(compareTiers(listOf(limited[0]), listOf(limited[1]), 3)).toEqual({ differences: [], isComplete: false });
});
