/**
 * How many connections a second are judged against an 8,000-rule policy, and how much faster than reading the list from
 * the top? Both sides run in one process on the same connections, in alternating order; medians of the rounds.
 *
 *   node bench/verdicts.ts [--rules 8000] [--rounds 5]
 */
import { parseArgs } from "node:util";
import { l4Point } from "../src/core/net/l4.ts";
import { compile } from "../src/core/policy/compile.ts";
import { FastEvaluator } from "../src/core/policy/evaluate.ts";
import { oracleEvaluate } from "../test/oracle/evaluate.ts";
import { largePolicy } from "./corpus/large-policy.ts";
import { median, printResult, timed } from "./corpus/measure.ts";
import { seeded } from "./corpus/random.ts";

const { values } = parseArgs({
  options: { rules: { type: "string", default: "8000" }, rounds: { type: "string", default: "5" } },
});
const policy = largePolicy(Number(values.rules), 1);
const compileTime = timed(() => compile(policy));
const fast = new FastEvaluator(compileTime.value);

const { next } = seeded(2);
const count = 1_000_000;
const v4 = new Uint32Array(count);
const v6 = new Uint32Array(count * 4);
const points = new Int32Array(count);
const targets = policy.rules.flatMap(({ to }) => (to.kind === "addresses" ? [...to.addresses.v4] : []));
for (let i = 0; i < count; i += 1) {
  // Half of the connections go where the policy has rules, half anywhere.
  const target = targets[Math.floor(next() * targets.length)]!;
  v4[i] = next() < 0.5 ? Number(target.first) : Math.floor(next() * 2 ** 32);
  v6.set([0x20010db8, Math.floor(next() * 2 ** 32), Math.floor(next() * 2 ** 32), 1], i * 4);
  points[i] = l4Point("tcp", [443, 80, 5432, 22][Math.floor(next() * 4)]!);
}

const runV4 = (): number => {
  let allowed = 0;
  for (let i = 0; i < count; i += 1) allowed += fast.v4(v4[i]!, points[i]!);
  return allowed;
};
const runV6 = (): number => {
  let allowed = 0;
  for (let i = 0; i < count; i += 1) {
    const at = i * 4;
    allowed += fast.v6(v6[at]!, v6[at + 1]!, v6[at + 2]!, v6[at + 3]!, points[i]!);
  }
  return allowed;
};
const sample = 2_000;
const runOracle = (): number => {
  let allowed = 0;
  for (let i = 0; i < sample; i += 1) {
    const connection = {
      address: { family: 4 as const, value: BigInt(v4[i]!) },
      protocol: "tcp" as const,
      port: points[i]!,
    };
    if (oracleEvaluate(policy, connection, () => undefined).kind === "allow") allowed += 1;
  }
  return allowed;
};

const rates: { v4: number[]; v6: number[]; oracle: number[] } = { v4: [], v6: [], oracle: [] };
runV4();
runV6();
for (let round = 0; round < Number(values.rounds); round += 1) {
  const steps: readonly (() => void)[] = [
    () => rates.v4.push(count / (timed(runV4).ms / 1000)),
    () => rates.v6.push(count / (timed(runV6).ms / 1000)),
    () => rates.oracle.push(sample / (timed(runOracle).ms / 1000)),
  ];
  for (const step of round % 2 === 0 ? steps : steps.toReversed()) step();
}
printResult("verdicts", {
  rules: policy.rules.length,
  compileMs: Math.round(compileTime.ms),
  verdictsPerSecondV4: rates.v4.map(Math.round),
  verdictsPerSecondV6: rates.v6.map(Math.round),
  linearPerSecond: rates.oracle.map(Math.round),
  medianV4: Math.round(median(rates.v4)),
  medianV6: Math.round(median(rates.v6)),
  timesFasterThanLinear: Math.round(median(rates.v4) / median(rates.oracle)),
});
