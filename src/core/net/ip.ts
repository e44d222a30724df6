import { fail, ok, type Result } from "../result.ts";

/** IPv4 or IPv6; the family is part of every value, so a v4 address never equals its v4-mapped v6 form. */
export type Family = 4 | 6;

export interface IpAddress {
  readonly family: Family;
  /** uint32 for IPv4, uint128 for IPv6. */
  readonly value: bigint;
}

export interface IpSyntaxError {
  readonly code: "ip_syntax";
  readonly message: string;
}

export const familyBits = { 4: 32, 6: 128 } as const;
export const familyMax = { 4: (1n << 32n) - 1n, 6: (1n << 128n) - 1n } as const;

/**
 * Reads dotted-quad IPv4 or RFC 4291 IPv6 text. As in Go's `net.ParseIP`, which the cluster uses, leading zeros in a
 * quad and zones (`%eth0`) are errors, and an IPv4-mapped IPv6 address is the IPv4 address.
 * @example parseIp("::ffff:192.0.2.1") // 192.0.2.1
 */
export function parseIp(text: string): Result<IpAddress, IpSyntaxError> {
  const value = text.includes(":") ? parseV6(text) : parseV4(text);
  if (value === undefined) return fail({ code: "ip_syntax", message: `\`${text}\` is not an IP address` });
  if (!text.includes(":")) return ok({ family: 4, value });
  return ok(value >> 32n === 0xffffn ? { family: 4, value: value & 0xffffffffn } : { family: 6, value });
}

function parseV4(text: string): bigint | undefined {
  const quads = text.split(".");
  if (quads.length !== 4) return undefined;
  let value = 0;
  for (const quad of quads) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(quad) || Number(quad) > 255) return undefined;
    value = value * 256 + Number(quad);
  }
  return BigInt(value);
}

function parseV6(text: string): bigint | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? "", halves.length === 1);
  const tail = groupsOf(halves[1] ?? "", true);
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  // `::` stands for at least one group of zeros.
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail].reduce(
    (value, group) => (value << 16n) | BigInt(group),
    0n,
  );
}

function groupsOf(text: string, mayEndInV4: boolean): number[] | undefined {
  if (text === "") return [];
  const groups: number[] = [];
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    if (mayEndInV4 && i === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      groups.push(Number(v4 >> 16n), Number(v4 & 0xffffn));
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

/** Canonical text: dotted quad, or RFC 5952 (lower case, the longest run of zeros shortened). */
export function formatIp({ family, value }: IpAddress): string {
  if (family === 4) {
    const v4 = Number(value);
    return `${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`;
  }
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn));
  let run = { at: -1, length: 1 }; // RFC 5952 4.2.2: a single zero group is not shortened
  for (let at = 0; at < 8; at += 1) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length += 1;
    if (length > run.length) run = { at, length };
    if (length > 0) at += length - 1;
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(":");
  if (run.at < 0) return hex(groups);
  return `${hex(groups.slice(0, run.at))}::${hex(groups.slice(run.at + run.length))}`;
}

export function compareIp(a: IpAddress, b: IpAddress): number {
  if (a.family !== b.family) return a.family - b.family;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}
