import { formatIpSet } from "../../../core/net/ip-set.ts";
import { formatIp } from "../../../core/net/ip.ts";
import { formatL4Point, formatL4Set } from "../../../core/net/l4.ts";
import type { Difference } from "../../../core/policy/difference.ts";

export interface DifferenceWords {
  readonly destination: string;
  /** `any`, `tcp/443`. */
  readonly ports: string;
  readonly exampleHost: string;
  readonly examplePort: string;
}

/** Nobody reads more ranges than this in one line. */
const readable = 6;

export function differenceWords(difference: Difference, isComplete = false): DifferenceWords {
  const destination = difference.to === "addresses" ? formatIpSet(difference.addresses) : difference.destination;
  const { example } = difference;
  return {
    destination: isComplete ? destination : shortened(destination),
    ports: formatL4Set(difference.l4),
    exampleHost: "name" in example ? example.name : formatIp(example.address),
    examplePort: formatL4Point(example.l4),
  };
}

function shortened(destination: string): string {
  const parts = destination.split(", ");
  if (parts.length <= readable + 1) return destination;
  return `${parts.slice(0, readable).join(", ")} and ${parts.length - readable} more ranges`;
}
