import type { IpAddress } from "../../core/net/ip.ts";
import { wordsOf } from "./address-classes.ts";

interface Entry<T> {
  readonly family: number;
  readonly words: Uint32Array;
  readonly value: T;
  next: Entry<T> | undefined;
}

/** Values by address, asked for by words as `readIp` writes them: no object and no string per question. */
export class AddressIndex<T> {
  size = 0;
  private readonly chains = new Map<number, Entry<T>>();

  get(family: number, words: Uint32Array): T | undefined {
    for (let entry = this.chains.get(hashOf(family, words)); entry !== undefined; entry = entry.next) {
      if (isAt(entry, family, words)) return entry.value;
    }
    return undefined;
  }

  /** The value of an address, made when there is none. */
  getOrAdd(address: IpAddress, make: () => T): T {
    const words = wordsOfAddress(address);
    const known = this.get(address.family, words);
    if (known !== undefined) return known;
    const value = make();
    const hash = hashOf(address.family, words);
    this.chains.set(hash, { family: address.family, words, value, next: this.chains.get(hash) });
    this.size += 1;
    return value;
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
      this.size -= 1;
      return;
    }
  }
}

export function wordsOfAddress({ family, value }: IpAddress): Uint32Array {
  return family === 4 ? Uint32Array.of(Number(value)) : wordsOf(value);
}

function isAt<T>(entry: Entry<T>, family: number, words: Uint32Array): boolean {
  if (entry.family !== family) return false;
  for (let i = 0; i < entry.words.length; i += 1) if (entry.words[i] !== words[i]) return false;
  return true;
}

function hashOf(family: number, words: Uint32Array): number {
  if (family === 4) return words[0]! | 0;
  let hash = words[0]! | 0;
  for (let i = 1; i < 4; i += 1) hash = Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) ^ words[i]!;
  return hash;
}
