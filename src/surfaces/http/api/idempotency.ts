import type { FastifyReply, FastifyRequest } from "fastify";
import type { IdempotencyBook } from "../../../app/state/idempotency.ts";
import { sendProblem } from "../problem.ts";

export interface OnceParts {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly book: IdempotencyBook;
  readonly nowMs: () => number;
  readonly key: string;
  readonly hash: string;
}

const keptMs = 24 * 3_600_000;
/** A server that died in the middle leaves its key behind; after this long it may be done again. One that lives holds on. */
const underWayMs = 10_000;
const holdEveryMs = 2_500;

/**
 * Does `answer` once a key: whoever sends the same request under it again gets the first answer. Failures that may pass (5xx, too many
 * requests) are not kept.
 */
export async function onceByKey(parts: OnceParts, answer: () => Promise<FastifyReply>): Promise<FastifyReply> {
  const { request, reply, book, nowMs, hash } = parts;
  const key = `${request.asker!.principal.subject} ${parts.key}`;
  const known = await book.begin(key, hash, nowMs(), nowMs() + underWayMs);
  if (known !== undefined) {
    if (known.requestHash !== hash) {
      const message = "this `Idempotency-Key` was used for another request; take a new one for each";
      return sendProblem(reply, 422, { code: "api_key_reused", message });
    }
    if (known.answer === undefined) {
      const message = "the same request is still under way; ask again in a moment";
      return sendProblem(reply, 409, { code: "api_key_under_way", message }, { afterMs: 1_000 });
    }
    const { status, body } = known.answer;
    reply.header("idempotency-replayed", "true");
    const type = status < 400 ? "application/json; charset=utf-8" : "application/problem+json";
    // As text: it was shaped when it was first sent.
    return reply.code(status).type(type).serializer(String).send(body);
  }
  const holding = setInterval(() => {
    // The state is away: then the answer cannot be kept either.
    book.hold(key, nowMs() + underWayMs).catch(() => undefined);
  }, holdEveryMs);
  holding.unref();
  request.keepAnswer = async (status, body) => {
    clearInterval(holding);
    if (status >= 500 || status === 429) await book.forget(key);
    else await book.finish(key, { status, body }, nowMs() + keptMs);
  };
  try {
    return await answer();
  } catch (error) {
    clearInterval(holding);
    await book.forget(key);
    throw error;
  }
}
