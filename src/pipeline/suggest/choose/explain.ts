import { type Candidate, priceOf } from "./candidate.ts";
import type { Posture } from "./choice.ts";
import { breakagePrice, exposurePrice, rulesPrice } from "./posture.ts";

export function becauseOf(candidate: Candidate): string {
  return candidate.because();
}

/** The largest thing that speaks against a form, as the end of a sentence. */
export function whyNot(other: Candidate, chosen: Candidate, ports: number, posture: Posture): string {
  const open = ({ opens }: Candidate): number => Math.log2(opens * ports);
  const told = ({ addressBits }: Candidate): string => powerText(addressBits + Math.log2(ports));
  const differences = [
    {
      by: breakagePrice(other.breakage, posture) - breakagePrice(chosen.breakage, posture),
      text: () => breakageText(other),
    },
    {
      by: exposurePrice(open(other)) - exposurePrice(open(chosen)) + other.malus - chosen.malus,
      text: () => `it would open ${told(other)} where ${told(chosen)} do`,
    },
    {
      by: rulesPrice(other.rules) - rulesPrice(chosen.rules),
      text: () =>
        `it would take ${other.rules.toLocaleString("en-US")} rules instead of ${chosen.rules.toLocaleString("en-US")}`,
    },
  ];
  const [worst] = differences.sort((a, b) => b.by - a.by);
  const isClose = priceOf(other, ports, posture).total - priceOf(chosen, ports, posture).total < 0.05;
  return isClose || worst === undefined || worst.by <= 0 ? "it is no better" : worst.text();
}

function breakageText({ breakage: { week, share }, kind }: Candidate): string {
  if (share >= 0.02)
    return `${kind === "name" ? "it would miss" : "it would block"} ${percent(share)} of the connections`;
  return `it would block something within a week with a chance of ${percent(week)}`;
}

/** `12 %`, `less than 1 %`. */
export function percent(share: number): string {
  const whole = Math.round(share * 100);
  return whole < 1 ? "less than 1 %" : `${whole} %`;
}

function powerText(bits: number): string {
  return bits < 10
    ? `${Math.round(2 ** bits)} pairs of address and port`
    : `2^${bits.toFixed(0)} pairs of address and port`;
}
