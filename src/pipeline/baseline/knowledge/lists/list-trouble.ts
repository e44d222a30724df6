import { type Cidr, parseCidr } from "../../../../core/net/ip-set.ts";
import { familyBits, formatIp, parseIp } from "../../../../core/net/ip.ts";
import { quoted } from "../../../../core/quoted.ts";
import { fail, ok, type Result } from "../../../../core/result.ts";

/** Why a list cannot be used. */
export interface ListTrouble {
  readonly code: "list_format" | "list_block" | "list_too_broad" | "list_too_long" | "list_empty";
  readonly message: string;
  /** `line 12`, `prefixes[3].ip_prefix`; undefined where all of it is meant. */
  readonly place: string | undefined;
}

/** More blocks or names than any list that is published today, by far. */
export const mostEntries = 1_000_000;

/** Shorter prefixes hold so much that nobody's list can mean them: the largest that providers publish are /8 and /20. */
const shortest = { 4: 7, 6: 16 } as const;

export function trouble(
  code: ListTrouble["code"],
  message: string,
  place?: string,
): { readonly ok: false; readonly error: ListTrouble } {
  return fail({ code, message, place });
}

/** A block or a single address; host bits are cut off, as a cluster does. */
export function readBlock(text: unknown, place: string): Result<Cidr, ListTrouble> {
  if (typeof text !== "string") return trouble("list_block", `${quoted(text)} is not a CIDR block`, place);
  const whole = parseCidr(text.includes("/") ? text : withLength(text));
  const cidr = whole.ok ? whole.value : whole.error.code === "cidr_host_bits" ? whole.error.cidr : undefined;
  if (cidr === undefined) return trouble("list_block", `${quoted(text)} is not a CIDR block`, place);
  if (cidr.prefixLength < shortest[cidr.family]) {
    const message = `${quoted(text)} is more than any list can mean; take it out, or write the blocks inside it`;
    return trouble("list_too_broad", message, place);
  }
  return ok(cidr);
}

function withLength(text: string): string {
  const ip = parseIp(text);
  return ip.ok ? `${formatIp(ip.value)}/${familyBits[ip.value.family]}` : text;
}

const longestText = 120;

/** Somebody's words inside our sentences: one line, not too long. */
export function cut(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}
