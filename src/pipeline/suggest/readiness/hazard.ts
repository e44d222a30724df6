import type { ReadinessRisk } from "./readiness.ts";

/** One thing that may block something legitimate, as hazards: `-ln` of the chance that it does not. Hazards add up. */
export interface Hazard {
  readonly kind: ReadinessRisk["kind"];
  readonly text: string;
  readonly day: number;
  readonly week: number;
}

/** Certainty is never admitted: nothing weighs more than this. */
const mostHazard = 12;

export function hazardOf(chance: number): number {
  return chance <= 0 ? 0 : Math.min(mostHazard, -Math.log1p(-Math.min(1, chance)));
}

/** The chance that at least one of some hazards strikes. */
export function chanceOf(hazard: number): number {
  return -Math.expm1(-hazard);
}
