import { type Cidr, cidrAround, lastOf } from "../../../src/core/net/ip-set.ts";
import type { Random } from "../../corpus/random.ts";

/** First octets of ordinary public space, so that nothing special is ever handed out. */
const octets = [
  3, 13, 15, 18, 20, 23, 31, 34, 35, 40, 44, 46, 50, 52, 54, 62, 63, 64, 65, 66, 69, 74, 76, 77, 80, 81, 83, 87, 88, 91,
  93, 94, 99, 104, 107, 109, 128, 129, 130, 134, 137, 138, 141, 142, 144, 146, 147, 149, 151, 152, 155, 157, 158, 159,
  160, 161, 162, 163, 165, 167, 168, 170, 173, 176, 178, 184, 185, 188, 193, 194, 195, 199, 204, 205, 206, 207, 208,
  209,
];

/** Hands out blocks of public addresses that never overlap, as a registry does: with strangers in between. */
export class BlockAllocator {
  readonly #random: Random;
  /** Next free address per first octet, relative to it. */
  readonly #used = new Map<number, number>();
  #next6 = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  v4(prefixLength: number): Cidr {
    const size = 2 ** (32 - prefixLength);
    for (;;) {
      const octet = octets[this.#random.below(octets.length)]!;
      const from = Math.ceil(((this.#used.get(octet) ?? 0) + this.#random.below(4) * size) / size) * size;
      if (from + size > 2 ** 24) continue;
      this.#used.set(octet, from + size);
      return { family: 4, first: BigInt(octet * 2 ** 24 + from), prefixLength };
    }
  }

  /** Each from a /32 of its own under 2a00::/16. */
  v6(prefixLength: number): Cidr {
    this.#next6 += 1 + this.#random.below(20);
    const first = (0x2a00n << 112n) | (BigInt(this.#next6) << 96n);
    return { family: 6, first, prefixLength };
  }
}

/** A random block of this length inside one of the blocks, larger ones more often. */
export function blockInside(blocks: readonly Cidr[], prefixLength: number, random: Random): Cidr {
  const wide = blocks.filter((block) => block.prefixLength <= prefixLength);
  if (wide.length === 0) return blocks[random.below(blocks.length)]!;
  // Weights of blocks differ by powers of two; the smallest counts as one.
  const least = Math.max(...wide.map((block) => block.prefixLength));
  const weights = wide.map((block) => 2 ** (least - block.prefixLength));
  let at = random.next() * weights.reduce((sum, weight) => sum + weight, 0);
  let chosen = wide[0]!;
  for (const [i, weight] of weights.entries()) {
    chosen = wide[i]!;
    at -= weight;
    if (at < 0) break;
  }
  const places = 2 ** Math.min(40, prefixLength - chosen.prefixLength);
  const unit = 1n << BigInt((chosen.family === 4 ? 32 : 128) - prefixLength);
  const first = chosen.first + BigInt(Math.floor(random.next() * places)) * unit;
  return cidrAround({ family: chosen.family, value: first }, prefixLength);
}

/** A random host of the block: not its first or last address. */
export function hostInside(block: Cidr, random: Random): bigint {
  const size = lastOf(block) - block.first + 1n;
  if (size <= 2n) return block.first;
  const span = size > 1n << 32n ? 1n << 32n : size - 2n;
  return block.first + 1n + BigInt(Math.floor(random.next() * Number(span)));
}
