import type { Exposure } from "../../../core/policy/exposure.ts";
import { count } from "./count.ts";

/**
 * What is open of one family, in reachable pairs of address and port: `nothing`, `everything`, `32 pairs`, or a power of
 * two where a number says nothing, `2^17.6`. Wide open is 2^49.6 for IPv4 and 2^145.6 for IPv6.
 */
export function openOf(exposure: Exposure, family: 4 | 6): string {
  const power = family === 4 ? exposure.v4 : exposure.v6;
  if (power === undefined) return "nothing";
  if (power < countable) return count(Math.round(2 ** power), "pair");
  const rounded = power.toFixed(1);
  return rounded === everything[family] ? "everything" : `2^${rounded}`;
}

/** Below this power a count is easier to grasp. */
const countable = 13;

/** TCP, UDP and SCTP with 65,536 ports each, ICMP, and everything else: 196,610 points per address. */
const everything = { 4: (32 + Math.log2(196_610)).toFixed(1), 6: (128 + Math.log2(196_610)).toFixed(1) } as const;

/** `, and 3 rules by name`: what no power of two counts. */
function byName({ unresolvedRules }: Exposure): string {
  return unresolvedRules === 0 ? "" : `, and ${count(unresolvedRules, "rule")} by name or selector`;
}

/** `IPv4 everything → 2^12.6, IPv6 everything → nothing`. */
export function exposureChange(before: Exposure, after: Exposure): string {
  const families = ([4, 6] as const).map((family) => {
    const [a, b] = [openOf(before, family), openOf(after, family)];
    return a === b ? `IPv${family} ${b}` : `IPv${family} ${a} → ${b}`;
  });
  return `${families.join(", ")}${byName(after)}`;
}
