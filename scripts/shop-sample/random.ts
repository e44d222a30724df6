/**
 * A repeatable source of chance. Every purpose draws from its own stream, made by `fork` from a label, so that adding
 * one row to the shop's table leaves the numbers of all other rows as they were.
 */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number, both ends included. */
  int(first: number, last: number): number;
  pick<T>(from: readonly T[]): T;
  /** Number of events in a period in which `mean` are expected. */
  poisson(mean: number): number;
  /** Around `middle`, mostly between a half and twice of it, never below 1. */
  about(middle: number): number;
  fork(label: string): Random;
}

export function randomFrom(seed: string): Random {
  let state = hash(seed);
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    return mix(state) / 2 ** 32;
  };
  const int = (first: number, last: number): number => first + Math.floor(next() * (last - first + 1));
  return {
    next,
    int,
    pick: (from) => {
      const item = from[int(0, from.length - 1)];
      if (item === undefined) throw new Error("nothing to pick from");
      return item;
    },
    poisson: (mean) => {
      const limit = Math.exp(-mean);
      let count = 0;
      for (let product = next(); product > limit; product *= next()) count += 1;
      return count;
    },
    about: (middle) => Math.max(1, Math.round(middle * 2 ** ((next() + next() + next()) * (4 / 3) - 2))),
    fork: (label) => randomFrom(`${seed}/${label}`),
  };
}

/** 32-bit FNV-1a over UTF-16 units, mixed once more because neighbouring labels differ in few bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return mix(value >>> 0);
}

/** The finishing step of MurmurHash3: every input bit reaches every output bit. */
function mix(input: number): number {
  let value = input;
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

const safeLetters = "bcdfghjklmnpqrstvwxz2456789";

/** The alphabet Kubernetes uses for generated names: no vowels, nothing that looks like something else. */
export function suffix(random: Random, length: number): string {
  return Array.from({ length }, () => safeLetters.charAt(random.int(0, safeLetters.length - 1))).join("");
}

export function hex(random: Random, length: number): string {
  return Array.from({ length }, () => random.int(0, 15).toString(16)).join("");
}
