import type { IpAddress } from "../../core/net/ip.ts";
import { wordsOf } from "./address-classes.ts";

interface Entry<T> {
  readonly family: number;
  /** As signed numbers, which cost nothing beside the object. */
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  value: T;
  next: Entry<T> | undefined;
}

/** Values by address, asked for by words as `readIp` writes them: no object and no string per question. */
export class AddressIndex<T> {
  private readonly chains = new Map<number, Entry<T>>();

  get(family: number, words: Uint32Array): T | undefined {
    return this.find(family, words)?.value;
  }

  of(address: IpAddress): T | undefined {
    return this.get(address.family, wordsOfAddress(address));
  }

  set(address: IpAddress, value: T): void {
    const words = wordsOfAddress(address);
    const known = this.find(address.family, words);
    if (known !== undefined) {
      known.value = value;
      return;
    }
    const hash = hashOf(address.family, words);
    const [a, b, c, d] = address.family === 4 ? [words[0]! | 0, 0, 0, 0] : [...Int32Array.from(words)];
    const next = this.chains.get(hash);
    this.chains.set(hash, { family: address.family, a: a!, b: b!, c: c!, d: d!, value, next });
  }

  delete(address: IpAddress): void {
    const words = wordsOfAddress(address);
    const hash = hashOf(address.family, words);
    let before: Entry<T> | undefined;
    for (let entry = this.chains.get(hash); entry !== undefined; before = entry, entry = entry.next) {
      if (!isAt(entry, address.family, words)) continue;
      if (before !== undefined) before.next = entry.next;
      else if (entry.next !== undefined) this.chains.set(hash, entry.next);
      else this.chains.delete(hash);
      return;
    }
  }

  private find(family: number, words: Uint32Array): Entry<T> | undefined {
    let entry = this.chains.get(hashOf(family, words));
    while (entry !== undefined && !isAt(entry, family, words)) entry = entry.next;
    return entry;
  }
}

export function wordsOfAddress({ family, value }: IpAddress): Uint32Array {
  return family === 4 ? Uint32Array.of(Number(value)) : wordsOf(value);
}

function isAt<T>({ family: own, a, b, c, d }: Entry<T>, family: number, words: Uint32Array): boolean {
  if (own !== family || a !== (words[0]! | 0)) return false;
  return family === 4 || (b === (words[1]! | 0) && c === (words[2]! | 0) && d === (words[3]! | 0));
}

function hashOf(family: number, words: Uint32Array): number {
  let hash = words[0]! | 0;
  if (family === 4) return hash;
  for (let i = 1; i < 4; i += 1) hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) ^ words[i]!;
  return hash;
}
