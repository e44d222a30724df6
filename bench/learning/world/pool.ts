import type { Cidr } from "../../../src/core/net/ip-set.ts";
import { type Random, seeded } from "../../corpus/random.ts";
import type { AddressBook } from "./address-book.ts";
import { blockInside, hostInside } from "./blocks.ts";
import { keyed, keyedShare } from "./keyed.ts";

/** How the addresses of one service behave, one family. Times in seconds since learning began. */
export interface PoolShape {
  readonly key: number;
  /** Where the addresses come from. */
  readonly blocks: readonly Cidr[];
  readonly slots: number;
  /** Where they may come from as well, from a time on: blocks that were not in use before. */
  readonly later?: { readonly blocks: readonly Cidr[]; readonly from: number };
  /** How many networks (/24, /64) of the blocks the slots lie in at first. */
  readonly spread: number;
  /** Length of these networks where they are smaller than /24. */
  readonly networkLength?: number;
  /** Addresses per DNS answer. */
  readonly answers: number;
  readonly ttlSeconds: number;
  /** 1: every slot is as likely; more: the first ones are given more often. */
  readonly skew: number;
  /** Slots that one name uses at a time; all where absent. */
  readonly window?: number;
  /** Slots by which a name's window moves on per day. */
  readonly driftPerDay?: number;
  /** Chance per day that a slot gets another address. */
  readonly changesPerDay: number;
  /** Of these, the share that stays in the networks in use. */
  readonly near: number;
  /** Share of slots that come into use only as time passes, evenly. */
  readonly growth: number;
}

const day = 86_400;

export class Pool {
  readonly shape: PoolShape;
  /** Per slot: the addresses it has in turn. */
  readonly #addresses: Int32Array[] = [];
  /** Per slot: when each of them after the first comes. */
  readonly #changes: (Float64Array | undefined)[] = [];
  readonly #activeFrom: Float64Array;
  readonly #steady: number;

  /** @param horizon the last second that anybody asks about */
  constructor(shape: PoolShape, book: AddressBook, horizon: number) {
    this.shape = shape;
    const random = seeded(shape.key);
    const length = shape.networkLength ?? (shape.blocks[0]!.family === 4 ? 24 : 64);
    const networks = Array.from({ length: shape.spread }, () => blockInside(shape.blocks, length, random));
    // Neighbours in a content network stand in one place; the machines of other services are spread over all of theirs.
    const networkOf = (slot: number): Cidr =>
      shape.window === undefined
        ? networks[random.below(networks.length)]!
        : networks[Math.floor((slot * networks.length) / shape.slots)]!;
    const inUse = (slot: number): number => addressIn(networkOf(slot), book, random);
    this.#activeFrom = new Float64Array(shape.slots);
    this.#steady = Math.max(1, Math.round(shape.slots * (1 - shape.growth)));
    for (let slot = 0; slot < shape.slots; slot += 1) {
      const changes: number[] = [];
      const own = [inUse(slot)];
      if (slot >= this.#steady) this.#activeFrom[slot] = random.next() * horizon;
      for (let at = nextChange(0, shape, random); at < horizon; at = nextChange(at, shape, random)) {
        changes.push(at);
        const { blocks, later } = shape;
        const from = later !== undefined && at >= later.from ? [...blocks, ...later.blocks] : blocks;
        own.push(random.chance(shape.near) ? inUse(slot) : addressIn(blockInside(from, length, random), book, random));
      }
      this.#addresses.push(Int32Array.from(own));
      this.#changes.push(changes.length === 0 ? undefined : Float64Array.from(changes));
    }
  }

  addressAt(slot: number, at: number): number {
    const own = this.#addresses[slot]!;
    const changes = this.#changes[slot];
    if (changes === undefined) return own[0]!;
    let generation = 0;
    while (generation < changes.length && changes[generation]! <= at) generation += 1;
    return own[generation]!;
  }

  /** What a cache holds for a name between two of its questions: `epoch` counts them. */
  answer(nameKey: number, cache: number, epoch: number, at: number): number[] {
    const { slots, answers, skew } = this.shape;
    const window = Math.min(this.shape.window ?? slots, slots);
    if (slots <= answers) return this.#active(at).map((slot) => this.addressAt(slot, at));
    const from = window === slots ? 0 : this.#windowStart(nameKey, at);
    if (window <= answers) {
      return Array.from({ length: window }, (_, i) => this.addressAt((from + i) % slots, at));
    }
    const given: number[] = [];
    for (let i = 0; i < answers; i += 1) {
      const share = keyedShare(nameKey, cache * 64 + i, epoch, this.shape.key);
      const slot = (from + Math.floor(window * share ** skew)) % slots;
      const address = this.addressAt(this.#activeFrom[slot]! <= at ? slot : slot % this.#steady, at);
      if (!given.includes(address)) given.push(address);
    }
    return given;
  }

  /** Every address that any answer held between two times. */
  allBetween(from: number, to: number): Set<number> {
    const found = new Set<number>();
    for (let slot = 0; slot < this.shape.slots; slot += 1) this.#collect(slot, from, to, found);
    return found;
  }

  /** {@link allBetween} for one name: only the slots its window passed over. */
  behind(nameKey: number, from: number, to: number): Set<number> {
    const { slots, window = slots, answers } = this.shape;
    if (window >= slots || slots <= answers) return this.allBetween(from, to);
    const first = this.#windowStart(nameKey, from);
    const last = this.#windowStart(nameKey, to) + window;
    const found = new Set<number>();
    for (let at = first; at < Math.min(last, first + slots); at += 1) this.#collect(at % slots, from, to, found);
    return found;
  }

  #windowStart(nameKey: number, at: number): number {
    const { slots, key, driftPerDay = 0 } = this.shape;
    return (keyed(nameKey, key, 1) % slots) + Math.floor((driftPerDay * at) / day);
  }

  #collect(slot: number, from: number, to: number, found: Set<number>): void {
    if (this.#activeFrom[slot]! > to) return;
    found.add(this.addressAt(slot, from));
    for (const [i, change] of (this.#changes[slot] ?? []).entries()) {
      if (change > from && change <= to) found.add(this.#addresses[slot]![i + 1]!);
    }
  }

  #active(at: number): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < this.shape.slots; slot += 1) if (this.#activeFrom[slot]! <= at) slots.push(slot);
    return slots;
  }
}

function nextChange(at: number, { changesPerDay }: PoolShape, random: Random): number {
  if (changesPerDay <= 0) return Number.POSITIVE_INFINITY;
  return at + (-Math.log(1 - random.next()) / changesPerDay) * day;
}

function addressIn(network: Cidr, book: AddressBook, random: Random): number {
  return book.id({ family: network.family, value: hostInside(network, random) });
}
