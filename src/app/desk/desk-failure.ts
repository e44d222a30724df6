import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { FindingView } from "../wire/list.ts";

/** What a surface makes of it: HTTP 404, 403, 409, 412, 422, 423 and 503. */
export type DeskFailureKind =
  | "not-found"
  | "forbidden"
  /** The state does not allow it now. */
  | "conflict"
  /** It was changed since it was read. */
  | "stale"
  | "invalid"
  /** The organisation's law says no. */
  | "unlawful"
  | "unavailable";

export interface DeskFailure extends Failure {
  readonly kind: DeskFailureKind;
  /** What exactly, where there is more than one thing. */
  readonly findings?: readonly FindingView[];
}

export type DeskResult<T> = Promise<Result<T, DeskFailure>>;
