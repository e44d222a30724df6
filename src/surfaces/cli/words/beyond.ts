import { formatIpSet } from "../../../core/net/ip-set.ts";
import { formatL4Set } from "../../../core/net/l4.ts";
import { formatDestination } from "../../../core/policy/destination-key.ts";
import { log2 } from "../../../core/policy/exposure.ts";
import type { Beyond } from "../../../pipeline/verify/beyond-recorded.ts";

/** Nobody reads more ranges than this in one line. */
const readable = 4;
/** Past this a power of two says more than a number. */
const countable = 1_000_000n;

/** `tcp/443 to 203.0.113.0/24: 256 addresses, 3 seen`. */
export function beyondWords({ by, addresses, l4, addressCount, seenCount }: Beyond): string {
  const ports = formatL4Set(l4);
  const to =
    by.to === undefined || by.to.kind === "addresses" ? shortened(formatIpSet(addresses)) : formatDestination(by.to);
  return `${ports === "any" ? "every port" : ports} to ${to}: ${amount(addressCount)}, ${seenCount.toLocaleString("en-US")} seen`;
}

function amount(count: bigint): string {
  if (count < countable) return `${count.toLocaleString("en-US")} address${count === 1n ? "" : "es"}`;
  return `about 2^${Math.round(log2(count) ?? 0)} addresses`;
}

function shortened(text: string): string {
  const parts = text.split(", ");
  if (parts.length <= readable + 1) return text;
  return `${parts.slice(0, readable).join(", ")} and ${parts.length - readable} more ranges`;
}
