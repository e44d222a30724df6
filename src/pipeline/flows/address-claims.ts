import type { IpAddress } from "../../core/net/ip.ts";
import { AddressIndex } from "./address-index.ts";
import type { PodIdentity } from "./pod-identity.ts";

/** One pod had one address in [fromMs, toMs); toMs is infinite while it still has it. */
export interface Claim {
  readonly pod: { readonly identity: PodIdentity };
  readonly address: IpAddress;
  /** Empty for the cluster's own. */
  readonly network: string;
  readonly fromMs: number;
  toMs: number;
  /** When its end became known. */
  endKnownMs: number;
  /** Of the same address, made before: most addresses have one claim for life, and a list would cost more than it. */
  older: Claim | undefined;
}

/** Claims by address, the newest first. */
export class AddressClaims {
  private readonly newest = new AddressIndex<Claim>();
  private count = 0;

  get size(): number {
    return this.count;
  }

  /** By words as `readIp` writes them. Allocates nothing. */
  get(family: number, words: Uint32Array): Claim | undefined {
    return this.newest.get(family, words);
  }

  of(address: IpAddress): Claim | undefined {
    return this.newest.of(address);
  }

  add(claim: Omit<Claim, "older">): Claim {
    const { pod, address, network, fromMs, toMs, endKnownMs } = claim;
    const added: Claim = { pod, address, network, fromMs, toMs, endKnownMs, older: this.of(address) };
    this.newest.set(address, added);
    this.count += 1;
    return added;
  }

  /** Does nothing where it was dropped before. */
  drop(claim: Claim): void {
    let newer: Claim | undefined;
    let at = this.of(claim.address);
    while (at !== undefined && at !== claim) {
      newer = at;
      at = at.older;
    }
    if (at === undefined) return;
    this.count -= 1;
    if (newer !== undefined) newer.older = claim.older;
    else if (claim.older === undefined) this.newest.delete(claim.address);
    else this.newest.set(claim.address, claim.older);
    claim.older = undefined;
  }

  /** Of more than `most` of one address the oldest that has ended, else the oldest; undefined where there are no more. */
  tooMany(address: IpAddress, most: number): Claim | undefined {
    let count = 0;
    let oldest: Claim | undefined;
    let oldestEnded: Claim | undefined;
    for (let claim = this.of(address); claim !== undefined; claim = claim.older) {
      count += 1;
      oldest = claim;
      if (claim.toMs !== Infinity) oldestEnded = claim;
    }
    return count > most ? (oldestEnded ?? oldest) : undefined;
  }
}
