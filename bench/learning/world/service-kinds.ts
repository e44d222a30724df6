import type { Cidr } from "../../../src/core/net/ip-set.ts";
import type { Random } from "../../corpus/random.ts";
import type { PoolShape } from "./pool.ts";

/** How the destinations of services behave; reports tell breakage by these words. */
export const serviceKinds = [
  "rotating-store",
  "cdn",
  "hidden-cdn",
  "balanced-saas",
  "stable-saas",
  "provider-api",
  "on-premises-host",
  "on-premises-pool",
  "partner",
  "infrastructure",
] as const;
export type ServiceKind = (typeof serviceKinds)[number];

/** What a kind is like on average; each service draws its own values around it. */
interface KindShape {
  readonly slots: readonly [number, number];
  /** Networks per slot. */
  readonly spread: number;
  readonly networkLength?: number;
  readonly answers: readonly [number, number];
  readonly ttlSeconds: readonly number[];
  readonly skew: number;
  readonly window?: readonly [number, number];
  readonly driftPerDay?: readonly [number, number];
  readonly changesPerDay: readonly [number, number];
  readonly near: number;
  readonly growth: number;
  /** How long pods keep an answer or a connection, beyond the TTL. */
  readonly holdSeconds: readonly number[];
  /** Packets of a flow: median and spread of a log-normal. */
  readonly packets: readonly [number, number];
}

export const kindShapes: Readonly<Record<ServiceKind, KindShape>> = {
  "rotating-store": {
    slots: [9000, 30_000],
    spread: 0.025,
    answers: [4, 8],
    ttlSeconds: [20, 60],
    skew: 1.5,
    changesPerDay: [0.001, 0.004],
    near: 0.6,
    growth: 0.04,
    holdSeconds: [5, 30],
    packets: [120, 1.4],
  },
  cdn: {
    slots: [500, 1500],
    spread: 0.3,
    answers: [3, 4],
    ttlSeconds: [60, 300],
    skew: 1.3,
    window: [2, 6],
    driftPerDay: [0.1, 0.5],
    changesPerDay: [0.001, 0.003],
    near: 0.9,
    growth: 0,
    holdSeconds: [60, 300],
    packets: [40, 1.1],
  },
  "hidden-cdn": {
    slots: [180, 400],
    spread: 0.3,
    answers: [2, 4],
    ttlSeconds: [20, 60],
    skew: 1.4,
    window: [3, 10],
    driftPerDay: [0.15, 0.7],
    changesPerDay: [0.001, 0.004],
    near: 0.8,
    growth: 0,
    holdSeconds: [60, 300],
    packets: [40, 1.1],
  },
  "balanced-saas": {
    slots: [2, 6],
    spread: 1,
    answers: [4, 8],
    ttlSeconds: [60],
    skew: 1,
    changesPerDay: [0.016, 0.062],
    near: 0,
    growth: 0,
    holdSeconds: [60, 120],
    packets: [25, 0.9],
  },
  "stable-saas": {
    slots: [1, 4],
    spread: 0.4,
    networkLength: 26,
    answers: [4, 4],
    ttlSeconds: [300, 3600],
    skew: 1,
    changesPerDay: [0.001, 0.006],
    near: 0.8,
    growth: 0,
    holdSeconds: [300],
    packets: [25, 0.9],
  },
  "provider-api": {
    slots: [8, 20],
    spread: 0.3,
    answers: [8, 8],
    ttlSeconds: [60],
    skew: 1.2,
    changesPerDay: [0.015, 0.05],
    near: 0.85,
    growth: 0.05,
    holdSeconds: [60],
    packets: [20, 0.8],
  },
  "on-premises-host": {
    slots: [1, 2],
    spread: 0.5,
    networkLength: 28,
    answers: [2, 2],
    ttlSeconds: [3600],
    skew: 1,
    changesPerDay: [0, 0.0008],
    near: 1,
    growth: 0,
    holdSeconds: [3600],
    packets: [60, 1.2],
  },
  "on-premises-pool": {
    slots: [6, 16],
    spread: 0.05,
    networkLength: 26,
    answers: [16, 16],
    ttlSeconds: [60, 300],
    skew: 1,
    changesPerDay: [0.006, 0.02],
    near: 0.95,
    growth: 0.45,
    holdSeconds: [60],
    packets: [40, 1],
  },
  partner: {
    slots: [1, 3],
    spread: 0.4,
    networkLength: 28,
    answers: [3, 3],
    ttlSeconds: [3600],
    skew: 1,
    changesPerDay: [0, 0.003],
    near: 0.9,
    growth: 0.1,
    holdSeconds: [3600],
    packets: [50, 1.2],
  },
  infrastructure: {
    slots: [2, 4],
    spread: 0.5,
    networkLength: 28,
    answers: [4, 4],
    ttlSeconds: [3600],
    skew: 1,
    changesPerDay: [0, 0.0005],
    near: 1,
    growth: 0,
    holdSeconds: [3600],
    packets: [2, 0.5],
  },
};

/** A pool of this kind in these blocks. */
export function poolShape(
  kind: ServiceKind,
  blocks: readonly Cidr[],
  random: Random,
  factors: { readonly churn: number; readonly pools: number },
): PoolShape {
  const shape = kindShapes[kind];
  const isRotating = kind === "rotating-store" || kind === "cdn" || kind === "hidden-cdn";
  const slots = Math.round(between(shape.slots, random) * (isRotating ? factors.pools : 1));
  return {
    key: random.below(2 ** 31),
    blocks,
    slots,
    spread: Math.max(1, Math.round(slots * shape.spread)),
    ...(shape.networkLength === undefined ? {} : { networkLength: blocks[0]!.family === 4 ? shape.networkLength : 64 }),
    answers: Math.round(between(shape.answers, random)),
    ttlSeconds: shape.ttlSeconds[random.below(shape.ttlSeconds.length)]!,
    skew: shape.skew,
    ...(shape.window === undefined ? {} : { window: Math.round(between(shape.window, random)) }),
    ...(shape.driftPerDay === undefined ? {} : { driftPerDay: between(shape.driftPerDay, random) * factors.churn }),
    changesPerDay: between(shape.changesPerDay, random) * factors.churn,
    near: shape.near,
    growth: shape.growth,
  };
}

/** Evenly on a logarithmic scale where both ends are above zero. */
export function between([from, to]: readonly [number, number], random: Random): number {
  if (from <= 0) return from + (to - from) * random.next();
  return from * (to / from) ** random.next();
}
