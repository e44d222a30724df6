/** Why an event cannot happen to a proposal, for people. */
export interface Refusal {
  readonly kind: "conflict" | "stale" | "forbidden" | "unlawful";
  /** Documented in docs/reference/errors.md. */
  readonly code: string;
  readonly message: string;
}
