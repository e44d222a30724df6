import * as fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryRuleList } from "../../../test/arbitraries/rule-list.ts";
import { allAddresses, ipSetOf, parseCidr } from "../net/ip-set.ts";
import { parseIp } from "../net/ip.ts";
import { anyL4, l4Point, l4Ports } from "../net/l4.ts";
import { namePattern } from "../net/name-pattern.ts";
import { compile } from "./compile.ts";
import { evaluate } from "./evaluate.ts";
import type { Destination, Rule, RuleList } from "./model.ts";
import { type Target, walk, type WalkOptions } from "./walk.ts";

test("walking and evaluating agree on every address, unknown included", () => {
  fc.assert(
    fc.property(
      arbitraryRuleList({ destinations: "all", maxRules: 7 }),
      fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }),
      fc.constantFrom(l4Point("tcp", 443), l4Point("udp", 53), l4Point("icmp", 0)),
      fc.constantFrom<WalkOptions>(
        {},
        { excluded: allAddresses },
        { excluded: allAddresses, resolve: () => allAddresses },
      ),
      (list, value, l4, options) => {
        const fromList = list.rules.flatMap(({ to }) =>
          to.kind === "addresses" ? to.addresses.v4.map(({ last }) => last) : [],
        );
        for (const address of [value, ...fromList].map((each) => ({ family: 4 as const, value: each }))) {
          const { outcomes, doubts } = walk(list, { addresses: ipSetOf(address), names: [], l4 }, options);
          const verdict = evaluate(compile(list, options), { address, l4 });
          if (verdict.kind === "unknown") expect(doubts[0]).toBe(verdict.by);
          else
            expect([doubts, outcomes.map(({ action, by }) => [action, by])]).toEqual([
              [],
              [[verdict.kind, verdict.by]],
            ]);
        }
      },
    ),
  );
});

function rule(text: string): Rule {
  const [action, to, port] = text.split(" ") as ["allow" | "deny", string, string | undefined];
  const cidr = parseCidr(to);
  const destination: Destination = cidr.ok
    ? { kind: "addresses", addresses: ipSetOf(cidr.value) }
    : { kind: "name", pattern: namePattern(to, "one-label") };
  return { action, to: destination, l4: port === undefined ? anyL4 : [l4Ports("tcp", Number(port))], text, written: 0 };
}

const list: RuleList = {
  rules: [
    "deny 169.254.169.254/32",
    "allow api.example.com 443",
    "allow *.example.org 443",
    "allow 192.0.2.0/24 8443",
    "deny 0.0.0.0/0",
    "deny ::/0",
    "allow 198.51.100.7/32 443",
  ].map(rule),
  otherwise: "allow",
};

function target(text: string): Target {
  const [host, port] = text.split(" ") as [string, string];
  const address = parseIp(host);
  return {
    addresses: address.ok ? ipSetOf(address.value) : allAddresses,
    names: address.ok ? [] : [host],
    l4: l4Point("tcp", Number(port)),
  };
}

test.each([
  ["a name that a rule names", "api.example.com 443", ["deny by 0", "allow by 1"], ["4 too-late", "5 too-late"]],
  ["a name on another port", "api.example.com 80", ["deny by 0", "deny by 4", "deny by 5"], ["1 other-port"]],
  [
    "a name two labels below a wildcard",
    "a.b.example.org 443",
    ["deny by 0", "deny by 4", "deny by 5"],
    ["2 other-name", "6 too-late"],
  ],
  [
    "an address that only names could allow",
    "198.51.100.7 443",
    ["deny by 4"],
    ["1 unresolved", "2 unresolved", "6 too-late"],
  ],
  ["an address on another port", "192.0.2.1 443", ["deny by 4"], ["1 unresolved", "2 unresolved", "3 other-port"]],
])("%s", (_title, to, outcomes, near) => {
  const found = walk(list, target(to));
  expect(found.outcomes.map(({ action, by }) => `${action} by ${by}`)).toEqual(outcomes);
  const earlierIsEnough = found.nearMisses.map(({ rule: index, why }) => `${index} ${why}`);
  expect(earlierIsEnough).toEqual(expect.arrayContaining(near));
});
