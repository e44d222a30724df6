import {
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type Configuration,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
} from "openid-client";
import type { Pending } from "./pending.ts";

/** Where to send the browser for a code, with PKCE and state, and what must be known again when it comes back. */
export async function beginCodeFlow(
  configuration: Configuration,
  callback: URL,
  scope: string,
  hasIdToken: boolean,
): Promise<{ readonly url: URL; readonly pending: string }> {
  const pending: Pending = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
  const url = buildAuthorizationUrl(configuration, {
    redirect_uri: callback.href,
    response_type: "code",
    scope,
    state: pending.state,
    // It comes back in the ID token; without one it would be for nobody.
    ...(hasIdToken ? { nonce: pending.nonce } : {}),
    code_challenge: await calculatePKCECodeChallenge(pending.verifier),
    code_challenge_method: "S256",
  });
  return { url, pending: JSON.stringify(pending) };
}
