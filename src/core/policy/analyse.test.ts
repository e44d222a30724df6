import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryRuleList } from "../../../test/arbitraries/rule-list.ts";
import { formatIpSet, ipSetOf, parseCidr } from "../net/ip-set.ts";
import { anyL4, formatL4Set, l4Ports, type L4Set } from "../net/l4.ts";
import { namePattern } from "../net/name-pattern.ts";
import { analyse } from "./analyse.ts";
import { compare } from "./compare.ts";
import { compile } from "./compile.ts";
import type { Destination, Rule, RuleList } from "./model.ts";

const without = (list: RuleList, index: number): RuleList => ({ ...list, rules: list.rules.toSpliced(index, 1) });

describe("laws", () => {
  test("removing a shadowed or redundant rule changes nothing", () => {
    let reported = 0;
    fc.assert(
      fc.property(arbitraryRuleList({ destinations: "all", maxRules: 7 }), (list) => {
        for (const issue of analyse(compile(list, { withRunnersUp: true }))) {
          if (issue.kind === "conflicting") continue;
          reported += 1;
          expect(compare(compile(list), compile(without(list, issue.rule)))).toEqual([]);
        }
      }),
      { numRuns: 2_000 },
    );
    expect(reported).toBeGreaterThan(500);
  });

  test("in lists of addresses every rule that could be removed is reported", () => {
    fc.assert(
      fc.property(arbitraryRuleList({ destinations: "addresses", maxRules: 7 }), (list) => {
        const reported = analyse(compile(list, { withRunnersUp: true })).filter(({ kind }) => kind !== "conflicting");
        const removable = [...list.rules.keys()].filter(
          (index) => compare(compile(list), compile(without(list, index))).length === 0,
        );
        expect(reported.map(({ rule }) => rule)).toEqual(removable);
      }),
      { numRuns: 2_000 },
    );
  });
});

function rule(text: string): Rule {
  const [action, to, ports] = text.split(" ") as ["allow" | "deny", string, string | undefined];
  const cidr = parseCidr(to);
  const destination: Destination = cidr.ok
    ? { kind: "addresses", addresses: ipSetOf(cidr.value) }
    : { kind: "name", pattern: namePattern(to, "one-label") };
  const l4: L4Set = ports === undefined ? anyL4 : [l4Ports("tcp", Number(ports))];
  return { action, to: destination, l4, text, written: 0 };
}

test.each([
  [
    "a rule after the deny of everything",
    ["deny 0.0.0.0/0", "allow 192.0.2.0/24"],
    ["rule 1 shadowed by 0, which decides differently"],
  ],
  [
    "a rule inside an earlier one of the same action",
    ["allow 192.0.2.0/24", "allow 192.0.2.1/32 443", "deny 0.0.0.0/0"],
    ["rule 1 shadowed by 0"],
  ],
  [
    "a rule hidden by two halves",
    ["allow 192.0.2.0/25", "deny 192.0.2.128/25", "allow 192.0.2.0/24"],
    ["rule 0 redundant: 2 decides instead", "rule 2 shadowed by 0,1, which decides differently"],
  ],
  [
    "a rule before a wider one of the same action",
    ["allow 192.0.2.1/32", "allow 192.0.2.0/24", "deny 0.0.0.0/0"],
    ["rule 0 redundant: 1 decides instead"],
  ],
  ["an allow that the default gives anyway", ["allow 192.0.2.1/32"], ["rule 0 redundant: otherwise decides instead"]],
  ["an exception before its rule is no conflict", ["deny 192.0.2.1/32", "allow 192.0.2.0/24", "deny 0.0.0.0/0"], []],
  [
    "rules that overlap in part and act differently",
    ["allow 192.0.2.0/24 443", "deny 192.0.2.0/25", "allow 0.0.0.0/0"],
    ["rule 1 conflicts with 0", "rule 2 redundant: otherwise decides instead"],
  ],
  ["v4 rules hide nothing of v6", ["deny 0.0.0.0/0", "deny ::/0"], []],
  [
    "a name after both families are denied",
    ["deny 0.0.0.0/0", "deny ::/0", "allow api.example.com 443"],
    ["rule 2 shadowed by 1, which decides differently"],
  ],
  ["a name after only v4 is denied may still be v6", ["deny 0.0.0.0/0", "deny api.example.com 443"], []],
  [
    "a name after its wildcard",
    ["allow *.example.com 443", "allow api.example.com 443", "deny 0.0.0.0/0"],
    ["rule 1 shadowed by 0"],
  ],
  [
    "a name before its wildcard",
    ["allow api.example.com 443", "allow *.example.com 443", "deny 0.0.0.0/0"],
    ["rule 0 redundant: 1 decides instead"],
  ],
])("%s", (_title, rules, expected) => {
  const list: RuleList = { rules: rules.map(rule), otherwise: "allow" };
  const told = analyse(compile(list, { withRunnersUp: true })).map((issue) => {
    if (issue.kind === "conflicting") return `rule ${issue.rule} conflicts with ${issue.with}`;
    if (issue.kind === "redundant")
      return `rule ${issue.rule} redundant: ${issue.decidedInstead.join()} decides instead`;
    return `rule ${issue.rule} shadowed by ${issue.hiddenBy.join()}${issue.decidesDifferently ? ", which decides differently" : ""}`;
  });
  expect(told).toEqual(expected);
});

test("the mini-notation of this file means what it says", () => {
  const { to, l4 } = rule("allow 192.0.2.0/24 443");
  expect(`${to.kind === "addresses" ? formatIpSet(to.addresses) : ""} ${formatL4Set(l4)}`).toBe("192.0.2.0/24 tcp/443");
});
