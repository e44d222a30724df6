import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryCidr } from "../../../../test/arbitraries/address.ts";
import { arbitraryL4Set } from "../../../../test/arbitraries/l4.ts";
import { arbitraryConnectionNear, arbitraryRuleList } from "../../../../test/arbitraries/rule-list.ts";
import { oracleEvaluate } from "../../../../test/oracle/evaluate.ts";
import { contains, intersect, subtract } from "../../../core/net/interval-set.ts";
import { allAddresses, containsIp, ipSetOfAll, intersectIp, subtractIp } from "../../../core/net/ip-set.ts";
import { anyL4, l4Point, readL4Point } from "../../../core/net/l4.ts";
import { namePattern } from "../../../core/net/name-pattern.ts";
import type { EgressPolicy, PolicyKind, Rule, RuleList } from "../../../core/policy/model.ts";
import { opensAddresses } from "./judge-addresses.ts";
import { judgeClause } from "./judge-clause.ts";
import type { LawClause, LawDemand } from "./law.ts";
import { openingsOf } from "./openings.ts";

const at = { file: "test.yaml", path: "" };
const scope = { clusters: [], namespaces: [], except: [], kinds: [] };

function policyOf({ rules, otherwise }: RuleList, kind: PolicyKind = "EgressFirewall"): EgressPolicy {
  return {
    kind,
    namespace: "shop",
    name: "default",
    podSelector: undefined,
    isolates: true,
    at,
    ruleLocations: rules.map(() => at),
    notApplied: undefined,
    rules: rules.map((rule, written) => ({ ...rule, written })),
    otherwise,
  };
}

function isBroken(demand: LawDemand, list: RuleList): boolean {
  const clause: LawClause = { name: "test", effect: "forbids", scope, message: "", demand, at, demandAt: at };
  const given = {
    cluster: "east",
    namespace: "shop",
    policy: policyOf(list),
    base: undefined,
    beside: [],
    proposal: undefined,
    risk: undefined,
    nowMs: 0,
  };
  return judgeClause(clause, given).length > 0;
}

const destinations = fc.record({
  blocks: fc.array(arbitraryCidr(), { minLength: 1, maxLength: 3 }),
  names: fc.constantFrom(
    [],
    [namePattern("*.example.com", "subdomains")],
    [namePattern("api.example.com", "subdomains")],
  ),
  l4: fc.oneof(fc.constant(anyL4), arbitraryL4Set()),
});

/** Clauses whose answer hangs on what a policy does, not on how it is written. */
const demands: fc.Arbitrary<LawDemand> = fc.oneof(
  destinations.map((to): LawDemand => ({ kind: "forbidden", to })),
  destinations.map((to): LawDemand => ({ kind: "mustDeny", to })),
  destinations.map((to): LawDemand => ({ kind: "mustAllow", to })),
  fc
    .record({
      v4: fc.integer({ min: 0, max: 32 }),
      v6: fc.integer({ min: 0, max: 128 }),
      except: fc.array(arbitraryCidr(), { maxLength: 2 }),
    })
    .map((limits): LawDemand => ({ kind: "widestPrefix", ...limits })),
  fc
    .record({ only: fc.oneof(fc.constant(undefined), arbitraryL4Set()), never: arbitraryL4Set() })
    .map((ports): LawDemand => ({ kind: "ports", ...ports })),
  fc.constant<LawDemand>({ kind: "defaultDeny" }),
);

/** The same policy in other words: rules split by address and port, repeated behind, and changed places with equals. */
function rewritten(list: RuleList): fc.Arbitrary<RuleList> {
  const pieces = fc.tuple(...list.rules.map((rule) => splitOf(rule)));
  return fc
    .tuple(pieces, fc.array(fc.nat(20), { maxLength: 3 }), fc.array(fc.nat(40), { maxLength: 12 }))
    .map(([split, copied, moves]) => {
      const rules = split.flat();
      // A rule that stands once more behind itself is never asked.
      for (const i of copied) if (rules[i] !== undefined) rules.push(rules[i]);
      for (const i of moves) {
        const [first, second] = [rules[i], rules[i + 1]];
        if (first === undefined || second === undefined || first.action !== second.action) continue;
        rules[i] = second;
        rules[i + 1] = first;
      }
      return { ...list, rules };
    });
}

function splitOf(rule: Rule): fc.Arbitrary<readonly Rule[]> {
  return fc.tuple(arbitraryCidr(), arbitraryL4Set(), fc.boolean()).map(([block, l4, byPort]) => {
    if (byPort) {
      return [intersect(rule.l4, l4), subtract(rule.l4, l4)]
        .filter((own) => own.length > 0)
        .map((own) => ({ ...rule, l4: own }));
    }
    if (rule.to.kind !== "addresses") return [rule];
    const { addresses } = rule.to;
    const cut = ipSetOfAll([block]);
    return [intersectIp(addresses, cut), subtractIp(addresses, cut)].map((own) => ({
      ...rule,
      to: { kind: "addresses", addresses: own } as const,
    }));
  });
}

describe("a clause", () => {
  test("is broken by a policy in whatever words it is written", () => {
    const both = arbitraryRuleList({ destinations: "all", maxRules: 5 }).chain((list) =>
      fc.tuple(fc.constant(list), rewritten(list)),
    );
    fc.assert(
      fc.property(demands, both, (demand, [list, other]) => {
        expect(isBroken(demand, other)).toBe(isBroken(demand, list));
      }),
      { numRuns: 3_000 },
    );
  });

  test("that forbids addresses is broken exactly when a connection to one passes", () => {
    const shape = { destinations: "addresses", maxRules: 5 } as const;
    const given = arbitraryRuleList(shape).chain((list) =>
      fc.tuple(fc.constant(list), fc.array(arbitraryConnectionNear(list), { maxLength: 20 }), arbitraryCidr()),
    );
    fc.assert(
      fc.property(given, arbitraryL4Set(), ([list, connections, block], l4) => {
        const forbidden = { kind: "forbidden" as const, to: { blocks: [block], names: [], l4 } };
        const broken = isBroken(forbidden, list);
        const passing = connections.some((connection) => {
          const point = l4Point(connection.protocol, connection.port);
          const isMeant = containsIp(ipSetOfAll([block]), connection.address) && contains(l4, point);
          return isMeant && oracleEvaluate(list, connection, () => undefined).kind === "allow";
        });
        if (passing) expect(broken).toBe(true);
        const regions = opensAddresses(openingsOf(policyOf(list)), forbidden.to);
        expect(broken).toBe(regions.length > 0);
        for (const { addresses, l4: ports } of regions) {
          const family = addresses.v4.length > 0 ? 4 : 6;
          const address = { family, value: (family === 4 ? addresses.v4 : addresses.v6)[0]!.first } as const;
          const point = readL4Point(ports[0]!.first);
          expect(oracleEvaluate(list, { address, ...point }, () => undefined).kind).toBe("allow");
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("is kept by a policy that denies what is forbidden first, whatever stands behind", () => {
    fc.assert(
      fc.property(arbitraryRuleList(), fc.array(arbitraryCidr(), { minLength: 1, maxLength: 3 }), (list, blocks) => {
        const addresses = ipSetOfAll(blocks);
        const deny: Rule = {
          action: "deny",
          to: { kind: "addresses", addresses },
          l4: anyL4,
          text: "deny",
          written: 0,
        };
        const lawful = { ...list, rules: [deny, ...list.rules] };
        const to = { blocks, names: [], l4: anyL4 };
        expect(isBroken({ kind: "forbidden", to }, lawful)).toBe(false);
        expect(isBroken({ kind: "mustDeny", to }, lawful)).toBe(false);
      }),
      { numRuns: 1_000 },
    );
  });

  test("is kept by a policy that denies everything, unless something must be allowed", () => {
    const rest = { kind: "addresses", addresses: allAddresses } as const;
    const end: Rule = { action: "deny", to: rest, l4: anyL4, text: "deny all", written: 0 };
    fc.assert(
      fc.property(demands, (demand) => {
        fc.pre(demand.kind !== "mustAllow");
        expect(isBroken(demand, { rules: [end], otherwise: "allow" })).toBe(false);
      }),
    );
  });

  test("that asks for default deny is broken by a policy without an end", () => {
    expect(isBroken({ kind: "defaultDeny" }, { rules: [], otherwise: "allow" })).toBe(true);
  });
});
