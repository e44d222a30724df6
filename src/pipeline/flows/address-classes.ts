import {
  type Cidr,
  type IpSet,
  ipSetOf,
  noAddresses,
  parseCidr,
  ranges,
  subtractIp,
  unionIp,
} from "../../core/net/ip-set.ts";
import type { Family, IpAddress } from "../../core/net/ip.ts";

/**
 * What an address is to a cluster. `outside` is everything an egress policy is about, private networks, nodes and
 * cloud metadata included; the other classes are not governed by one and are left out.
 */
export const addressClasses = ["outside", "pod", "service", "ovn-internal", "multicast", "own-host"] as const;
export type AddressClass = (typeof addressClasses)[number];
export const addressClass = { outside: 0, pod: 1, service: 2, ovnInternal: 3, multicast: 4, ownHost: 5 } as const;

/** A list of constant blocks; a broken constant is a programming error. */
function blocks(...texts: readonly string[]): IpSet {
  return ipSetOf(
    ...texts.map((text) => {
      const cidr = parseCidr(text);
      if (!cidr.ok) throw new Error(cidr.error.message);
      return cidr.value;
    }),
  );
}

/**
 * Join, transit and masquerade subnets of OVN-Kubernetes, with the masquerade range of older clusters. The upper half
 * of 169.254.0.0/16 is not among them: cloud metadata at 169.254.169.254 is real egress.
 */
export const ovnInternal: IpSet = blocks(
  "100.64.0.0/16",
  "100.88.0.0/16",
  "169.254.0.0/17",
  "169.254.169.0/29",
  "fd98::/64",
  "fd97::/64",
  "fd69::/125",
);
export const multicast: IpSet = blocks("224.0.0.0/4", "255.255.255.255/32", "ff00::/8");
/** Loopback and "this host": never leaves the pod. */
export const ownHost: IpSet = blocks("127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128");
export const linkLocal: IpSet = blocks("169.254.0.0/16", "fe80::/10");

/** Of a /16 that belongs to several classes. */
const mixed = 255;

/**
 * Tells inside from outside, by words as `readIp` writes them: no object per question. O(1) for IPv4 but in the few /16
 * that belong to several classes, where it is O(log ranges).
 */
export class AddressClassifier {
  /** By /16 of IPv4. */
  private readonly v4Blocks = new Uint8Array(1 << 16);
  private readonly v4Starts: Uint32Array;
  private readonly v4Classes: Uint8Array;
  private readonly v6: readonly { first: Uint32Array; last: Uint32Array; class: number }[];

  constructor(podNetworks: readonly Cidr[], serviceNetworks: readonly Cidr[]) {
    const order: readonly (readonly [number, IpSet])[] = [
      [addressClass.pod, ipSetOf(...podNetworks)],
      [addressClass.service, ipSetOf(...serviceNetworks)],
      [addressClass.ovnInternal, ovnInternal],
      [addressClass.multicast, multicast],
      [addressClass.ownHost, ownHost],
    ];
    let claimed = noAddresses;
    const pieces: { family: Family; first: bigint; last: bigint; class: number }[] = [];
    for (const [code, set] of order) {
      const own = subtractIp(set, claimed);
      claimed = unionIp(claimed, set);
      for (const family of [4, 6] as const) {
        for (const { first, last } of ranges(own, family)) pieces.push({ family, first, last, class: code });
      }
    }
    // Every v4 address lies behind some start: pieces and the holes between them.
    const v4 = pieces.filter(({ family }) => family === 4).toSorted((a, b) => (a.first < b.first ? -1 : 1));
    const starts: number[] = [0];
    const classes: number[] = [addressClass.outside];
    for (const piece of v4) {
      starts.push(Number(piece.first));
      classes.push(piece.class);
      if (piece.last < 0xffffffffn) {
        starts.push(Number(piece.last) + 1);
        classes.push(addressClass.outside);
      }
    }
    this.v4Starts = Uint32Array.from(starts);
    this.v4Classes = Uint8Array.from(classes);
    this.fillBlocks();
    this.v6 = pieces
      .filter(({ family }) => family === 6)
      .map((piece) => ({ first: wordsOf(piece.first), last: wordsOf(piece.last), class: piece.class }));
  }

  private fillBlocks(): void {
    const { v4Starts, v4Classes, v4Blocks } = this;
    for (const [i, start] of v4Starts.entries()) {
      const end = v4Starts[i + 1] ?? 2 ** 32;
      const first = Math.ceil(start / 0x1_0000);
      // A range may lie inside one /16, or end in the middle of one.
      if (end > start) v4Blocks.fill(mixed, Math.floor(start / 0x1_0000), first);
      v4Blocks.fill(v4Classes[i]!, first, Math.max(first, Math.floor(end / 0x1_0000)));
    }
  }

  private searchV4(word: number): number {
    const { v4Starts } = this;
    let low = 0;
    let high = v4Starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (v4Starts[middle]! <= word) low = middle;
      else high = middle - 1;
    }
    return this.v4Classes[low]!;
  }

  classOf(family: number, words: Uint32Array): number {
    if (family === 4) {
      const found = this.v4Blocks[words[0]! >>> 16]!;
      return found === mixed ? this.searchV4(words[0]!) : found;
    }
    for (const { first, last, class: code } of this.v6) {
      if (compareWords(first, words) <= 0 && compareWords(words, last) <= 0) return code;
    }
    return addressClass.outside;
  }

  /** Of a block: what all of it is, as its first and last address tell. `prefixLength` -1 is a single address. */
  classOfBlock(family: number, words: Uint32Array, prefixLength: number): number {
    const first = this.classOf(family, words);
    if (prefixLength < 0 || first === addressClass.outside) return first;
    const last = new Uint32Array(4);
    for (let word = 0; word < (family === 4 ? 1 : 4); word += 1) {
      const kept = Math.min(32, Math.max(0, prefixLength - 32 * word));
      last[word] = words[word]! | (kept === 32 ? 0 : 0xffffffff >>> kept);
    }
    return this.classOf(family, last) === first ? first : addressClass.outside;
  }

  classOfAddress({ family, value }: IpAddress): AddressClass {
    const words = family === 4 ? Uint32Array.of(Number(value), 0, 0, 0) : wordsOf(value);
    return addressClasses[this.classOf(family, words)]!;
  }
}

export function wordsOf(value: bigint): Uint32Array {
  const word = (shift: bigint): number => Number((value >> shift) & 0xffffffffn);
  return Uint32Array.of(word(96n), word(64n), word(32n), word(0n));
}

function compareWords(a: Uint32Array, b: Uint32Array): number {
  for (let i = 0; i < 4; i += 1) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}
