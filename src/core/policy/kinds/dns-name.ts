import { parseIp } from "../../net/ip.ts";

/** How a `dnsName` fares with the CRD's pattern and with the stricter rules of the DNSNameResolver feature. */
export interface DnsNameFit {
  /** `^(\*\.)?([A-Za-z0-9-]+\.)*[A-Za-z0-9-]+\.?$`; where wildcards are not known, without the first part. */
  readonly isStored: boolean;
  readonly isWildcard: boolean;
  /** At least two labels of 1–63 characters, none of which starts or ends with `-`. */
  readonly isValidWithResolver: boolean;
  /** Lower case, no trailing dot. */
  readonly isPlain: boolean;
  /** Looks like an IPv4 address, which DNS has no host for. */
  readonly isAddress: boolean;
}

export function fitDnsName(text: string): DnsNameFit {
  const isWildcard = text.startsWith("*.");
  const rest = isWildcard ? text.slice(2) : text;
  const labels = (rest.endsWith(".") ? rest.slice(0, -1) : rest).split(".");
  return {
    isStored: labels.every((label) => /^[A-Za-z0-9-]+$/.test(label)),
    isWildcard,
    isValidWithResolver: labels.length >= 2 && labels.every(isHostLabel),
    isAddress: !isWildcard && parseIp(labels.join(".")).ok,
    isPlain: !rest.endsWith(".") && text === text.toLowerCase(),
  };
}

function isHostLabel(label: string): boolean {
  return label.length <= 63 && /^[A-Za-z0-9-]+$/.test(label) && !label.startsWith("-") && !label.endsWith("-");
}
