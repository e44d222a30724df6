import type { FindingKind } from "./finding-kind.ts";

/** What recorded traffic and a second look say about rules that work as written: `postern optimise`. */
export const useFindings = {
  rule_mergeable: {
    severity: "note",
    consequence: "kept",
    title: "several rules say what one can say",
    effect: "all of them work; every rule more is one more to read and one more match on every node",
    fix: "write them as one",
  },
  rule_over_broad: {
    severity: "note",
    consequence: "kept",
    title: "recorded traffic uses little of what the rule opens",
    effect: "addresses and ports that nobody was seen to use are open to whoever takes over a pod",
    fix: "allow what is used, with a margin where it still changes",
  },
  rule_address_moves: {
    severity: "note",
    consequence: "kept",
    title: "the rule allows addresses of a name whose addresses change slowly",
    effect: "when the name moves on, the traffic is denied; nodes that resolve the name themselves would follow it",
    fix: "allow the name",
  },
  rule_name_flaps: {
    severity: "warning",
    consequence: "kept",
    title: "the name's addresses change from answer to answer",
    effect:
      "each node resolves the name for itself and keeps its latest answer alone: pods are given other addresses, and " +
      "connections to those are denied now and then",
    fix: "allow the blocks the name's addresses come from beside it, or the provider's published ranges",
  },
} as const satisfies Record<string, FindingKind>;
