import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Principal } from "../../../app/access/principal.ts";
import type { DeskFailure, DeskFailureKind } from "../../../app/desk/desk-failure.ts";
import type { IdempotencyBook } from "../../../app/state/idempotency.ts";
import type { Session } from "../../../app/state/people.ts";
import type { Result } from "../../../core/result.ts";
import { sendProblem } from "../problem.ts";
import { onceByKey } from "./idempotency.ts";
import { problemAnswers } from "./problem-answers.ts";
import type { RequestLimits } from "./request-limits.ts";

declare module "fastify" {
  interface FastifyContextConfig {
    /** Anybody may ask. */
    isAnonymous?: boolean;
    /** Takes a while, so that fewer of them are allowed. */
    isSlow?: boolean;
    /** `If-Match` must name the version that was read. */
    needsVersion?: boolean;
  }
}

/** What a handler is given: checked input, who asks, and until when. */
export interface Ask<P, Q, B> {
  readonly who: Principal;
  /** Of a browser; undefined: a program with a token. */
  readonly session: Session | undefined;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  /** Of `If-Match`; 0 where the route does not need one. */
  readonly version: number;
  /** Aborts when the client leaves or the time is over. */
  readonly signal: AbortSignal;
}

export interface Route<P, Q, B> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly url: string;
  /** Of the OpenAPI document. */
  readonly name: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodType<P>;
  readonly query?: z.ZodType<Q>;
  readonly body?: z.ZodType<B>;
  readonly answer: z.ZodType;
  readonly status?: 200 | 201;
  readonly isSlow?: boolean;
  readonly needsVersion?: boolean;
  /** Honours `Idempotency-Key`. */
  readonly isOnce?: boolean;
  /** Version of what is answered, for `ETag`. */
  readonly versionOf?: (answer: never) => number;
  readonly handle: (ask: Ask<P, Q, B>) => Promise<Result<unknown, DeskFailure>>;
}

export interface RouteSurroundings {
  readonly limits: RequestLimits;
  readonly idempotency: IdempotencyBook | undefined;
  readonly nowMs: () => number;
}

const statuses: Readonly<Record<DeskFailureKind, number>> = {
  "not-found": 404,
  forbidden: 403,
  conflict: 409,
  stale: 412,
  invalid: 422,
  unlawful: 423,
  unavailable: 503,
};

/** Declares a route: its schemas check what comes, shape what goes, and describe both. */
export function addRoute<P, Q, B>(
  app: FastifyInstance,
  { limits, idempotency, nowMs }: RouteSurroundings,
  route: Route<P, Q, B>,
): void {
  const { status = 200, isSlow = false, needsVersion = false, isOnce = false } = route;
  app.route({
    method: route.method,
    url: route.url,
    config: { isSlow, needsVersion },
    schema: {
      operationId: route.name,
      tags: [route.tag],
      summary: route.summary,
      ...(route.description === undefined ? {} : { description: route.description }),
      ...(route.params === undefined ? {} : { params: route.params }),
      ...(route.query === undefined ? {} : { querystring: route.query }),
      ...(route.body === undefined ? {} : { body: route.body }),
      ...headersOf(needsVersion, isOnce),
      response: { [status]: route.answer, ...problemAnswers({ needsVersion, hasInput: route.body !== undefined }) },
    },
    handler: async (request, reply) => {
      const deadline = AbortSignal.timeout(isSlow ? limits.slowDeadlineMs : limits.deadlineMs);
      const signal = AbortSignal.any([deadline, untilLeft(reply)]);
      const ask: Ask<P, Q, B> = {
        who: request.asker!.principal,
        session: request.asker!.session,
        params: request.params as P,
        query: request.query as Q,
        body: request.body as B,
        version: request.version ?? 0,
        signal,
      };
      const answer = async (): Promise<FastifyReply> => {
        const result = await untilOver(route.handle(ask), deadline);
        if (result === undefined) {
          const message = "this took too long and was given up; ask for less, or try again later";
          return sendProblem(reply, 504, { code: "api_deadline", message }, { afterMs: 5_000 });
        }
        if (!result.ok) return sendDeskFailure(reply, result.error);
        const version = route.versionOf?.(result.value as never);
        if (version !== undefined) reply.header("etag", `"${version}"`);
        return reply.code(status).send(result.value);
      };
      const key = request.headers["idempotency-key"];
      if (!isOnce || idempotency === undefined || key === undefined) return answer();
      return onceByKey({ request, reply, book: idempotency, nowMs, key: String(key), hash: hashOf(request) }, answer);
    },
  });
}

export function sendDeskFailure(reply: FastifyReply, failure: DeskFailure): FastifyReply {
  const { kind, findings } = failure;
  return sendProblem(reply, statuses[kind], failure, {
    findings,
    ...(kind === "unavailable" ? { afterMs: 5_000 } : {}),
  });
}

/** Aborts when the connection ends before the answer does. */
export function untilLeft(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once("close", () => {
    if (!reply.raw.writableFinished) gone.abort(new Error("the client left"));
  });
  return gone.signal;
}

/** @returns undefined when the time was over first. Whoever works hears of it by the signal. */
async function untilOver<T>(work: Promise<T>, deadline: AbortSignal): Promise<T | undefined> {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const over = (): void => resolve(undefined);
  deadline.addEventListener("abort", over, { once: true });
  try {
    return await Promise.race([
      promise,
      work.catch((error: unknown) => {
        if (deadline.aborted) return undefined;
        throw error;
      }),
    ]);
  } finally {
    deadline.removeEventListener("abort", over);
  }
}

function hashOf({ method, url, body }: FastifyRequest): string {
  return createHash("sha256")
    .update(JSON.stringify([method, url, body ?? null]))
    .digest("hex");
}

function headersOf(needsVersion: boolean, isOnce: boolean): { headers?: z.ZodType } {
  if (!needsVersion && !isOnce) return {};
  const shape = {
    ...(needsVersion
      ? { "if-match": z.string().optional().describe('The version that was read, as in `ETag`: `"3"`. Needed.') }
      : {}),
    ...(isOnce
      ? {
          "idempotency-key": z
            .string()
            .min(1)
            .max(200)
            .optional()
            .describe("A name of your own for this request; sent again under it within a day, nothing is done again."),
        }
      : {}),
  };
  return { headers: z.looseObject(shape) };
}
