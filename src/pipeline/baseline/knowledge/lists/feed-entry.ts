import { type Cidr, intersectIp, ipSetOf, isEmptyIp, parseCidr } from "../../../../core/net/ip-set.ts";
import { parseIp } from "../../../../core/net/ip.ts";
import { canonicalName, namePattern } from "../../../../core/net/name-pattern.ts";
import { isHostName } from "../../../flows/gather-names.ts";
import type { ThreatFeed } from "../knowledge.ts";
import { readBlock } from "./list-trouble.ts";

export type FeedTarget = ThreatFeed["entries"][number]["to"];

/** `unsafe`: believing it would forbid addresses of one's own, or a large part of the Internet. */
export type ReadTarget = FeedTarget | "unsafe" | undefined;

const nobodysThreat = ipSetOf(
  ...(
    "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 224.0.0.0/3 " +
    "::/127 fc00::/7 fe80::/10 ff00::/8"
  )
    .split(" ")
    .map((text) => {
      const cidr = parseCidr(text);
      if (!cidr.ok) throw new TypeError(cidr.error.message);
      return cidr.value;
    }),
);
/** The largest blocks that lists of hijacked networks have are /10 and /20 or so. */
const shortest = { 4: 8, 6: 19 } as const;

/** `192.0.2.1`, `192.0.2.0/24`, `192.0.2.1:8080`, `[2001:db8::1]:443`, `evil.example`, `*.evil.example`, `https://evil.example/x`. */
export function readTarget(text: string): ReadTarget {
  const host = hostOf(text);
  if (/^[0-9a-f:.]+(\/[0-9]+)?$/i.test(host) && (host.includes(":") || parseIp(host.split("/")[0]!).ok)) {
    const block = readBlock(host, "");
    if (!block.ok) return block.error.code === "list_too_broad" ? "unsafe" : undefined;
    return isSafe(block.value) ? { kind: "block", cidr: block.value } : "unsafe";
  }
  const name = canonicalName(host.startsWith(".") ? `*${host}` : host);
  const bare = name.startsWith("*.") ? name.slice(2) : name;
  if (!bare.includes(".") || !isHostName(bare)) return undefined;
  return { kind: "name", pattern: namePattern(name, "subdomains") };
}

function hostOf(text: string): string {
  const [, authority] = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(text) ?? [];
  const host = authority ?? text;
  const [, bracketed] = /^\[([0-9a-f:.]+)\](?::[0-9]+)?$/i.exec(host) ?? [];
  if (bracketed !== undefined) return bracketed;
  const [, bare] = /^([^:/]+):[0-9]{1,5}$/.exec(host) ?? [];
  return bare ?? host;
}

function isSafe(cidr: Cidr): boolean {
  return cidr.prefixLength >= shortest[cidr.family] && isEmptyIp(intersectIp(ipSetOf(cidr), nobodysThreat));
}
