import type { Suggestion } from "../../../../app/suggest-policies.ts";
import type { RuleReason } from "../../../../pipeline/suggest/draft-input.ts";

export interface RuleLine {
  readonly rule: number;
  /** One line in the kind's own words. */
  readonly text: string;
  readonly reason: RuleReason;
}

/** The rules as written, each with why it is there. A rule with several destinations is still one. */
export function ruleLines({ policy, reasons }: Suggestion): readonly RuleLine[] {
  return reasons.map((reason, rule) => {
    const texts = policy.rules.filter(({ written }) => written === rule).map(({ text }) => text);
    const [first = "", ...more] = texts;
    return { rule, text: more.length === 0 ? first : `${first} and ${more.length} more`, reason };
  });
}
