import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { Principal } from "./principal.ts";

/** What a SubjectAccessReview asks: may this user do this with this resource? */
export interface ReviewedAction {
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly verb: string;
  /** Undefined: in every namespace. */
  readonly namespace: string | undefined;
}

/** The cluster's own word on who may do what. Fails where the cluster cannot be asked. */
export interface AccessReviewer {
  mayDo(
    user: { readonly name: string; readonly groups: readonly string[] },
    action: ReviewedAction,
    signal: AbortSignal,
  ): Promise<Result<boolean, Failure>>;
}

/** Whose token of the cluster it is. */
export interface TokenReviewer {
  /** @returns undefined when the cluster does not know the token */
  whoHas(token: string, signal: AbortSignal): Promise<Result<Principal | undefined, Failure>>;
}
