import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { RedirectSignIn } from "../../../app/access/redirect-sign-in.ts";
import type { Failure } from "../../../app/failure.ts";
import { networkOf } from "../failure-limit.ts";
import { enter, type EnteringParts } from "./entering.ts";
import { dropPending, pendingMs, pendingOf, setPending } from "./session-cookie.ts";

const patienceMs = 15_000;
/** More than any provider's answer. */
const longestPending = 3_000;

/**
 * `GET /auth/<way>/start?returnTo=/path` sends the browser to the provider, `GET /auth/<way>/callback` takes it back. What must be known
 * again meanwhile is in a cookie of that browser, so it does not matter which replica it comes back to. Failures end at the sign-in page,
 * which shows their code.
 */
export function addRedirects(app: FastifyInstance, entering: EnteringParts): void {
  const { parts, limits, nowMs, isSecure, log } = entering;
  const byId = new Map(parts.signIn.redirects.map((way) => [way.id, way]));
  const limit = app.createRateLimit({
    // Going there and coming back, of everybody behind one address; guessing a code is of no use.
    max: limits.signInPerAddress * 10,
    timeWindow: 60_000,
    keyGenerator: ({ ip }) => networkOf(ip),
  });

  const refuse = (request: FastifyRequest, reply: FastifyReply, failure: Failure): FastifyReply => {
    const { code, message } = failure;
    log.warn({ requestId: request.id, req: request, code, reason: message }, "sign-in refused");
    dropPending(reply, isSecure);
    return reply.redirect(`/sign-in?problem=${encodeURIComponent(code)}`, 303);
  };

  app.addHook("onRequest", async (request, reply) => {
    const tries = await limit(request);
    if (!tries.isAllowed && tries.isExceeded) {
      return refuse(request, reply, { code: "api_too_many", message: "too many tries to sign in" });
    }
    return undefined;
  });

  app.get<{ Params: { way: string }; Querystring: { returnTo?: string | string[] } }>(
    "/auth/:way/start",
    async (request, reply) => {
      const way = byId.get(request.params.way);
      if (way === undefined) return refuse(request, reply, noSuchWay);
      const callback = callbackOf(request, way);
      if (callback === null) return refuse(request, reply, noSuchHost);
      const started = await way.start(callback, AbortSignal.timeout(patienceMs));
      if (!started.ok) return refuse(request, reply, started.error);
      const { url, pending } = started.value;
      const kept: Kept = { way: way.id, pending, returnTo: ownPath(request.query.returnTo), atMs: nowMs() };
      setPending(reply, Buffer.from(JSON.stringify(kept)).toString("base64url"), isSecure);
      return reply.redirect(url.href, 303);
    },
  );

  app.get<{ Params: { way: string } }>("/auth/:way/callback", async (request, reply) => {
    const way = byId.get(request.params.way);
    if (way === undefined) return refuse(request, reply, noSuchWay);
    const kept = keptOf(pendingOf(request, isSecure));
    if (kept === undefined || kept.way !== way.id || nowMs() - kept.atMs > pendingMs || nowMs() < kept.atMs) {
      const message = "this browser did not begin to sign in here, or took too long; begin again";
      return refuse(request, reply, { code: "sign_in_state", message });
    }
    const returned = callbackOf(request, way);
    if (returned === null) return refuse(request, reply, noSuchHost);
    returned.search = request.url.slice(request.url.indexOf("?") + 1 || request.url.length);
    const finished = await way.finish(returned, kept.pending, AbortSignal.timeout(patienceMs));
    if (!finished.ok) return refuse(request, reply, finished.error);
    await enter(request, reply, entering, finished.value, way.id);
    dropPending(reply, isSecure);
    return reply.redirect(kept.returnTo, 303);
  });

  /** Null when the request names no host that could be one. */
  function callbackOf(request: FastifyRequest, { id }: RedirectSignIn): URL | null {
    const base = parts.publicUrl?.origin ?? `${isSecure ? "https" : "http"}://${request.host}`;
    return URL.parse(`/auth/${id}/callback`, base);
  }
}

const noSuchHost: Failure = { code: "sign_in_state", message: "the header `Host` names no host" };
const noSuchWay: Failure = { code: "sign_in_way", message: "there is no such way to sign in" };

interface Kept {
  readonly way: string;
  readonly pending: string;
  readonly returnTo: string;
  readonly atMs: number;
}

function keptOf(text: string | undefined): Kept | undefined {
  if (text === undefined || text.length > longestPending) return undefined;
  try {
    const value = JSON.parse(Buffer.from(text, "base64url").toString("utf8")) as Partial<Kept> | null;
    const { way, pending, returnTo, atMs } = value ?? {};
    if (typeof way !== "string" || typeof pending !== "string" || typeof atMs !== "number") return undefined;
    // Whatever the cookie says: the browser is only ever sent to a page of ours.
    return { way, pending, returnTo: ownPath(returnTo), atMs };
  } catch {
    return undefined;
  }
}

/** A path of this server, and nothing that a browser could take for another one. */
export function ownPath(given: unknown): string {
  if (typeof given !== "string" || given.length > 1_000) return "/";
  // `//host`, `/\host` and control characters, which browsers leave out, lead elsewhere.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(given) || given.includes("\\")) return "/";
  return given;
}
