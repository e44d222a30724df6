import { readFile } from "node:fs/promises";
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { Failure } from "../../app/failure.ts";
import type { RegoEngine } from "../../app/law/clause-engines.ts";
import type { OpaRequest } from "../../app/law/opa-request.ts";
import { ok, type Result } from "../../core/result.ts";
import { opaFailure, readPackage } from "./answer.ts";

type ServerRequest = Extract<OpaRequest, { kind: "server" }>;

const defaultTimeoutMs = 5_000;
const largestAnswer = 4 * 2 ** 20;

/**
 * An OPA that runs: `POST /v1/data/<path>` (https://www.openpolicyagent.org/docs/latest/rest-api/). Redirects are not followed, because the
 * token is meant for one host.
 */
export function opaServer(request: ServerRequest): RegoEngine {
  const base = new URL(request.url);
  const title = `OPA at ${base.origin}`;
  return {
    title,
    async ask(path, input) {
      const answered = await post(request, base, `/v1/data/${path}`, JSON.stringify({ input }), title);
      if (!answered.ok) return answered;
      try {
        const { result } = JSON.parse(answered.value) as { readonly result?: unknown };
        return readPackage(result, title, path);
      } catch {
        return opaFailure("opa_answer", `${title} answers with something that is no JSON: check that it is an OPA`);
      }
    },
  };
}

async function post(
  { tokenFile, caFile, timeoutMs = defaultTimeoutMs }: ServerRequest,
  base: URL,
  path: string,
  body: string,
  title: string,
): Promise<Result<string, Failure>> {
  let token: string | undefined;
  let ca: string | undefined;
  try {
    token = tokenFile === undefined ? undefined : (await readFile(tokenFile, "utf8")).trim();
    ca = caFile === undefined ? undefined : await readFile(caFile, "utf8");
  } catch (error) {
    const code = error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
    return opaFailure(
      "opa_no_permission",
      `a file that is needed for ${title} cannot be read (${code}): check the token file and the authorities`,
    );
  }
  const url = new URL(base);
  url.pathname = `${base.pathname.replace(/\/+$/, "")}${path}`;
  const headers = {
    "content-type": "application/json",
    accept: "application/json",
    "content-length": Buffer.byteLength(body),
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  const request = url.protocol === "https:" ? requestHttps : requestHttp;
  const signal = AbortSignal.timeout(timeoutMs);
  return new Promise((resolve) => {
    const away = (why: string): void => resolve(opaFailure("opa_unreachable", `${title} cannot be asked: ${why}`));
    const asked = request(
      url,
      { method: "POST", headers, signal, agent: false, ...(ca === undefined ? {} : { ca }) },
      (response) => {
        read(response).then(
          (text) =>
            resolve(
              text === undefined
                ? opaFailure("opa_answer", `${title} answers with more than ${largestAnswer} bytes`)
                : ofStatus(response, text, title),
            ),
          (error: unknown) => away(reason(error, signal, timeoutMs)),
        );
      },
    );
    asked.once("error", (error) => away(reason(error, signal, timeoutMs)));
    asked.end(body);
  });
}

async function read(response: IncomingMessage): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > largestAnswer) {
      response.destroy();
      return undefined;
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString("utf8");
}

function ofStatus({ statusCode = 0 }: IncomingMessage, text: string, title: string): Result<string, Failure> {
  if (statusCode === 200) return ok(text);
  if (statusCode === 401 || statusCode === 403) {
    return opaFailure(
      "opa_no_permission",
      `${title} refuses the question (HTTP ${statusCode}): check the token and its rights`,
    );
  }
  const said = text.replaceAll(/\s+/g, " ").trim().slice(0, 200);
  return opaFailure("opa_unreachable", `${title} answers HTTP ${statusCode}${said === "" ? "" : `: ${said}`}`);
}

function reason(error: unknown, signal: AbortSignal, timeoutMs: number): string {
  if (signal.aborted) return `no whole answer within ${timeoutMs / 1_000} s`;
  return error instanceof Error ? ((error as NodeJS.ErrnoException).code ?? error.message) : String(error);
}
