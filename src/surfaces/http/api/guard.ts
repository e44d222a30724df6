import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { isCsrfOf } from "../../../app/access/sessions.ts";
import { networkOf } from "../failure-limit.ts";
import { type Log, Repeated } from "../log.ts";
import { sendProblem, stateUnreachable } from "../problem.ts";
import { isFromOwnPage } from "../sign-in/same-origin.ts";
import type { RequestLimits } from "./request-limits.ts";
import { type Asker, type AskerParts, whoAsks } from "./who-asks.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who asks; set before the handler of every route that is not anonymous. */
    asker?: Asker;
    /** Of `If-Match`, where the route needs it. */
    version?: number;
    /** Keeps what is answered for whoever sends the request again. */
    keepAnswer?: (status: number, body: string) => Promise<void>;
  }
}

export interface GuardParts extends AskerParts {
  readonly limits: RequestLimits;
  readonly publicUrl: URL | undefined;
  readonly log: Log;
}

/** How long the cluster may take to say whose token it is. */
const patienceMs = 5_000;
const minute = 60_000;
const safe: ReadonlySet<string> = new Set(["GET", "HEAD"]);

/** Before every handler: how many, who, whether from a page of ours, and about which version. Needs `@fastify/rate-limit`. */
export function addGuard(app: FastifyInstance, parts: GuardParts): void {
  const { limits, publicUrl, log, nowMs } = parts;
  const repeated = new Repeated(nowMs);
  const byAddress = app.createRateLimit({
    max: limits.perAddress,
    timeWindow: minute,
    keyGenerator: ({ ip }) => networkOf(ip),
  });
  const subjectOf = (request: FastifyRequest): string => request.asker!.principal.subject;
  const byPrincipal = app.createRateLimit({
    max: limits.perPrincipal,
    timeWindow: minute,
    keyGenerator: subjectOf,
  });
  const slowByPrincipal = app.createRateLimit({
    max: limits.slowPerPrincipal,
    timeWindow: minute,
    keyGenerator: subjectOf,
  });

  app.addHook("onRequest", async (request, reply) => {
    const address = await byAddress(request);
    if (!address.isAllowed && address.isExceeded) return tooMany(reply, "this address", address.ttl);
    const { isAnonymous = false, isSlow = false, needsVersion = false } = request.routeOptions.config;
    if (request.is404) return undefined;
    if (isAnonymous) {
      if (safe.has(request.method) || isFromOwnPage(request, publicUrl)) return undefined;
      return sendProblem(reply, 403, {
        code: "session_csrf",
        message: "this request comes from a page of another site",
      });
    }
    const asked = await whoAsks(request, parts, AbortSignal.timeout(patienceMs)).catch((error: unknown) => {
      const silenced = repeated.tell(stateUnreachable.code);
      if (silenced !== undefined) log.error({ err: error, silenced }, "the state cannot be reached");
      return undefined;
    });
    if (asked === undefined) return sendProblem(reply, 503, stateUnreachable, { afterMs: 5_000 });
    if (!asked.ok) {
      const { status } = asked.error;
      return sendProblem(reply, status, asked.error, status === 503 ? { afterMs: 5_000 } : {});
    }
    request.asker = asked.value;
    const principal = await byPrincipal(request);
    if (!principal.isAllowed && principal.isExceeded) return tooMany(reply, "this person", principal.ttl);
    if (isSlow) {
      const slow = await slowByPrincipal(request);
      if (!slow.isAllowed && slow.isExceeded)
        return tooMany(reply, "this person, of requests that take a while", slow.ttl);
    }
    return refuseChange(request, reply, asked.value, needsVersion, publicUrl);
  });
  app.addHook("onSend", async (request, reply, payload) => {
    if (typeof payload === "string") await request.keepAnswer?.(reply.statusCode, payload);
    return payload;
  });
}

/** What only requests that change something must show. */
function refuseChange(
  request: FastifyRequest,
  reply: FastifyReply,
  { session, isReadOnly }: Asker,
  needsVersion: boolean,
  publicUrl: URL | undefined,
): FastifyReply | undefined {
  if (safe.has(request.method)) return undefined;
  if (isReadOnly) {
    const message = "a token of this server reads only; sign in, or send a token of the cluster";
    return sendProblem(reply, 403, { code: "session_read_only", message });
  }
  if (session !== undefined) {
    if (!isFromOwnPage(request, publicUrl)) {
      const message = "this request comes from a page of another site";
      return sendProblem(reply, 403, { code: "session_csrf", message });
    }
    const given = request.headers["x-postern-csrf"];
    if (!isCsrfOf(session, typeof given === "string" ? given : undefined)) {
      const message = "send the session's `csrf` in the header `x-postern-csrf`; `GET /api/v1/session` tells it";
      return sendProblem(reply, 403, { code: "session_csrf", message });
    }
  }
  if (!needsVersion) return undefined;
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(request.headers["if-match"] ?? "")?.[1];
  if (version === undefined) {
    const message = 'send the version that was read as `If-Match: "<version>"`; it is the `ETag` of the answer';
    return sendProblem(reply, 428, { code: "api_if_match_missing", message });
  }
  request.version = Number(version);
  return undefined;
}

export function tooMany(reply: FastifyReply, whose: string, afterMs: number): FastifyReply {
  const message = `too many requests of ${whose}; wait as long as \`Retry-After\` says`;
  return sendProblem(reply, 429, { code: "api_too_many", message }, { afterMs });
}
