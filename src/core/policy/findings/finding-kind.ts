import type { Severity } from "../model.ts";

/**
 * What becomes of the object because of this: `refused` by the API server and never stored, stored but `unapplied` by
 * the controller as a whole, or `kept`: applied, though maybe not as meant.
 */
export type Consequence = "refused" | "unapplied" | "kept";

export interface FindingKind {
  readonly severity: Severity;
  readonly consequence: Consequence;
  /** What is found, for the reference page; the finding's own message names the value. */
  readonly title: string;
  /** What a real cluster does with it. */
  readonly effect: string;
  /** What to do about it; a finding may say it more precisely. */
  readonly fix: string;
}
