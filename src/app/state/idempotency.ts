/** What was answered to a request that carried an `Idempotency-Key`, so that sending it again does nothing again. */
export interface KeptAnswer {
  /** SHA-256 of what was asked: the same key with something else is a mistake of the client. */
  readonly requestHash: string;
  /** Undefined while the first one is still under way. */
  readonly answer: { readonly status: number; readonly body: string } | undefined;
}

/** Keys are unique for a principal; whoever uses this port puts the principal into the key. */
export interface IdempotencyBook {
  /**
   * Takes the key until `untilMs`. Of several that try at once, one wins; a key whose time is over is free again.
   * @returns undefined when it was free and is ours now, otherwise what is known of it
   */
  begin(key: string, requestHash: string, nowMs: number, untilMs: number): Promise<KeptAnswer | undefined>;
  /** Keeps a key that is under way until `untilMs`. */
  hold(key: string, untilMs: number): Promise<void>;
  /** Keeps the answer until `untilMs`. */
  finish(key: string, answer: { readonly status: number; readonly body: string }, untilMs: number): Promise<void>;
  /** It failed in a way that trying again may mend: the key is free. */
  forget(key: string): Promise<void>;
  /** @returns how many were dropped */
  dropOld(nowMs: number): Promise<number>;
}
