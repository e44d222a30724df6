import { type Cidr, parseCidr } from "../../core/net/ip-set.ts";
import { type Family, familyBits, type IpAddress } from "../../core/net/ip.ts";

/** A block of addresses that says something about itself, and that hidden addresses must not fall into. */
export interface KeptBlock {
  readonly block: Cidr;
  /** `whole`: its addresses stay as they are. `outline`: they are hidden among themselves. */
  readonly keeps: "whole" | "outline";
}

function kept(keeps: KeptBlock["keeps"], ...texts: readonly string[]): KeptBlock[] {
  return texts.map((text) => {
    const block = parseCidr(text);
    if (!block.ok) throw new Error(block.error.message);
    return { block: block.value, keeps };
  });
}

/** Cloud metadata, loopback and multicast are the same everywhere; private blocks stay private blocks. */
export const keptBlocks: readonly KeptBlock[] = [
  ...kept("whole", "0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
  ...kept("outline", "10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16"),
  ...kept("whole", "::/127", "fe80::/10", "ff00::/8"),
  ...kept("outline", "fc00::/7", "64:ff9b::/96"),
];

/** Encrypts whole blocks of 16 bytes, each by itself, with a key that only it knows. */
export type BlockCipher = (blocks: Uint8Array) => Uint8Array;

const blockBytes = 16;
const maxRemembered = 20_000;

/**
 * Hides addresses and keeps their neighbourhoods: two addresses share exactly as many leading bits hidden as they do in
 * truth. Each bit is flipped or not by what the bits before it encrypt to, so that whoever has the key can go back.
 * @see J. Xu, J. Fan, M. Ammar, S. Moon: Prefix-preserving IP address anonymization (Crypto-PAn), 2002
 */
export class AddressMask {
  private readonly encrypt: BlockCipher;
  private readonly pads: Readonly<Record<Family, Uint8Array>>;
  private readonly blocks: readonly KeptBlock[];
  private readonly remembered = { 4: new Map<bigint, bigint>(), 6: new Map<bigint, bigint>() };

  /** `pads`: 16 secret bytes for each family, which stand behind the bits of an address. */
  constructor(encrypt: BlockCipher, pads: Readonly<Record<Family, Uint8Array>>, blocks = keptBlocks) {
    this.encrypt = encrypt;
    this.pads = pads;
    this.blocks = blocks;
  }

  hide({ family, value }: IpAddress): IpAddress {
    const remembered = this.remembered[family];
    const known = remembered.get(value);
    if (known !== undefined) return { family, value: known };
    const bits = familyBits[family];
    const from = this.keptBits(family, value);
    // What each bit turns on is known beforehand: one call encrypts all of it.
    const input = new Uint8Array(blockBytes * (bits - from));
    for (let bit = from; bit < bits; bit += 1) this.writePrefix(input, blockBytes * (bit - from), family, value, bit);
    const output = from === bits ? input : this.encrypt(input);
    let hidden = value;
    for (let bit = from; bit < bits; bit += 1) {
      if (output[blockBytes * (bit - from)]! >= 0x80) hidden ^= 1n << BigInt(bits - 1 - bit);
    }
    if (remembered.size >= maxRemembered) remembered.clear();
    remembered.set(value, hidden);
    return { family, value: hidden };
  }

  /** The address behind a hidden one; of a block, only its `prefixLength` bits are looked at, and the others are 0. */
  reveal({ family, value }: IpAddress, prefixLength: number = familyBits[family]): IpAddress {
    const bits = familyBits[family];
    const rest = BigInt(bits - prefixLength);
    // The bits that are kept are the same in both, so they can be counted in either.
    const from = this.keptBits(family, value);
    let known = (value >> rest) << rest;
    const input = new Uint8Array(blockBytes);
    for (let bit = from; bit < prefixLength; bit += 1) {
      this.writePrefix(input, 0, family, known, bit);
      if (this.encrypt(input)[0]! >= 0x80) known ^= 1n << BigInt(bits - 1 - bit);
    }
    return { family, value: known };
  }

  /**
   * How many leading bits stay: all that lead to a kept block, and the bit that leaves the way there, because flipping
   * any of them would carry an address into the block.
   */
  private keptBits(family: Family, value: bigint): number {
    const bits = familyBits[family];
    let most = 0;
    for (const { block, keeps } of this.blocks) {
      if (block.family !== family) continue;
      const differing = (value ^ block.first) >> BigInt(bits - block.prefixLength);
      const common = differing === 0n ? block.prefixLength : block.prefixLength - differing.toString(2).length;
      const isInside = common === block.prefixLength;
      most = Math.max(most, isInside ? (keeps === "whole" ? bits : block.prefixLength) : common + 1);
    }
    return most;
  }

  /** The first `length` bits of the address, and the pad's behind them. */
  private writePrefix(to: Uint8Array, at: number, family: Family, value: bigint, length: number): void {
    const pad = this.pads[family];
    to.set(pad, at);
    const bits = familyBits[family];
    for (let byte = 0; 8 * byte < length; byte += 1) {
      const own = Number((value >> BigInt(bits - 8 - 8 * byte)) & 0xffn);
      const mask = length - 8 * byte >= 8 ? 0xff : (0xff00 >> (length - 8 * byte)) & 0xff;
      to[at + byte] = (own & mask) | (pad[byte]! & ~mask & 0xff);
    }
  }
}
