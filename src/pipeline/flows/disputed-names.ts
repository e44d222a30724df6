import { formatIp } from "../../core/net/ip.ts";
import type { NameEvidence } from "./harvest.ts";

/**
 * Names that clients claimed for addresses that no DNS answer gave for them, where there were answers for the name at all.
 * Whoever wants to hide what it talks to claims a name that everybody trusts.
 */
export function disputedNames(evidence: readonly NameEvidence[]): readonly NameEvidence[] {
  const answered = new Map<string, Set<string>>();
  for (const { name, address, from } of evidence) {
    if (from !== "dns-answer") continue;
    const addresses = answered.get(name) ?? new Set();
    answered.set(name, addresses.add(formatIp(address)));
  }
  return evidence.filter(({ name, address, from }) => {
    return from === "tls-sni" && answered.get(name)?.has(formatIp(address)) === false;
  });
}
