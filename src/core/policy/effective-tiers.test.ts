import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  arbitraryConnectionsAt,
  arbitraryTieredPolicies,
  policyForTest,
} from "../../../test/arbitraries/tiered-policies.ts";
import { oracleTiers } from "../../../test/oracle/evaluate-tiers.ts";
import { ipSetOf, parseCidr } from "../net/ip-set.ts";
import { formatIp, parseIp } from "../net/ip.ts";
import { anyL4, formatL4Point, l4Point } from "../net/l4.ts";
import { cellAt, noRule } from "./column.ts";
import { effectivePolicy, evaluateEffective } from "./effective.ts";
import { FastEvaluator } from "./evaluate.ts";
import type { EgressPolicy, PolicyKind, Rule, RuleAction } from "./model.ts";
import { columnAt } from "./partition.ts";
import { adminTier, baselineTier } from "./tiers.ts";

const asked = fc.integer({ min: 0, max: 1 });

/** Policies, which of them may not select the pod, and connections. */
const situations = arbitraryTieredPolicies().chain((policies) =>
  fc.tuple(
    fc.constant(policies),
    fc.array(fc.constantFrom(0, 0, 0, 1), { minLength: 8, maxLength: 8 }),
    arbitraryConnectionsAt(policies, 6),
    asked,
  ),
);

test("tiers agree with the oracle, whatever is known", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(situations, ([policies, doubts, connections, resolved]) => {
      const uncertain = new Set(policies.filter(({ place }, i) => place !== undefined && doubts[i] === 1));
      const somewhere = connections[0]!.address;
      const resolve = resolved === 1 ? { resolve: () => ipSetOf(somewhere) } : {};
      const known = (): readonly (typeof somewhere)[] | undefined => (resolved === 1 ? [somewhere] : undefined);
      const effective = effectivePolicy(policies, { ...resolve, uncertain });
      for (const connection of connections) {
        const l4 = l4Point(connection.protocol, connection.port);
        const { kind } = evaluateEffective(effective, { address: connection.address, l4 });
        seen.set(kind, (seen.get(kind) ?? 0) + 1);
        const where = `${formatIp(connection.address)} ${formatL4Point(l4)}`;
        expect({ where, kind }).toEqual({ where, kind: oracleTiers({ policies, uncertain, connection, known }) });
      }
    }),
    { numRuns: 1_500 },
  );
  expect(Math.min(...["allow", "deny", "unknown"].map((kind) => seen.get(kind) ?? 0))).toBeGreaterThan(100);
});

test("the composed partition decides as the parts do, and so does the bulk evaluator", () => {
  const shape = { destinations: "addresses", maxRules: 3 } as const;
  const codes = ["deny", "allow", "unknown", "pass"];
  fc.assert(
    fc.property(
      arbitraryTieredPolicies(shape, 5).chain((policies) =>
        fc.tuple(fc.constant(policies), arbitraryConnectionsAt(policies)),
      ),
      ([all, connections]) => {
        // Without two of one priority, nothing is in doubt.
        const policies = all.filter(
          ({ kind, place }, i) =>
            all.findIndex((other) => other.place?.order === place?.order && other.kind === kind) === i ||
            place === undefined,
        );
        const half = effectivePolicy(policies).networkPolicy;
        if (half === undefined) return;
        const fast = new FastEvaluator(half.list);
        for (const { address, protocol, port } of connections) {
          const l4 = l4Point(protocol, port);
          const { kind } = evaluateEffective(
            { firewall: undefined, networkPolicy: half, answers: new Map() },
            { address, l4 },
          );
          const column = columnAt(half.list.partition, address);
          const index = column.deciders[cellAt(column, l4)]!;
          expect(index === noRule ? half.list.otherwise : half.list.rules[index]!.action).toBe(kind);
          const word = (shift: bigint): number => Number((address.value >> shift) & 0xffffffffn);
          const code =
            address.family === 4 ? fast.v4(word(0n), l4) : fast.v6(word(96n), word(64n), word(32n), word(0n), l4);
          expect(codes[code]).toBe(kind);
        }
      },
    ),
    { numRuns: 1_000 },
  );
});

function rules(...texts: readonly string[]): readonly Rule[] {
  return texts.map((text, written) => {
    const [action, to] = text.split(" ") as [RuleAction, string];
    const cidr = parseCidr(to);
    if (!cidr.ok) throw new TypeError(cidr.error.message);
    return { action, to: { kind: "addresses", addresses: ipSetOf(cidr.value) }, l4: anyL4, text, written };
  });
}

const here = "192.0.2.0/24";
const elsewhere = "198.51.100.0/24";
const admin = (action: RuleAction, order = 0, name = "anp"): EgressPolicy =>
  policyForTest("AdminNetworkPolicy", name, rules(`${action} ${here}`), { ...adminTier, order });
const own = (to: string): EgressPolicy => policyForTest("NetworkPolicy", "np", rules(`allow ${to}`), undefined);
const baseline = (action: RuleAction): EgressPolicy =>
  policyForTest("BaselineAdminNetworkPolicy", "default", rules(`${action} ${here}`), { ...baselineTier, order: 0 });
const firewall = (action: RuleAction): EgressPolicy => ({
  ...policyForTest("EgressFirewall", "default", rules(`${action} ${here}`), undefined),
  otherwise: "allow",
});

function ask(policies: readonly EgressPolicy[]): ReturnType<typeof evaluateEffective> {
  const address = parseIp("192.0.2.7");
  if (!address.ok) throw new TypeError("not an address");
  return evaluateEffective(effectivePolicy(policies), { address: address.value, l4: l4Point("tcp", 443) });
}

describe("how the kinds combine on OVN-Kubernetes", () => {
  test.each<[string, readonly EgressPolicy[], "allow" | "deny", PolicyKind | "no policy"]>([
    [
      "an admin allow and no firewall",
      [admin("allow"), own(elsewhere), baseline("deny")],
      "allow",
      "AdminNetworkPolicy",
    ],
    ["an admin allow and a firewall that allows", [admin("allow"), firewall("allow")], "allow", "EgressFirewall"],
    ["an admin allow does not open a firewall", [admin("allow"), firewall("deny")], "deny", "EgressFirewall"],
    ["an admin deny is final", [admin("deny"), own(here), firewall("allow")], "deny", "AdminNetworkPolicy"],
    ["passed, and the namespace allows", [admin("pass"), own(here), baseline("deny")], "allow", "NetworkPolicy"],
    ["passed, and the namespace denies", [admin("pass"), own(elsewhere), baseline("allow")], "deny", "NetworkPolicy"],
    ["the namespace denies whatever a firewall allows", [own(elsewhere), firewall("allow")], "deny", "NetworkPolicy"],
    [
      "not isolated, and the baseline denies",
      [admin("pass"), baseline("deny"), firewall("allow")],
      "deny",
      "BaselineAdminNetworkPolicy",
    ],
    ["not isolated, and the baseline allows", [baseline("allow")], "allow", "BaselineAdminNetworkPolicy"],
    ["a baseline does not open a firewall", [baseline("allow"), firewall("deny")], "deny", "EgressFirewall"],
    ["nobody decides", [admin("pass")], "allow", "AdminNetworkPolicy"],
    [
      "the lower priority is asked first",
      [admin("deny", 5, "a"), admin("allow", 4, "b")],
      "allow",
      "AdminNetworkPolicy",
    ],
    [
      "a pass also skips the later ones of the tier",
      [admin("pass", 1, "a"), admin("deny", 2, "b")],
      "allow",
      "AdminNetworkPolicy",
    ],
  ])("%s", (_, policies, kind, decider) => {
    const verdict = ask(policies);
    expect([verdict.kind, verdict.decidedBy.policy?.kind ?? "no policy"]).toEqual([kind, decider]);
  });
});

describe("what is not known matters only where it would change the answer", () => {
  const unapplied = { ...admin("allow", 5), notApplied: "the API server refuses it" };
  test.each<[string, readonly EgressPolicy[], string]>([
    ["an order that nothing defines", [admin("deny", 1, "a"), admin("allow", 1, "b")], "unknown: undefined-order"],
    ["the same order, the same action", [admin("deny", 1, "a"), admin("deny", 1, "b")], "deny: undefined"],
    ["a policy that may not be there", [unapplied], "unknown: not-applied"],
    ["a policy that comes before it", [admin("deny", 1, "first"), unapplied], "deny: undefined"],
    [
      "a policy of the namespace that may not be there",
      [{ ...own(here), notApplied: "refused" }, baseline("deny")],
      "unknown: not-applied",
    ],
  ])("%s", (_, policies, answer) => {
    const { kind, decidedBy } = ask(policies);
    expect(`${kind}: ${decidedBy.why}`).toBe(answer);
  });
});
