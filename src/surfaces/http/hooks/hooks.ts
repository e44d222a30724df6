import type { FastifyInstance, FastifyRequest } from "fastify";
import type { ApiParts } from "../api/api-parts.ts";
import { tooMany } from "../api/guard.ts";
import { networkOf } from "../failure-limit.ts";
import { sendProblem } from "../problem.ts";

const slackBytes = 1 << 20;
/** What GitHub sends at most is 25 MiB; nothing that is needed here is larger than this. */
const gitBytes = 5 << 20;
const perAddress = 600;

/** `POST /hooks/slack/interactive`, `/hooks/slack/command` and `/hooks/git/<repository>`. Their bodies stay bytes until their signature was looked at. */
export function addHooks(app: FastifyInstance, { slack, gitHook }: Pick<ApiParts, "slack" | "gitHook">): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: gitBytes }, (_request, body, done) => done(null, body));
  const limit = app.createRateLimit({
    max: perAddress,
    timeWindow: 60_000,
    keyGenerator: ({ ip }) => networkOf(ip),
  });
  app.addHook("onRequest", async (request, reply) => {
    const tries = await limit(request);
    return !tries.isAllowed && tries.isExceeded ? tooMany(reply, "this address", tries.ttl) : undefined;
  });

  if (slack !== undefined) {
    for (const path of ["interactive", "command"] as const) {
      app.post(`/hooks/slack/${path}`, { bodyLimit: slackBytes }, async (request, reply) => {
        const answer = await slack.received(path, headersOf(request), bodyOf(request).toString("utf8"));
        if (!answer.ok) return sendProblem(reply, answer.error.status, answer.error);
        // Slack shows an empty answer as nothing.
        return answer.value === undefined ? reply.code(200).send() : reply.type("application/json").send(answer.value);
      });
    }
  }
  if (gitHook !== undefined) {
    app.post<{ Params: { repository: string } }>("/hooks/git/:repository", async (request, reply) => {
      const answer = await gitHook(request.params.repository, headersOf(request), bodyOf(request));
      if (!answer.ok) return sendProblem(reply, answer.error.status, answer.error);
      return reply.code(202).type("application/json").send({ result: answer.value });
    });
  }
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

/** Each once: of a header that comes twice only what Node.js makes of it counts. */
function headersOf({ headers }: FastifyRequest): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : value]),
  );
}
