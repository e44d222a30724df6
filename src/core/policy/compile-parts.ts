import { noRule } from "./column.ts";
import type { CompiledPart, CompiledRules } from "./compile.ts";
import { composePartitions } from "./compose-partitions.ts";
import type { Rule, RuleAction } from "./model.ts";
import type { Partition } from "./partition.ts";
import type { PartPlace } from "./settle.ts";

/** One list among several that are asked in order. What it does when no rule matches counts for nothing: the next is asked. */
export interface RulePart extends PartPlace {
  readonly list: CompiledRules;
}

/**
 * Several lists as one: indices run through all of them, rules that pass lead to the next tier, and where every tier
 * passes `otherwise` decides. The partition is made when it is first asked for: verdicts do without it.
 * @param parts by tier and rank; where nothing orders two parts, the partition takes them as they come here
 */
export function compileParts(given: readonly RulePart[], otherwise: RuleAction): CompiledRules {
  const parts: CompiledPart[] = [];
  const rules: Rule[] = [];
  for (const part of given) {
    parts.push({ ...part, first: rules.length });
    rules.push(...part.list.rules);
  }
  let partition: Partition | undefined;
  return {
    rules,
    otherwise,
    parts,
    symbolic: parts.flatMap(({ list, first }) =>
      list.symbolic.map(({ index, to, l4 }) => ({ index: first + index, to, l4 })),
    ),
    get partition() {
      return (partition ??= composePartitions(
        parts.map(({ list }) => list.partition),
        (deciders) => deciderOf(parts, deciders, otherwise),
      ));
    },
  };
}

/** The rule of the whole list that decides where each part's own decider is known. */
export function deciderOf(parts: readonly CompiledPart[], deciders: ArrayLike<number>, otherwise: RuleAction): number {
  let at = 0;
  let last = noRule;
  while (at < parts.length) {
    const { list, first, tier } = parts[at]!;
    const own = deciders[at]!;
    if (own === noRule) at += 1;
    else if (list.rules[own]!.action === "pass") {
      last = first + own;
      while (at < parts.length && parts[at]!.tier === tier) at += 1;
    } else return first + own;
  }
  // A list that passes on is decided by the rule that says so.
  return otherwise === "pass" ? last : noRule;
}
