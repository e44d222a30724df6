import * as fc from "fast-check";
import { type Cidr, cidrAround, type IpSet, ipSetOf, lastOf } from "../../src/core/net/ip-set.ts";
import { type Family, familyBits, familyMax, type IpAddress, parseIp } from "../../src/core/net/ip.ts";

/** Few roots and small offsets, so that random blocks nest, touch and overlap instead of missing each other. */
const roots: Readonly<Record<Family, readonly string[]>> = {
  4: ["0.0.0.0", "10.128.0.0", "100.64.0.0", "192.0.2.0", "198.51.100.0", "203.0.113.128", "255.255.255.255"],
  6: [
    "::",
    "64:ff9b::",
    "2001:db8::",
    "2001:db8:0:1::",
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ff00",
    "fd01::",
    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
  ],
};

const prefixLengths: Readonly<Record<Family, readonly number[]>> = {
  4: [0, 1, 8, 14, 15, 16, 23, 24, 25, 28, 30, 31, 32],
  6: [0, 1, 32, 47, 48, 63, 64, 65, 96, 112, 120, 126, 127, 128],
};

/** One past the last and one before the first address are neighbours too, so offsets stay inside the family. */
function nearby(family: Family, value: bigint, offset: bigint): IpAddress {
  const moved = value + offset;
  return { family, value: moved < 0n ? 0n : moved > familyMax[family] ? familyMax[family] : moved };
}

export function arbitraryFamily(): fc.Arbitrary<Family> {
  return fc.constantFrom(4, 6);
}

/** Mostly around the common roots, now and then anywhere. */
export function arbitraryIp(family?: Family): fc.Arbitrary<IpAddress> {
  if (family === undefined) return arbitraryFamily().chain((chosen) => arbitraryIp(chosen));
  const around = fc.tuple(fc.constantFrom(...roots[family]), fc.bigInt(-3n, 260n)).map(([text, offset]) => {
    const root = parseIp(text);
    if (!root.ok) throw new Error(root.error.message);
    return nearby(family, root.value.value, offset);
  });
  const anywhere = fc.bigInt(0n, familyMax[family]).map((value): IpAddress => ({ family, value }));
  return fc.oneof({ weight: 6, arbitrary: around }, { weight: 1, arbitrary: anywhere });
}

export function arbitraryPrefixLength(family: Family): fc.Arbitrary<number> {
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...prefixLengths[family]) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: familyBits[family] }) },
  );
}

export function arbitraryCidr(family?: Family): fc.Arbitrary<Cidr> {
  if (family === undefined) return arbitraryFamily().chain((chosen) => arbitraryCidr(chosen));
  return fc.tuple(arbitraryIp(family), arbitraryPrefixLength(family)).map(([ip, length]) => cidrAround(ip, length));
}

/** Unions of a few blocks and single addresses of either family, possibly empty. */
export function arbitraryIpSet(): fc.Arbitrary<IpSet> {
  return fc.array(fc.oneof(arbitraryCidr(), arbitraryIp()), { maxLength: 4 }).map((members) => ipSetOf(...members));
}

/** `first - 1`, `first`, `last`, `last + 1` of a range, as far as the family reaches. */
export function edgesOfRange(family: Family, first: bigint, last: bigint): readonly IpAddress[] {
  return [first - 1n, first, last, last + 1n]
    .filter((value) => value >= 0n && value <= familyMax[family])
    .map((value) => ({ family, value }));
}

export function edgesOfCidr(cidr: Cidr): readonly IpAddress[] {
  return edgesOfRange(cidr.family, cidr.first, lastOf(cidr));
}

export function edgesOfIpSet(set: IpSet): readonly IpAddress[] {
  return [
    ...set.v4.flatMap(({ first, last }) => edgesOfRange(4, first, last)),
    ...set.v6.flatMap(({ first, last }) => edgesOfRange(6, first, last)),
  ];
}

/** Any of the given edges three times out of four, otherwise any address. */
export function arbitraryIpNear(edges: readonly IpAddress[]): fc.Arbitrary<IpAddress> {
  if (edges.length === 0) return arbitraryIp();
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...edges) }, { weight: 1, arbitrary: arbitraryIp() });
}
