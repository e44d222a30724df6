import type { FastifyReply } from "fastify";
import type { Failure } from "../../app/failure.ts";
import type { FindingView } from "../../app/wire/list.ts";

export interface ProblemOptions {
  /** When the client should come back. */
  readonly afterMs?: number;
  /** The rest of the request was not read, so the connection cannot be used for another. */
  readonly mustClose?: boolean;
  /** What exactly, where there is more than one thing. */
  readonly findings?: readonly FindingView[] | undefined;
}

/** For whatever needs the state; nobody is refused for it, and an observer keeps its batch. */
export const stateUnreachable: Failure = {
  code: "state_unreachable",
  message: "the state cannot be reached; the collector's log says why",
};

const titles: Readonly<Record<number, string>> = {
  400: "the request cannot be understood",
  401: "who asks is not known",
  403: "not allowed",
  404: "there is nothing here",
  405: "this cannot be done here",
  408: "the request took too long",
  409: "the state does not allow this now",
  412: "it was changed since it was read",
  413: "the request is too large",
  415: "the request has another form than is understood",
  422: "the request does not hold together",
  423: "the organisation's law says no",
  428: "say which version this is about",
  429: "too many requests",
  500: "the server failed",
  503: "not now",
  504: "it took too long",
};

/** Answers with `application/problem+json` (RFC 9457): our sentence, its code, and the request's name in the log. */
export function sendProblem(
  reply: FastifyReply,
  status: number,
  { code, message }: Failure,
  { afterMs, mustClose = false, findings }: ProblemOptions = {},
): FastifyReply {
  if (afterMs !== undefined) reply.header("retry-after", String(Math.max(1, Math.ceil(afterMs / 1000))));
  if (mustClose && reply.request.raw.httpVersionMajor === 1) reply.header("connection", "close");
  if (status === 401) reply.header("www-authenticate", 'Bearer realm="postern"');
  return reply
    .code(status)
    .type("application/problem+json")
    .send(
      JSON.stringify({
        type: `urn:postern:error:${code}`,
        title: titles[status] ?? "it could not be done",
        status,
        code,
        detail: message,
        requestId: reply.request.id,
        ...(findings === undefined ? {} : { findings }),
      }),
    );
}
