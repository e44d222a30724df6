import { fail, ok, type Result } from "../result.ts";
import * as intervals from "./interval-set.ts";
import type { IntervalSet } from "./interval-set.ts";
import { type Family, familyBits, familyMax, formatIp, type IpAddress, parseIp } from "./ip.ts";

/** A set of addresses of both families, canonical per family, so that equal sets are structurally equal. */
export interface IpSet {
  readonly v4: IntervalSet<bigint>;
  readonly v6: IntervalSet<bigint>;
}

/** A CIDR block: an aligned, power-of-two range. */
export interface Cidr {
  readonly family: Family;
  readonly first: bigint;
  readonly prefixLength: number;
}

export type CidrError =
  | { readonly code: "cidr_syntax"; readonly message: string; readonly suggestion?: string }
  /** What Go's ParseCIDR accepts and OVN masks silently; `cidr` is what the cluster will really use. */
  | { readonly code: "cidr_host_bits"; readonly message: string; readonly suggestion: string; readonly cidr: Cidr };

export const noAddresses: IpSet = { v4: [], v6: [] };
export const allAddresses: IpSet = {
  v4: [{ first: 0n, last: familyMax[4] }],
  v6: [{ first: 0n, last: familyMax[6] }],
};

/**
 * Reads `address/prefix-length`. A bare address and host bits are errors that carry the mend; callers that must do
 * what a cluster does take `cidr` from a `cidr_host_bits` error.
 */
export function parseCidr(text: string): Result<Cidr, CidrError> {
  const slash = text.indexOf("/");
  const address = parseIp(slash < 0 ? text : text.slice(0, slash));
  const syntax = (suggestion?: string): Result<Cidr, CidrError> =>
    fail({
      code: "cidr_syntax",
      message: `\`${text}\` is not a CIDR block${suggestion === undefined ? "" : `, did you mean \`${suggestion}\`?`}`,
      ...(suggestion === undefined ? {} : { suggestion }),
    });
  if (!address.ok) return syntax();
  // Go keeps the v6 form of a v4-mapped block apart; nobody writes one on purpose, so it is refused here.
  if (address.value.family === 4 && text.includes(":")) return syntax();
  const { family, value } = address.value;
  if (slash < 0) return syntax(`${formatIp(address.value)}/${familyBits[family]}`);
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9][0-9]{0,2})$/.test(length) || Number(length) > familyBits[family]) return syntax();
  const cidr = cidrAround({ family, value }, Number(length));
  if (cidr.first === value) return ok(cidr);
  const suggestion = formatCidr(cidr);
  return fail({
    code: "cidr_host_bits",
    message: `\`${text}\` has host bits set, did you mean \`${suggestion}\`?`,
    suggestion,
    cidr,
  });
}

/** The block of this prefix length that holds the address. */
export function cidrAround({ family, value }: IpAddress, prefixLength: number): Cidr {
  const hostBits = BigInt(familyBits[family] - prefixLength);
  return { family, first: (value >> hostBits) << hostBits, prefixLength };
}

export function lastOf({ family, first, prefixLength }: Cidr): bigint {
  return first + (1n << BigInt(familyBits[family] - prefixLength)) - 1n;
}

export function formatCidr({ family, first, prefixLength }: Cidr): string {
  return `${formatIp({ family, value: first })}/${prefixLength}`;
}

export function ipSetOf(...members: readonly (Cidr | IpAddress)[]): IpSet {
  return ipSetOfAll(members);
}

/** {@link ipSetOf} for any number of members. */
export function ipSetOfAll(members: readonly (Cidr | IpAddress)[]): IpSet {
  const range = (member: Cidr | IpAddress): intervals.Interval<bigint> =>
    "prefixLength" in member
      ? { first: member.first, last: lastOf(member) }
      : { first: member.value, last: member.value };
  const of = (family: Family): IntervalSet<bigint> =>
    intervals.intervalSet(members.filter((member) => member.family === family).map(range));
  return { v4: of(4), v6: of(6) };
}

export function ranges(set: IpSet, family: Family): IntervalSet<bigint> {
  return family === 4 ? set.v4 : set.v6;
}

export function unionIp(a: IpSet, b: IpSet): IpSet {
  return { v4: intervals.union(a.v4, b.v4), v6: intervals.union(a.v6, b.v6) };
}

export function intersectIp(a: IpSet, b: IpSet): IpSet {
  return { v4: intervals.intersect(a.v4, b.v4), v6: intervals.intersect(a.v6, b.v6) };
}

export function subtractIp(a: IpSet, b: IpSet): IpSet {
  return { v4: intervals.subtract(a.v4, b.v4), v6: intervals.subtract(a.v6, b.v6) };
}

export function containsIp(set: IpSet, address: IpAddress): boolean {
  return intervals.contains(ranges(set, address.family), address.value);
}

export function isEmptyIp(set: IpSet): boolean {
  return set.v4.length === 0 && set.v6.length === 0;
}

export function equalIp(a: IpSet, b: IpSet): boolean {
  return intervals.equal(a.v4, b.v4) && intervals.equal(a.v6, b.v6);
}

export function overlapsIp(a: IpSet, b: IpSet): boolean {
  return intervals.overlaps(a.v4, b.v4) || intervals.overlaps(a.v6, b.v6);
}

export function isSubsetIp(a: IpSet, b: IpSet): boolean {
  return intervals.isSubset(a.v4, b.v4) && intervals.isSubset(a.v6, b.v6);
}

/** How many addresses of one family, or of both. */
export function countIp(set: IpSet, families: readonly Family[] = [4, 6]): bigint {
  const count = (sum: bigint, { first, last }: intervals.Interval<bigint>): bigint => sum + last - first + 1n;
  return families.reduce((sum, family) => ranges(set, family).reduce(count, sum), 0n);
}

/** The fewest CIDR blocks that cover exactly the set, ascending, IPv4 first. */
export function toCidrs(set: IpSet): readonly Cidr[] {
  return ([4, 6] as const).flatMap((family) => ranges(set, family).flatMap((range) => cidrsOf(family, range)));
}

function cidrsOf(family: Family, { first, last }: intervals.Interval<bigint>): Cidr[] {
  const cidrs: Cidr[] = [];
  for (let from = first; from <= last;) {
    let prefixLength: number = familyBits[family];
    let size = 1n;
    // Doubles the block while it stays aligned and inside.
    while (prefixLength > 0 && (from & size) === 0n && from + 2n * size - 1n <= last) {
      size *= 2n;
      prefixLength -= 1;
    }
    cidrs.push({ family, first: from, prefixLength });
    from += size;
  }
  return cidrs;
}

/** Short text that is equal exactly for equal sets; cheaper than {@link formatIpSet}, for keys. */
export function ipSetKey({ v4, v6 }: IpSet): string {
  const text = (set: IntervalSet<bigint>): string =>
    set.map(({ first, last }) => `${first.toString(36)}-${last.toString(36)}`).join();
  return `${text(v4)};${text(v6)}`;
}

/** Text for people: blocks where a range is one block, `first-last` otherwise, IPv4 first. */
export function formatIpSet(set: IpSet): string {
  const parts = ([4, 6] as const).flatMap((family) =>
    ranges(set, family).map((range) => {
      const cidrs = cidrsOf(family, range);
      if (cidrs.length === 1) return formatCidr(cidrs[0]!);
      return `${formatIp({ family, value: range.first })}-${formatIp({ family, value: range.last })}`;
    }),
  );
  return parts.length === 0 ? "nothing" : parts.join(", ");
}
