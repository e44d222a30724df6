import type { Failure } from "../failure.ts";

/** Why a store or a collector could not do what it was asked, in words for people. */
export class HistoryUnavailable extends Error {
  readonly failure: Failure;

  constructor(failure: Failure, cause?: unknown) {
    super(failure.message, { cause });
    this.name = "HistoryUnavailable";
    this.failure = failure;
  }
}
