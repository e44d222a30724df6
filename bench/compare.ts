/**
 * How long do the comparison of two 8,000-rule policies and the search for dead rules take, compile included? The second
 * policy is the first with fifty rules removed and fifty added; once with addresses only, once with 2,000 names.
 *
 *   node bench/compare.ts [--rules 8000] [--rounds 7]
 */
import { parseArgs } from "node:util";
import { analyse } from "../src/core/policy/analyse.ts";
import { compare } from "../src/core/policy/compare.ts";
import { compile } from "../src/core/policy/compile.ts";
import type { RuleList } from "../src/core/policy/model.ts";
import { largePolicy } from "./corpus/large-policy.ts";
import { median, printResult, timed } from "./corpus/measure.ts";

const { values } = parseArgs({
  options: { rules: { type: "string", default: "8000" }, rounds: { type: "string", default: "7" } },
});
const rules = Number(values.rules);

function edited(policy: RuleList): RuleList {
  const added = largePolicy(52, 99).rules.slice(0, 50);
  return { ...policy, rules: [...added, ...policy.rules.filter((_, i) => i % Math.floor(rules / 50) !== 7)] };
}

for (const named of [0, Math.floor(rules / 4)]) {
  const before = largePolicy(rules, 1, named);
  const after = edited(before);
  const compareMs: number[] = [];
  const analyseMs: number[] = [];
  let differences = 0;
  let issues = 0;
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const compared = timed(() => compare(compile(before), compile(after)));
    const analysed = timed(() => analyse(compile(before, { withRunnersUp: true })));
    compareMs.push(compared.ms);
    analyseMs.push(analysed.ms);
    differences = compared.value.length;
    issues = analysed.value.length;
  }
  printResult("compare two policies, and find dead rules", {
    rules,
    named,
    differences,
    issues,
    compareMs: compareMs.map(Math.round),
    analyseMs: analyseMs.map(Math.round),
    medianCompareMs: Math.round(median(compareMs)),
    medianAnalyseMs: Math.round(median(analyseMs)),
  });
}
