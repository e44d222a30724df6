import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { httpGet, HttpFailure, type HttpServer, httpTrouble } from "./http-get.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function serve(listener: RequestListener): Promise<HttpServer> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`);
  return { url, tls: undefined, tokenFile: undefined, headers: {}, timeoutMs: 300, maxResponseBytes: 1 << 20 };
}

async function get(server: HttpServer, signal = new AbortController().signal): Promise<string> {
  let text = "";
  await httpGet(server, "/v1", new URLSearchParams({ q: "a b" }), signal, (piece) => {
    text += String.fromCharCode(...piece);
  });
  return text;
}

/** What a person would read, with the port taken out. */
async function troubleOf(server: HttpServer): Promise<string> {
  const error: unknown = await get(server).then(
    () => "nothing",
    (error_: unknown) => error_,
  );
  return httpTrouble(error, server).replaceAll(/:\d{4,}/g, "");
}

test("an answer comes with what was asked, and where", async () => {
  expect(await get(await serve((request, response) => response.end(request.url)))).toBe("/api/v1?q=a+b");
});

test.each<[string, RequestListener, string]>([
  [
    "a refusal",
    (_, response) => response.writeHead(403).end("no rights\n for you"),
    "`127.0.0.1` answered HTTP 403 (check the token and its rights): no rights for you",
  ],
  [
    "a redirect",
    (_, response) => response.writeHead(302, { location: "http://elsewhere/" }).end(),
    "`127.0.0.1` answered HTTP 302",
  ],
  [
    "an answer without end",
    (_, response) => void response.write("x".repeat(2 << 20)),
    "`127.0.0.1`: the answer is longer than 1 MiB",
  ],
  ["silence", () => undefined, "`127.0.0.1`: no whole answer within 0.3 s"],
  [
    "an answer that is cut off",
    (_, response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("begin", () => response.destroy());
    },
    "`127.0.0.1` cannot be asked (ECONNRESET); check `url` and `tls`",
  ],
])("%s is told", async (_, listener, told) => {
  expect(await troubleOf(await serve(listener))).toBe(told);
});

test("nobody there is told", async () => {
  const server = await serve(() => undefined);
  for (const close of closing.splice(0)) close();
  expect(await troubleOf(server)).toBe("`127.0.0.1` cannot be asked (ECONNREFUSED); check `url` and `tls`");
});

test("a server that asks to wait is heard, within reason", async () => {
  const waits: (number | undefined)[] = [];
  for (const after of ["2", "86400", new Date(0).toUTCString(), "soon"]) {
    const server = await serve((_, response) => response.writeHead(429, { "retry-after": after }).end());
    const error: unknown = await get(server).catch((error_: unknown) => error_);
    waits.push(error instanceof HttpFailure ? error.retryAfterMs : Number.NaN);
  }
  expect(waits).toEqual([2000, 300_000, 0, undefined]);
});

test("an aborted request ends", async () => {
  const abort = new AbortController();
  const asking = get(await serve(() => abort.abort()), abort.signal);
  await expect(asking).rejects.toThrow("aborted");
});
