import type { FastifyRequest } from "fastify";
import { tokenPrincipal } from "../../../app/access/choose-access.ts";
import type { Principal } from "../../../app/access/principal.ts";
import type { TokenReviewer } from "../../../app/access/reviews.ts";
import type { Sessions } from "../../../app/access/sessions.ts";
import type { Failure } from "../../../app/failure.ts";
import { authenticateToken } from "../../../app/live/collect-authenticate.ts";
import type { Session } from "../../../app/state/people.ts";
import type { TokenBook } from "../../../app/state/tokens.ts";
import { fail, ok, type Result } from "../../../core/result.ts";
import { sessionSecret } from "../sign-in/session-cookie.ts";

/** Who asks, and how that was proven. */
export interface Asker {
  readonly principal: Principal;
  /** Of a browser; undefined: a program with a token, which no other page can send along. */
  readonly session: Session | undefined;
  /** A token of this server's own, which reads only. */
  readonly isReadOnly: boolean;
}

export interface AskerParts {
  readonly sessions: Sessions;
  readonly tokens: TokenBook;
  readonly reviewer: TokenReviewer | undefined;
  readonly nowMs: () => number;
  readonly isSecure: boolean;
}

/** By bearer token where there is one (this server's own, else the cluster's), otherwise by the session's cookie. Rejects when the state cannot be reached. */
export async function whoAsks(
  request: FastifyRequest,
  parts: AskerParts,
  signal: AbortSignal,
): Promise<Result<Asker, Failure & { readonly status: 401 | 403 | 503 }>> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const [, token] = /^Bearer +(\S{1,20000})$/i.exec(authorization) ?? [];
    if (token === undefined) return refused("token_malformed", "the header `Authorization` must be `Bearer <token>`");
    return token.startsWith("postern_") ? ownToken(token, parts) : clusterToken(token, parts.reviewer, signal);
  }
  const secret = sessionSecret(request, parts.isSecure);
  const session = secret === undefined ? undefined : await parts.sessions.find(secret);
  if (session === undefined) return refused("session_missing", "sign in: there is no session, or it has ended");
  return ok({ principal: session.principal, session, isReadOnly: false });
}

async function ownToken(
  token: string,
  { tokens, nowMs }: AskerParts,
): Promise<Result<Asker, Failure & { readonly status: 401 | 403 }>> {
  const known = await authenticateToken(token, tokens, nowMs());
  if (!known.ok) return fail({ ...known.error, status: 401 });
  const { subject, scopes, clusters } = known.value;
  if (!scopes.includes("read")) {
    const message = `${subject} may not read; give it the scope \`read\``;
    return fail({ code: "collector_scope_missing", message, status: 403 });
  }
  const principal = tokenPrincipal(subject.replace(/^token /, ""), clusters);
  return ok({ principal, session: undefined, isReadOnly: true });
}

async function clusterToken(
  token: string,
  reviewer: TokenReviewer | undefined,
  signal: AbortSignal,
): Promise<Result<Asker, Failure & { readonly status: 401 | 503 }>> {
  const unknown = "this token is not known here; send one of this server (`postern_…`) or sign in";
  if (reviewer === undefined) return refused("token_unknown", unknown);
  const answer = await reviewer.whoHas(token, signal);
  if (!answer.ok) return fail({ ...answer.error, status: 503 });
  if (answer.value === undefined)
    return refused("token_unknown", "the cluster does not know this token, or it has expired");
  return ok({ principal: answer.value, session: undefined, isReadOnly: false });
}

function refused(code: string, message: string): Result<never, Failure & { readonly status: 401 }> {
  return fail({ code, message, status: 401 });
}
