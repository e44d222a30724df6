import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { signInByLink, signInLocally } from "../../../app/access/local-sign-in.ts";
import { personOf, type Principal } from "../../../app/access/principal.ts";
import { SignInAttempts } from "../../../app/access/sign-in-attempts.ts";
import type { Failure } from "../../../app/failure.ts";
import { type SignInRequest, sessionView, signInRequest, signInWays } from "../../../app/wire/session.ts";
import { fail, type Result } from "../../../core/result.ts";
import { tooMany } from "../api/guard.ts";
import { problemAnswers } from "../api/problem-answers.ts";
import { addRoute, type RouteSurroundings } from "../api/route.ts";
import { FailureLimit, networkOf } from "../failure-limit.ts";
import { sendProblem } from "../problem.ts";
import { enter, type EnteringParts, viewOf } from "./entering.ts";
import { dropSessionCookie } from "./session-cookie.ts";

const tag = "Session";
const patienceMs = 10_000;
const refusals = problemAnswers({ needsVersion: false, hasInput: true });
const fewRefusals = problemAnswers({ needsVersion: false, hasInput: false });

type Refused = Failure & { readonly status: 401 | 403 | 422 | 429 | 503; readonly afterMs?: number };

/** Who am I, signing in and out. */
export function addSessionRoutes(app: FastifyInstance, entering: EnteringParts, around: RouteSurroundings): void {
  const { parts, sessions, limits, nowMs, isSecure, log } = entering;
  const { signIn, books } = parts;
  const attempts = new SignInAttempts(nowMs);
  // Who succeeds is not counted: in the morning an office comes in from one address.
  const failures = new FailureLimit(nowMs, limits.signInPerAddress);

  app.get(
    "/sign-in",
    {
      config: { isAnonymous: true },
      schema: {
        operationId: "getSignInWays",
        tags: [tag],
        summary: "The ways to sign in; anybody may ask",
        security: [],
        response: { 200: signInWays, ...fewRefusals },
      },
    },
    () => ({
      local: signIn.local,
      oidc: signIn.redirects.map(({ id, title }) => ({ id, title, start: `/auth/${id}/start` })),
      kubernetesToken: signIn.tokens !== undefined,
      version: parts.version,
    }),
  );

  app.post(
    "/session",
    {
      config: { isAnonymous: true },
      schema: {
        operationId: "signIn",
        tags: [tag],
        summary: "Sign in; the session comes as a cookie",
        security: [],
        body: signInRequest,
        response: { 201: sessionView, ...refusals },
      },
    },
    async (request, reply) => {
      const waitMs = failures.waitMs(request.ip);
      if (waitMs !== undefined) return tooMany(reply, "this address that failed to sign in", waitMs);
      const given = request.body as SignInRequest;
      const known = await proven(given, networkOf(request.ip));
      if (!known.ok) {
        const { status, code, afterMs } = known.error;
        failures.failed(request.ip);
        log.warn({ requestId: request.id, req: request, code, way: given.way }, "sign-in refused");
        return sendProblem(reply, status, known.error, afterMs === undefined ? {} : { afterMs });
      }
      const session = await enter(request, reply, entering, known.value, given.way);
      return reply.code(201).send(await viewOf(parts, session));
    },
  );

  async function proven(given: SignInRequest, network: string): Promise<Result<Principal, Refused>> {
    if (given.way === "kubernetes") {
      const off = "tokens of the cluster are not taken here";
      if (signIn.tokens === undefined) return fail({ code: "sign_in_way", message: off, status: 403 });
      const answer = await signIn.tokens.whoHas(given.token, AbortSignal.timeout(patienceMs));
      if (!answer.ok) return fail({ ...answer.error, status: 503 });
      if (answer.value !== undefined) return { ok: true, value: answer.value };
      const message = "the cluster does not know this token, or it has expired";
      return fail({ code: "sign_in_refused", message, status: 401 });
    }
    if (!signIn.local) {
      const message = "there are no names and passwords here; sign in the way the page offers";
      return fail({ code: "sign_in_way", message, status: 403 });
    }
    const answer =
      given.way === "local"
        ? await signInLocally(books, attempts, { ...given, network }, nowMs())
        : await signInByLink(books, given, nowMs());
    return answer.ok ? answer : fail({ ...answer.error, status: statusOf(answer.error.code) });
  }

  addRoute(app, around, {
    method: "GET",
    url: "/session",
    name: "getSession",
    tag,
    summary: "Who is signed in, and what they may do",
    answer: sessionView,
    handle: async ({ who, session }) => ({
      ok: true,
      // A program's token has no session: nothing to send back, and no end that is known here.
      value: await viewOf(parts, session ?? { principal: who, csrf: "", expiresAtMs: 0 }),
    }),
  });

  app.delete(
    "/session",
    {
      schema: {
        operationId: "signOut",
        tags: [tag],
        summary: "Sign out; `redirectTo` is the identity provider's own page for it, where there is one",
        response: { 200: z.object({ redirectTo: z.string().nullable() }), ...fewRefusals },
      },
    },
    async (request, reply): Promise<FastifyReply> => {
      const { session, principal } = request.asker!;
      if (session !== undefined) {
        await sessions.end(session.idHash);
        await books.audit.append([
          {
            atMs: nowMs(),
            kind: "access.sign-out",
            subject: `person/${principal.subject}`,
            actor: personOf(principal),
            payload: {},
          },
        ]);
      }
      dropSessionCookie(reply, isSecure);
      for (const way of signIn.redirects) {
        const url = await way.signOutUrl?.(principal);
        if (url !== undefined) return reply.send({ redirectTo: url.href });
      }
      return reply.send({ redirectTo: null });
    },
  );

  app.post(
    "/session/slack-code",
    {
      schema: {
        operationId: "linkSlack",
        tags: [tag],
        summary: "A code to type in Slack as `/postern link <code>`: what you do there is then done by you",
        response: { 200: z.object({ code: z.string() }), ...fewRefusals },
      },
    },
    async (request, reply) => {
      if (parts.slack === undefined) {
        return sendProblem(reply, 404, { code: "chat_off", message: "Slack is not set up on this server" });
      }
      return { code: await parts.slack.linkCode(request.asker!.principal) };
    },
  );
}

function statusOf(code: string): 401 | 422 | 429 | 503 {
  if (code === "sign_in_busy") return 503;
  if (code === "sign_in_wait") return 429;
  return code === "sign_in_name" || code === "sign_in_password_weak" ? 422 : 401;
}
