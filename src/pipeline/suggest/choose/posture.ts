import type { Breakage } from "./breakage.ts";
import type { Posture } from "./choice.ts";

/**
 * What things weigh. The unit is a bit of exposure: one doubling of what a form opens. Breakage is worth more bits the less a
 * user wants to be called at night.
 */
interface Weights {
  /** A certain break within a week. */
  readonly broken: number;
  /** All flows of a week blocked; comes on top. */
  readonly blocked: number;
}

const weights: Readonly<Record<Posture, Weights>> = {
  strict: { broken: 12, blocked: 30 },
  balanced: { broken: 150, blocked: 900 },
  available: { broken: 600, blocked: 3600 },
};

export const postures: readonly Posture[] = ["strict", "balanced", "available"];

export function breakagePrice({ week, share }: Breakage, posture: Posture): number {
  const { broken, blocked } = weights[posture];
  return broken * week + blocked * share;
}

/**
 * Bits, steeper from the size of a large company's network and steeper again from that of a cloud region: nothing but
 * breakage that is nearly certain opens so much.
 */
export function exposurePrice(bits: number): number {
  return bits + Math.max(0, bits - 16) * 0.5 + Math.max(0, bits - 20) + Math.max(0, bits - 24);
}

/** The first rules are read by a person, all of them are evaluated by every node. */
export function rulesPrice(rules: number): number {
  return 0.3 * Math.log2(rules) + 0.01 * rules;
}
