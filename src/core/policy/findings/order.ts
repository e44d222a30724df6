import type { FindingKind } from "./finding-kind.ts";

/** What the order of a rule list, or the sum of policies, does to single rules. */
export const orderFindings = {
  rule_contradicted: {
    severity: "warning",
    consequence: "kept",
    title: "earlier rules decide everything the rule matches, and differently",
    effect: "the rule never decides: the first rule that matches wins, and those that match first do the opposite",
    fix: "move the rule in front of the rules that hide it, or remove it",
  },
  rule_shadowed: {
    severity: "warning",
    consequence: "kept",
    title: "earlier rules decide everything the rule matches",
    effect: "the rule never decides: those that match first do the same, so removing it changes nothing",
    fix: "remove the rule",
  },
  rule_redundant: {
    severity: "note",
    consequence: "kept",
    title: "without the rule every connection would have the same verdict",
    effect: "the rule decides, but what comes after it would decide the same",
    fix: "remove the rule, unless it is there to be seen",
  },
  rule_conflicting: {
    severity: "note",
    consequence: "kept",
    title: "two rules overlap in part and act differently",
    effect: "for the connections both match only their order decides",
    fix: "check the order, or write the rules so that they do not overlap",
  },
  np_rule_redundant: {
    severity: "note",
    consequence: "kept",
    title: "the policy's other rules already allow all that the rule allows",
    effect: "rules of a NetworkPolicy add up, so removing this one changes nothing",
    fix: "remove the rule",
  },
  rule_unused: {
    severity: "note",
    consequence: "kept",
    title: "no recorded flow was decided by the rule",
    effect: "an allow that nobody uses is open for no known reason, as far as the recorded flows can tell",
    fix: "check with its owner, or look at flows of a longer time, before removing it",
  },
} as const satisfies Record<string, FindingKind>;
