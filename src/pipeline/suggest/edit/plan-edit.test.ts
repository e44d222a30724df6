import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryEgressFirewallDraft, arbitraryNetworkPolicyDraft } from "../../../../test/arbitraries/draft.ts";
import { arbitraryRuleList } from "../../../../test/arbitraries/rule-list.ts";
import { parseCidr } from "../../../core/net/ip-set.ts";
import { namePattern } from "../../../core/net/name-pattern.ts";
import { compare } from "../../../core/policy/compare.ts";
import { compile } from "../../../core/policy/compile.ts";
import type { DraftPolicy, EgressFirewallDraftRule } from "../../../core/policy/draft.ts";
import type { EgressPolicy } from "../../../core/policy/model.ts";
import { printPolicy } from "../../../core/policy/print-policy.ts";
import { readPolicy } from "../../../core/policy/read-policy.ts";
import { applyRuleEdits, type PrintedRule, printedRulesOf } from "../../../core/policy/rule-edit.ts";
import { planEdit } from "./plan-edit.ts";

/** `Allow 10.0.0.0/8 443,80`, `Allow api.example.com`, `Deny ::/0`. */
function firewall(lines: readonly string[]): DraftPolicy {
  return {
    kind: "EgressFirewall",
    namespace: "shop",
    name: "default",
    comment: [],
    rules: lines.map((line): EgressFirewallDraftRule => {
      const [action = "", to = "", ports = ""] = line.split(" ");
      const cidr = parseCidr(to);
      return {
        action: action === "Allow" ? "allow" : "deny",
        to: cidr.ok ? { kind: "cidr", cidr: cidr.value } : { kind: "name", pattern: namePattern(to, "one-label") },
        ports: ports === "" ? [] : ports.split(",").map((port) => ({ protocol: "tcp", port: Number(port) })),
        comment: [],
      };
    }),
  };
}

function read(value: unknown): EgressPolicy {
  const policy = readPolicy(
    { value, locate: () => ({ file: "shop.yaml", path: "" }) },
    { dnsNameResolver: true },
  )?.policy;
  return policy!;
}

function plan(today: readonly string[], wanted: readonly string[]): readonly string[] {
  const [old, next] = [firewall(today), firewall(wanted)];
  const made = planEdit(read(printPolicy(old).value), read(printPolicy(next).value), printedRulesOf(printPolicy(next)));
  if (made.kind === "rewrite") return [made.because];
  return made.rules.map((rule) => {
    if (rule.from === "today") return `= ${today[rule.rule]!}`;
    return `${rule.replaces === undefined ? "+" : "~"} ${wanted[rule.rule]!}`;
  });
}

const denyAll = ["Deny 0.0.0.0/0", "Deny ::/0"];

describe("the smallest change", () => {
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      "nothing to do",
      ["Allow 192.0.2.1/32 443", ...denyAll],
      ["Allow 192.0.2.1/32 443", ...denyAll],
      ["= Allow 192.0.2.1/32 443", "= Deny 0.0.0.0/0", "= Deny ::/0"],
    ],
    [
      "their order stays where it does not matter",
      ["Allow 198.51.100.1/32 443", "Allow 192.0.2.1/32 443", ...denyAll],
      ["Allow 192.0.2.1/32 443", "Allow 198.51.100.1/32 443", ...denyAll],
      ["= Allow 198.51.100.1/32 443", "= Allow 192.0.2.1/32 443", "= Deny 0.0.0.0/0", "= Deny ::/0"],
    ],
    [
      "a new rule comes before the catch-all",
      ["Allow 192.0.2.1/32 443", ...denyAll],
      ["Allow 192.0.2.1/32 443", "Allow 192.0.2.2/32 443", ...denyAll],
      ["= Allow 192.0.2.1/32 443", "+ Allow 192.0.2.2/32 443", "= Deny 0.0.0.0/0", "= Deny ::/0"],
    ],
    [
      "a guardrail comes before what it guards against",
      ["Allow api.example.com 443", "Deny 0.0.0.0/0"],
      ["Deny 169.254.169.254/32", "Allow api.example.com 443", "Deny 0.0.0.0/0"],
      ["+ Deny 169.254.169.254/32", "= Allow api.example.com 443", "= Deny 0.0.0.0/0"],
    ],
    [
      "a guardrail that nothing meets yet comes first all the same",
      ["Allow 10.0.0.0/8", "Deny 0.0.0.0/0"],
      ["Deny 169.254.169.254/32", "Allow 10.0.0.0/8", "Allow api.example.com 443", ...denyAll],
      [
        "+ Deny 169.254.169.254/32",
        "= Allow 10.0.0.0/8",
        "+ Allow api.example.com 443",
        "= Deny 0.0.0.0/0",
        "+ Deny ::/0",
      ],
    ],
    [
      "an allow that is no longer wanted goes",
      ["Allow 10.0.0.0/8", "Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
      ["Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
      ["= Allow 192.0.2.1/32 443", "= Deny 0.0.0.0/0"],
    ],
    [
      "a broad allow becomes the exact one in its place",
      ["Allow 10.0.0.0/8", "Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
      ["Allow 10.20.0.0/16 5432", "Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
      ["~ Allow 10.20.0.0/16 5432", "= Allow 192.0.2.1/32 443", "= Deny 0.0.0.0/0"],
    ],
    [
      "one more port is a new form of the same rule",
      ["Allow api.example.com 443", "Deny 0.0.0.0/0"],
      ["Allow api.example.com 443,8443", "Deny 0.0.0.0/0"],
      ["~ Allow api.example.com 443,8443", "= Deny 0.0.0.0/0"],
    ],
    [
      "the same said with more rules stays",
      ["Allow 10.0.0.0/25 443", "Allow 10.0.0.128/25 443", "Deny 0.0.0.0/0"],
      ["Allow 10.0.0.0/24 443", "Deny 0.0.0.0/0"],
      ["= Allow 10.0.0.0/25 443", "= Allow 10.0.0.128/25 443", "= Deny 0.0.0.0/0"],
    ],
    [
      "a rule that a wider one takes in is replaced by it",
      ["Allow 10.0.0.7/32 443", "Deny 0.0.0.0/0"],
      ["Allow 10.0.0.0/24 443", "Deny 0.0.0.0/0"],
      ["~ Allow 10.0.0.0/24 443", "= Deny 0.0.0.0/0"],
    ],
    [
      "the other family is closed at the end",
      ["Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
      ["Allow 192.0.2.1/32 443", ...denyAll],
      ["= Allow 192.0.2.1/32 443", "= Deny 0.0.0.0/0", "+ Deny ::/0"],
    ],
    [
      "an order that is wrong cannot stay",
      ["Deny 0.0.0.0/0", "Allow 192.0.2.1/32 443"],
      ["Allow 192.0.2.1/32 443", "Deny 0.0.0.0/0"],
      ["its rules cannot be kept in their order with the meaning that is wanted"],
    ],
  ])("%s", (_, today, wanted, expected) => {
    expect(plan(today, wanted)).toEqual(expected);
  });
});

/** What the plan makes of the policy, read as a cluster would. */
function applied(today: DraftPolicy, wanted: DraftPolicy): EgressPolicy | undefined {
  const printed = printPolicy(today);
  const made = planEdit(read(printed.value), read(printPolicy(wanted).value), printedRulesOf(printPolicy(wanted)));
  if (made.kind === "rewrite") return undefined;
  const list = applyRuleEdits<PrintedRule>(printedRulesOf(printed), made.edits, (rule) => rule);
  const value = {
    ...printed.value,
    spec: { ...(printed.value.spec as object), egress: list.map((rule) => rule.value) },
  };
  return read(value);
}

test.each([
  ["EgressFirewall", arbitraryEgressFirewallDraft() as fc.Arbitrary<DraftPolicy>],
  ["NetworkPolicy", arbitraryNetworkPolicyDraft() as fc.Arbitrary<DraftPolicy>],
])("an edited %s means what was wanted", (_, draft) => {
  const meansGoal = fc.property(draft, draft, (today, wanted) => {
    const edited = applied(today, wanted);
    return edited === undefined || compare(compile(edited), compile(read(printPolicy(wanted).value))).length === 0;
  });
  const { counterexample } = fc.check(meansGoal, { numRuns: 300 });
  expect(counterexample).toBeNull();
});

test("any lists: an edit means what was wanted, keeps the order of what stays, and nothing changes for the same list", () => {
  const policyOf = (list: Pick<EgressPolicy, "rules" | "otherwise">): EgressPolicy => ({
    kind: "EgressFirewall",
    namespace: "shop",
    name: "default",
    podSelector: undefined,
    isolates: true,
    at: { file: "", path: "" },
    ruleLocations: list.rules.map(() => ({ file: "", path: "" })),
    notApplied: undefined,
    ...list,
  });
  let edited = 0;
  fc.assert(
    fc.property(arbitraryRuleList(), arbitraryRuleList(), (a, b) => {
      const [today, wanted] = [policyOf(a), policyOf({ ...b, otherwise: a.otherwise })];
      const printed = wanted.rules.map((): PrintedRule => ({ value: {}, comment: [] }));
      const same = planEdit(wanted, wanted, printed);
      expect(same.kind === "edit" && same.edits).toEqual([]);
      const made = planEdit(today, wanted, printed);
      if (made.kind === "rewrite") return;
      edited += 1;
      const rules = made.rules.map((rule) => (rule.from === "today" ? today : wanted).rules[rule.rule]!);
      expect(compare(compile({ ...wanted, rules }), compile(wanted))).toEqual([]);
      const kept = made.rules.flatMap((rule) => (rule.from === "today" ? rule.rule : []));
      expect(kept).toEqual(kept.toSorted((x, y) => x - y));
      const fromEdits = applyRuleEdits<unknown>(today.rules, made.edits, () => "new");
      expect(fromEdits).toEqual(made.rules.map((rule) => (rule.from === "today" ? today.rules[rule.rule] : "new")));
    }),
    { numRuns: 500 },
  );
  expect(edited).toBeGreaterThan(50);
});
