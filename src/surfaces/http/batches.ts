import type { FastifyInstance, FastifyReply } from "fastify";
import type { Acceptance } from "../../app/live/collect-acceptance.ts";
import type { Collector } from "../../app/live/collect.ts";
import { decodeBatch } from "../../app/live/decode-batch.ts";
import type { BodyReader } from "./batch-body.ts";
import type { Log, Repeated } from "./log.ts";
import type { CollectMetrics } from "./metrics.ts";
import { sendProblem } from "./problem.ts";

export interface BatchParts {
  readonly collector: Collector;
  readonly bodies: BodyReader;
  readonly metrics: CollectMetrics;
  readonly repeated: Repeated;
  readonly log: Log;
}

/** A client that may not send is not asked to come back soon. */
const forbiddenPauseMs = 60_000;
const longestAgent = 200;

/**
 * `POST /v1/batches`: one batch as `encode-batch.ts` writes it, identity, gzip or zstd. 200 when it is stored durably, now or
 * before; 429 and 503 with `Retry-After` when it can be later; 400, 413 and 415 when it never will; 403 when the client may
 * not send it.
 */
export function addBatches(app: FastifyInstance, { collector, bodies, metrics, repeated, log }: BatchParts): void {
  app.post("/v1/batches", { config: { scope: "ship" } }, async (request, reply): Promise<FastifyReply> => {
    const permission = request.permission!;
    if (collector.isFull) {
      metrics.turnedAway("later", "collector_busy");
      const failure = { code: "collector_busy", message: "batches come faster than they can be stored" };
      return sendProblem(reply, 503, failure, { afterMs: 1000, mustClose: true });
    }
    let isGone = false;
    reply.raw.once("close", () => (isGone = true));
    const sender = { client: permission.subject, isGone: () => isGone };
    const read = await bodies.read(request.raw, sender, (text) => ({
      batch: decodeBatch(text),
      bytes: text.length,
    }));
    if (!read.ok) {
      const { status, failure } = read.error;
      metrics.turnedAway(status === 503 ? "later" : "refused", failure.code);
      told(failure.code, failure.message);
      return sendProblem(reply, status, failure, { mustClose: true, ...(status === 503 ? { afterMs: 1000 } : {}) });
    }
    const { batch, bytes } = read.value;
    if (!batch.ok) {
      metrics.turnedAway("refused", batch.error.code);
      told(batch.error.code, batch.error.message);
      return sendProblem(reply, 400, batch.error);
    }
    const acceptance = await collector.accept(batch.value, {
      permission,
      bytes,
      version: (request.headers["user-agent"] ?? "").slice(0, longestAgent),
      address: request.ip,
    });
    if ("failure" in acceptance) told(acceptance.failure.code, acceptance.failure.message);
    return answer(acceptance);

    function told(code: string, message: string): void {
      const silenced = repeated.tell(`${code} ${permission.subject}`);
      if (silenced === undefined) return;
      log.warn(
        { requestId: request.id, code, reason: message, subject: permission.subject, silenced },
        "batch not taken",
      );
    }

    function answer(own: Acceptance): FastifyReply {
      switch (own.kind) {
        case "stored":
        case "known":
          return reply.send({ result: own.kind });
        case "later": {
          const status = own.failure.code === "collector_quota" ? 429 : 503;
          return sendProblem(reply, status, own.failure, { afterMs: own.afterMs });
        }
        case "forbidden":
          return sendProblem(reply, 403, own.failure, { afterMs: forbiddenPauseMs });
        case "refused":
          return sendProblem(reply, 400, own.failure);
        default:
          return own satisfies never;
      }
    }
  });
}
