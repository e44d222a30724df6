/** Why something could not be done, for people: one sentence, lower case, no full stop, with what to do. */
export interface Failure {
  /** Stable, documented in docs/reference/errors.md. */
  readonly code: string;
  readonly message: string;
}
