/** Requests a minute, and what one request may take. */
export interface RequestLimits {
  /** Of one address (a /64 of IPv6), whoever it is. */
  readonly perAddress: number;
  /** Of one person or program. */
  readonly perPrincipal: number;
  /** Of one person, for what takes a while: learning, judging, exporting. */
  readonly slowPerPrincipal: number;
  /** Failed tries to sign in of one address. */
  readonly signInPerAddress: number;
  readonly bodyBytes: number;
  readonly deadlineMs: number;
  /** Of requests that learn. */
  readonly slowDeadlineMs: number;
  /** Pages that listen at the same time. */
  readonly streams: number;
  readonly streamsPerPrincipal: number;
  readonly heartbeatMs: number;
}

export const requestLimits: RequestLimits = {
  perAddress: 3_000,
  perPrincipal: 1_200,
  slowPerPrincipal: 120,
  signInPerAddress: 20,
  // A manifest of a million characters, escaped.
  bodyBytes: 4 << 20,
  deadlineMs: 30_000,
  slowDeadlineMs: 120_000,
  streams: 1_000,
  streamsPerPrincipal: 12,
  heartbeatMs: 25_000,
};
