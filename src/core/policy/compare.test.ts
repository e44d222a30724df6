import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arbitraryConnectionNear,
  arbitraryListAndConnections,
  arbitraryRuleList,
} from "../../../test/arbitraries/rule-list.ts";
import { oracleEvaluate } from "../../../test/oracle/evaluate.ts";
import { contains } from "../net/interval-set.ts";
import { containsIp } from "../net/ip-set.ts";
import { l4Point, readL4Point } from "../net/l4.ts";
import { includesPattern } from "../net/name-pattern.ts";
import { compare } from "./compare.ts";
import { compile } from "./compile.ts";
import type { AddressDifference, Difference } from "./difference.ts";
import { everyLabel, impliesSelector } from "./label-selector.ts";
import type { Destination, LabelSelector, RuleList } from "./model.ts";

const addressesOnly = { destinations: "addresses", maxRules: 6 } as const;
const unknown = (): undefined => undefined;

function isIn(
  difference: AddressDifference,
  connection: { address: Parameters<typeof containsIp>[1]; l4: number },
): boolean {
  return containsIp(difference.addresses, connection.address) && contains(difference.l4, connection.l4);
}

describe("lists of addresses", () => {
  test("a connection changes its verdict exactly when one difference holds it", () => {
    const two = fc
      .tuple(arbitraryRuleList(addressesOnly), arbitraryRuleList(addressesOnly))
      .chain(([a, b]) =>
        fc.tuple(
          fc.constant(a),
          fc.constant(b),
          fc.array(fc.oneof(arbitraryConnectionNear(a), arbitraryConnectionNear(b))),
        ),
      );
    fc.assert(
      fc.property(two, ([a, b, connections]) => {
        const differences = compare(compile(a), compile(b)) as AddressDifference[];
        for (const connection of connections) {
          const before = oracleEvaluate(a, connection, unknown);
          const after = oracleEvaluate(b, connection, unknown);
          const l4 = l4Point(connection.protocol, connection.port);
          const holding = differences.filter((difference) => isIn(difference, { address: connection.address, l4 }));
          if (before.kind === after.kind) expect(holding).toEqual([]);
          else {
            expect(holding).toHaveLength(1);
            expect(holding[0]).toMatchObject({ before: before.by, after: after.by });
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  test("every difference's example is in it and really changes", () => {
    fc.assert(
      fc.property(arbitraryRuleList(addressesOnly), arbitraryRuleList(addressesOnly), (a, b) => {
        for (const difference of compare(compile(a), compile(b)) as AddressDifference[]) {
          expect(isIn(difference, difference.example)).toBe(true);
          const { protocol, port } = readL4Point(difference.example.l4);
          const connection = { address: difference.example.address, protocol, port };
          const before = oracleEvaluate(a, connection, unknown);
          const after = oracleEvaluate(b, connection, unknown);
          expect([before.kind, after.kind]).toEqual(
            difference.change === "newly allowed" ? ["deny", "allow"] : ["allow", "deny"],
          );
          expect([difference.before, difference.after]).toEqual([before.by, after.by]);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

/** Oracle for symbolic destinations: the connection goes to an address that is behind exactly the names in `world`. */
function decideInWorld(
  list: RuleList,
  connection: Parameters<typeof oracleEvaluate>[1],
  world: readonly Destination[],
): string {
  const isBehind = (to: Destination): boolean =>
    world.some((member) => {
      if (to.kind === "name" && member.kind === "name") {
        return includesPattern(to.pattern, member.pattern);
      }
      if (to.kind === "nodes" && member.kind === "nodes") return impliesSelector(member.selector, to.selector);
      return JSON.stringify(to) === JSON.stringify(member);
    });
  return oracleEvaluate(list, connection, (to) => (isBehind(to) ? [connection.address] : [])).kind;
}

describe("lists with names and selectors", () => {
  const symbolicOf = (list: RuleList): Destination[] =>
    list.rules.map(({ to }) => to).filter(({ kind }) => kind !== "addresses");

  test("lists without a difference agree in every world of names", () => {
    // The second list is a small edit of the first, so that equal pairs are common.
    const pairs = arbitraryListAndConnections({ destinations: "all", maxRules: 5 }, 6).chain(({ list, connections }) =>
      fc
        .oneof(
          fc.shuffledSubarray([...list.rules], { minLength: Math.max(0, list.rules.length - 1) }),
          fc.constant([...list.rules, ...list.rules.slice(0, 1)]),
        )
        .map((rules) => ({ a: list, b: { ...list, rules }, connections })),
    );
    let equalPairs = 0;
    fc.assert(
      fc.property(pairs, ({ a, b, connections }) => {
        const differences = compare(compile(a), compile(b));
        const atoms = [...symbolicOf(a), ...symbolicOf(b)].slice(0, 6);
        const worlds = Array.from({ length: 2 ** atoms.length }, (_, bits) =>
          atoms.filter((_atom, i) => bits & (1 << i)),
        );
        const changes = connections.some((connection) =>
          worlds.some((world) => decideInWorld(a, connection, world) !== decideInWorld(b, connection, world)),
        );
        if (changes) expect(differences).not.toEqual([]);
        if (differences.length === 0) equalPairs += 1;
      }),
      { numRuns: 1_500 },
    );
    expect(equalPairs).toBeGreaterThan(100);
  });
});

const allow = (text: string, pattern: Destination, l4 = [{ first: 443, last: 443 }]) => ({
  action: "allow" as const,
  to: pattern,
  l4,
  text,
  written: 0,
});
const named = (name: string): Destination => ({ kind: "name", pattern: { kind: "exact", name } });
const wildcard = (suffix: string): Destination => ({ kind: "name", pattern: { kind: "one-label", suffix } });
const list = (...rules: RuleList["rules"]): RuleList => ({ rules, otherwise: "deny" });
const denied = (rule: RuleList["rules"][number]): RuleList["rules"][number] => ({ ...rule, action: "deny" });

const a = allow("a", named("a.example.com"));
const b = allow("b", named("b.example.com"));
const star = allow("*", wildcard("example.com"));
const text = (difference: Difference): string =>
  difference.to === "named" ? `${difference.destination} ${difference.change}` : difference.change;

test.each([
  ["the same names in another order are equal", list(a, b), list(b, a), []],
  ["a name behind its own wildcard changes nothing", list(star), list(star, a), []],
  ["a name before its own wildcard changes nothing", list(a, star), list(star), []],
  ["a new name is newly allowed", list(a), list(a, b), ["b.example.com newly allowed"]],
  ["a removed wildcard is newly denied", list(a, star), list(a), ["*.example.com newly denied"]],
  [
    "order matters only for addresses behind both names",
    list(a, denied(b)),
    list(denied(b), a),
    ["a.example.com and b.example.com newly denied"],
  ],
  ["a deny of a name behind the allow of its wildcard never decides", list(star, denied(a)), list(star), []],
  [
    "a deny of a name before the allow of its wildcard does",
    list(star),
    list(denied(a), star),
    ["a.example.com newly denied"],
  ],
])("%s", (_title, before, after, expected) => {
  expect(compare(compile(before), compile(after)).map(text)).toEqual(expected);
});

test("no pod selector and an empty one mean the same pods", () => {
  const pods = (selector?: LabelSelector): Destination => ({ kind: "pods", namespaces: everyLabel, pods: selector });
  const [left, right] = [list(allow("no", pods())), list(allow("empty", pods(everyLabel)))];
  expect(compare(compile(left), compile(right))).toEqual([]);
});

test.each([
  ["a selector that a later one includes changes nothing", "In", "Exists", []],
  ["a selector that a later one does not include is newly denied", "Exists", "In", ["nodes role newly denied"]],
] as const)("%s", (_title, before, after, expected) => {
  const nodes = (operator: "In" | "Exists"): Destination => ({
    kind: "nodes",
    selector: { requirements: [{ key: "role", operator, values: operator === "In" ? [""] : [] }] },
  });
  const both = list(allow("first", nodes(before)), allow("second", nodes(after)));
  const differences = compare(compile(both), compile(list(allow("second", nodes(after)))));
  expect(differences.map(text)).toEqual(expected);
});
