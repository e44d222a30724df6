import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { answerInPieces } from "../../app/history/history-calls.ts";
import { type HistoryQuestion, historyQuestions } from "../../app/history/history-codec.ts";
import type { HistoryReader } from "../../app/history/history-reader.ts";
import { readableHistory } from "../../app/live/collect-reading.ts";
import { Share } from "../../app/live/share.ts";
import { quoted } from "../../core/quoted.ts";
import { untilLeft } from "./api/route.ts";
import { sendProblem } from "./problem.ts";

/** Bytes that are made before the client takes them. */
const piecesAhead = 1 << 18;

/** Questions answered at the same time, half of them for one client. */
const mostAtOnce = 4;

/**
 * `GET /v1/history/<question>?query=<JSON>`: the questions of `HistoryReader`, within the clusters of the client. Long answers are
 * sent as they are found, and what fails in the middle of one breaks the connection. Who leaves ends his question.
 */
export function addHistory(app: FastifyInstance, history: HistoryReader): void {
  let underWay = 0;
  const share = new Share(mostAtOnce);
  app.get<{ Params: { question: string }; Querystring: { query?: string | string[] } }>(
    "/v1/history/:question",
    { config: { scope: "read" } },
    async (request, reply) => {
      const { question } = request.params;
      const { query = "null" } = request.query;
      if (!isQuestion(question)) {
        const message = `the history cannot be asked for ${quoted(question)}; it can for ${historyQuestions.join(", ")}`;
        return sendProblem(reply, 404, { code: "history_not_understood", message });
      }
      if (typeof query !== "string") {
        return sendProblem(reply, 400, { code: "history_not_understood", message: "give `query` once" });
      }
      const { subject } = request.permission!;
      if (underWay >= mostAtOnce || !share.has(subject)) {
        const failure = { code: "collector_busy", message: "too many questions are being answered at the same time" };
        return sendProblem(reply, 503, failure, { afterMs: 1000 });
      }
      underWay += 1;
      share.take(subject);
      const giveBack = (): void => {
        share.giveBack(subject);
        underWay -= 1;
      };
      try {
        const own = readableHistory(history, request.permission!);
        const answer = await answerInPieces(own, question, query, untilLeft(reply));
        if (!answer.ok) {
          giveBack();
          return await sendProblem(reply, statusOf(answer.error.code), answer.error);
        }
        const pieces = Readable.from(answer.value, { objectMode: false, highWaterMark: piecesAhead });
        return await reply.type("application/json").send(pieces.once("close", giveBack));
      } catch (error) {
        giveBack();
        throw error;
      }
    },
  );
}

function isQuestion(text: string): text is HistoryQuestion {
  return (historyQuestions as readonly string[]).includes(text);
}

function statusOf(code: string): number {
  if (code === "history_not_understood") return 400;
  return code === "collector_cluster_not_allowed" ? 403 : 503;
}
