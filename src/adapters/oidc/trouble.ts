import { AuthorizationResponseError, ResponseBodyError, WWWAuthenticateChallengeError } from "openid-client";
import type { Failure } from "../../app/failure.ts";
import { quoted } from "../../core/quoted.ts";

/** Why signing in at a provider failed, for the log; the page shows the code alone. */
export function troubleOf(error: unknown, title: string): Failure {
  if (error instanceof AuthorizationResponseError) {
    const message = `${quoted(title)} did not let them in: ${quoted(error.error)}`;
    return { code: error.error === "access_denied" ? "sign_in_denied" : "sign_in_provider", message };
  }
  if (error instanceof WWWAuthenticateChallengeError) {
    const message = `${quoted(title)} does not know this server (${error.status}); check \`clientId\` and its secret`;
    return { code: "sign_in_provider", message };
  }
  if (error instanceof ResponseBodyError) {
    const said = `${error.error}${error.error_description === undefined ? "" : `: ${error.error_description}`}`;
    return { code: "sign_in_provider", message: `${quoted(title)} refused the code: ${quoted(said)}` };
  }
  const { name, message, code, cause } = error as Error & { readonly code?: unknown };
  const why = name === "CredentialsError" || typeof code !== "string" ? message : `${message} (${code})`;
  const more = cause instanceof Error ? `; ${cause.message}` : "";
  return { code: "sign_in_provider", message: `signing in with ${quoted(title)} failed: ${quoted(`${why}${more}`)}` };
}
