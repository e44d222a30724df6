import type { IpAddress } from "../../../src/core/net/ip.ts";

/** Addresses as small numbers: millions of flows carry them, and verdicts are remembered by them. */
export class AddressBook {
  readonly #ids = new Map<bigint, number>();
  readonly #all: IpAddress[] = [];

  id(address: IpAddress): number {
    // The two families never meet: no IPv6 address of this world is below 2^32.
    const known = this.#ids.get(address.value);
    if (known !== undefined) return known;
    const id = this.#all.length;
    this.#ids.set(address.value, id);
    this.#all.push(address);
    return id;
  }

  v4(value: number): number {
    return this.id({ family: 4, value: BigInt(value >>> 0) });
  }

  at(id: number): IpAddress {
    return this.#all[id]!;
  }

  get size(): number {
    return this.#all.length;
  }
}
