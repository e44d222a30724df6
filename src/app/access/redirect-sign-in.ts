import type { Result } from "../../core/result.ts";
import type { Failure } from "../failure.ts";
import type { Principal } from "./principal.ts";

/** Signing in at somebody else's page (OpenID Connect, OpenShift): the browser goes there and comes back with a code. */
export interface RedirectSignIn {
  /** In addresses: small letters, digits and `-`. */
  readonly id: string;
  /** For the button: `OpenShift`. */
  readonly title: string;
  /**
   * @param callback where the browser comes back to, as it is registered
   * @returns where to send the browser, and what must be known again when it comes back (kept in a cookie of that browser)
   */
  start(callback: URL, signal: AbortSignal): Promise<Result<{ readonly url: URL; readonly pending: string }, Failure>>;
  /** @param returned the callback with the query that came */
  finish(returned: URL, pending: string, signal: AbortSignal): Promise<Result<Principal, Failure>>;
  /** The provider's own page for signing out, for somebody who came this way; undefined: there is none. */
  signOutUrl?(who: Principal): Promise<URL | undefined>;
}
