import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Access } from "../../../app/access/access.ts";
import { EventStream } from "../../../app/desk/event-stream.ts";
import type { ServerEvents } from "../../../app/desk/server-events.ts";
import { sendProblem } from "../problem.ts";
import { problemAnswers } from "./problem-answers.ts";
import type { RequestLimits } from "./request-limits.ts";
import { type AskerParts, whoAsks } from "./who-asks.ts";

export interface EventParts extends AskerParts {
  readonly events: ServerEvents;
  readonly access: Access;
  readonly limits: RequestLimits;
}

/** Text that waits for a slow reader; beyond it the reader is sent away, and asks everything anew when it is back. */
const mostWaitingBytes = 256 << 10;
/** How long the cluster may take to say whether a token is still good. */
const patienceMs = 5_000;

/** Comments would do for proxies; pages do not hear of those, and could not tell a server that hangs from a quiet one. */
const signOfLife = "event: beat\ndata: {}\n\n";

/** `GET /events`: server-sent events of what the one who asks may see, until the session ends. */
export function addEvents(app: FastifyInstance, parts: EventParts): void {
  const { events, access, sessions, limits } = parts;
  const stream = new EventStream(events, access, randomBytes(6).toString("hex"));
  const open = new Map<string, number>();
  let all = 0;
  const goodbyes = new Set<() => void>();
  app.addHook("preClose", (done) => {
    for (const end of goodbyes) end();
    stream.close();
    done();
  });

  app.get(
    "/events",
    {
      schema: {
        operationId: "listen",
        tags: ["Events"],
        summary: "What happens, as server-sent events",
        description:
          "Each event's `data` is a JSON document; `id` goes back as `Last-Event-ID` after a break. `event: reset` says that " +
          "something was missed: ask anew for what you show. `event: end` says that the session is over. `event: beat` comes first " +
          "and every 25 seconds: who hears nothing for longer has lost the server.",
        response: {
          200: { description: "A stream of events.", content: { "text/event-stream": { schema: z.string() } } },
          ...problemAnswers({ needsVersion: false, hasInput: false }),
        },
      },
    },
    (request, reply) => {
      const { principal, session } = request.asker!;
      const own = open.get(principal.subject) ?? 0;
      if (all >= limits.streams || own >= limits.streamsPerPrincipal) {
        const message = "too many pages listen at the same time; close some";
        return sendProblem(reply, 429, { code: "api_too_many_streams", message }, { afterMs: 30_000 });
      }
      all += 1;
      open.set(principal.subject, own + 1);
      const out = new Readable({ read: () => undefined, highWaterMark: mostWaitingBytes });
      let hasEnded = false;
      const push = (text: string): void => {
        if (out.readableLength + text.length > mostWaitingBytes) out.destroy();
        else if (!out.destroyed && !hasEnded) out.push(text);
      };
      const end = (): void => {
        if (hasEnded) return;
        push("event: end\ndata: {}\n\n");
        hasEnded = true;
        if (!out.destroyed) out.push(null);
      };
      const leave = stream.follow(principal, lastIdOf(request.headers["last-event-id"]), {
        event: (id, event) => push(`id: ${id}\ndata: ${JSON.stringify(event)}\n\n`),
        missed: (id) => push(`id: ${id}\nevent: reset\ndata: {}\n\n`),
      });
      const stopEnds = sessions.onEnd((idHash) => {
        if (idHash === session?.idHash) end();
      });
      const isStillGood = async (): Promise<boolean> => {
        // Looking at a session is no use of it: it ends although its page is open.
        if (session !== undefined) return sessions.isOpen(session.idHash);
        const asked = await whoAsks(request, parts, AbortSignal.timeout(patienceMs));
        return asked.ok || asked.error.status === 503;
      };
      const timer = setInterval(() => {
        push(signOfLife);
        // Ended by another process, by time, or because the token was revoked.
        isStillGood().then(
          (isGood) => isGood || end(),
          // The state is away: the page need not suffer for it.
          () => undefined,
        );
      }, limits.heartbeatMs);
      goodbyes.add(end);
      out.once("close", () => {
        clearInterval(timer);
        leave();
        stopEnds();
        goodbyes.delete(end);
        all -= 1;
        const left = (open.get(principal.subject) ?? 1) - 1;
        if (left > 0) open.set(principal.subject, left);
        else open.delete(principal.subject);
      });
      // The first bytes let browsers and proxies know that the stream is open; `retry` is how soon to come back.
      push(`retry: 2000\n\n${signOfLife}`);
      reply.header("x-accel-buffering", "no").header("cache-control", "no-store, no-transform");
      return reply.type("text/event-stream; charset=utf-8").send(out);
    },
  );
}

function lastIdOf(header: string | string[] | undefined): string | undefined {
  return typeof header === "string" && header.length <= 100 ? header : undefined;
}
