import { request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";
import type { CustomFetch } from "openid-client";

const longestAnswer = 2 << 20;
const patienceMs = 10_000;

/** `fetch` that trusts an authority of its own, follows no redirects and takes only short answers. */
export function fetchWithCa(ca: string | undefined): CustomFetch {
  return (address, { method, headers, body, signal }) => {
    const url = new URL(address);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    const limit = AbortSignal.any([...(signal === undefined ? [] : [signal]), AbortSignal.timeout(patienceMs)]);
    const text = body instanceof URLSearchParams ? body.toString() : body;
    if (text !== undefined && text !== null && typeof text !== "string") {
      return Promise.reject(new TypeError("only text can be sent"));
    }
    const own = {
      ...headers,
      ...(typeof text === "string" ? { "content-length": String(Buffer.byteLength(text)) } : {}),
    };
    const asked = (url.protocol === "https:" ? requestHttps : requestHttp)(
      url,
      { method, headers: own, signal: limit, agent: false, ...(ca === undefined ? {} : { ca }) },
      (answer) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        answer.on("data", (chunk: Buffer) => {
          bytes += chunk.length;
          if (bytes > longestAnswer) asked.destroy(new Error("the answer is too long"));
          else chunks.push(chunk);
        });
        answer.once("error", reject);
        answer.once("end", () => {
          const { statusCode: status = 0 } = answer;
          const kept = new Headers();
          for (const [name, value] of Object.entries(answer.headers)) {
            for (const each of [value ?? []].flat()) kept.append(name, each);
          }
          const isEmpty = status === 204 || status === 304;
          resolve(new Response(isEmpty ? null : Buffer.concat(chunks), { status, headers: kept }));
        });
      },
    );
    asked.once("error", reject);
    asked.end(text ?? undefined);
    return promise;
  };
}
