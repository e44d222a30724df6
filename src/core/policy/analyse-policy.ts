import { quoted } from "../quoted.ts";
import { analyse, type RuleIssue } from "./analyse.ts";
import { compare } from "./compare.ts";
import { compile } from "./compile.ts";
import { findingCatalogue, type FindingCode } from "./findings/catalogue.ts";
import type { EgressPolicy, Finding, Rule } from "./model.ts";

/** Past this many written rules of a NetworkPolicy, rules that add nothing are not searched for: it takes a comparison each. */
const comparedRules = 100;

/**
 * Findings about rules that do nothing or depend on their order. Never throws for a policy that was read; names and
 * selectors count as unknown, so what is reported holds whatever they stand for.
 */
export function analysePolicy(policy: EgressPolicy): readonly Finding[] {
  return policy.kind === "NetworkPolicy" ? addingNothing(policy) : orderIssues(policy);
}

function orderIssues(policy: EgressPolicy): readonly Finding[] {
  const issues = analyse(compile(policy, { withRunnersUp: true }));
  return issues
    .filter((issue) => !isForLaterPolicies(policy, issue))
    .map((issue) => {
      const rule = policy.rules[issue.rule]!;
      const { code, message } = describe(policy, issue, rule);
      return finding(policy, code, rule, message);
    });
}

/**
 * What no rule of it matches, other policies of its tier decide: a rule that says what the tier does in the end is no
 * less. Where denies win over every allow, that a deny takes something from an allow is what it is for.
 */
function isForLaterPolicies({ place, kind }: EgressPolicy, issue: RuleIssue): boolean {
  const isCilium = kind === "CiliumNetworkPolicy" || kind === "CiliumClusterwideNetworkPolicy";
  if (isCilium && issue.kind === "conflicting") return true;
  return (isCilium || place !== undefined) && issue.kind === "redundant" && issue.decidedInstead.includes("otherwise");
}

function describe(
  policy: EgressPolicy,
  issue: RuleIssue,
  rule: Rule,
): { readonly code: FindingCode; readonly message: string } {
  const told = quoted(rule.text);
  switch (issue.kind) {
    case "shadowed": {
      if (issue.hiddenBy.length === 0) return { code: "rule_shadowed", message: `${told} matches nothing` };
      const hiders = listRules(policy, issue.hiddenBy);
      return issue.decidesDifferently
        ? { code: "rule_contradicted", message: `${told} never decides: ${hiders} come${s(issue.hiddenBy)} first` }
        : { code: "rule_shadowed", message: `${told} is already decided by ${hiders}` };
    }
    case "redundant": {
      const rules = issue.decidedInstead.filter((by) => by !== "otherwise");
      const isDefault = rules.length < issue.decidedInstead.length;
      const also = rules.length === 0 ? "" : `${listRules(policy, rules)} decide${s(rules)} the same`;
      const open = isDefault
        ? `what no rule matches is ${policy.otherwise === "allow" ? "allowed" : "denied"} anyway`
        : "";
      return {
        code: "rule_redundant",
        message: `${told} changes nothing: ${[also, open].filter(Boolean).join(", and ")}`,
      };
    }
    case "conflicting":
      return {
        code: "rule_conflicting",
        message: `${told} and ${listRules(policy, [issue.with])} overlap in part: the order decides there`,
      };
    default:
      return issue satisfies never;
  }
}

function s(rules: readonly unknown[]): string {
  return rules.length === 1 ? "s" : "";
}

const listed = 3;

/** `rule 3 \`Deny 0.0.0.0/0\` (line 12)`. */
function listRules(policy: EgressPolicy, indices: readonly number[]): string {
  const parts = indices.slice(0, listed).map((index) => {
    const rule = policy.rules[index]!;
    const line = policy.ruleLocations[rule.written]?.line;
    return `rule ${rule.written} ${quoted(rule.text)}${line === undefined ? "" : ` (line ${line})`}`;
  });
  if (indices.length > listed) parts.push(`${indices.length - listed} more`);
  return parts.length === 1 ? parts[0]! : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)!}`;
}

/** The rules of a NetworkPolicy have no order, so the question is only whether the others allow as much. */
function addingNothing(policy: EgressPolicy): readonly Finding[] {
  const { ruleLocations, rules, isolates } = policy;
  if (!isolates || ruleLocations.length < 2 || ruleLocations.length > comparedRules) return [];
  const whole = compile(policy);
  return ruleLocations.flatMap((_, written) => {
    const own = rules.filter((rule) => rule.written === written);
    const others = rules.filter((rule) => rule.written !== written);
    if (own.length === 0 || compare(whole, compile({ ...policy, rules: others })).length > 0) return [];
    const told = own.map(({ text }) => quoted(text)).slice(0, listed);
    const more = own.length > listed ? ` and ${own.length - listed} more destinations` : "";
    const message = `${told.join(", ")}${more} adds nothing: other rules of the policy allow it already`;
    return [finding(policy, "np_rule_redundant", own[0]!, message)];
  });
}

function finding(policy: EgressPolicy, code: FindingCode, rule: Rule, message: string): Finding {
  const { severity, effect, fix } = findingCatalogue[code];
  return { code, severity, at: policy.ruleLocations[rule.written] ?? policy.at, message, effect, fix };
}
