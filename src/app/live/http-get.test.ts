import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { issueCertificate } from "../../../test/certificate.ts";
import { httpGet, HttpFailure, type HttpServer, httpTrouble } from "./http-get.ts";

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
  vi.unstubAllEnvs();
});

async function serve(listener: RequestListener, timeoutMs = 30_000): Promise<HttpServer> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`);
  return { url, tls: undefined, tokenFile: undefined, headers: {}, timeoutMs, maxResponseBytes: 1 << 20 };
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

test("silence is told", async () => {
  expect(await troubleOf(await serve(() => undefined, 300))).toBe("`127.0.0.1`: no whole answer within 0.3 s");
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

/** A proxy that the environment names: all it is asked for it gets from one port here, or refuses. */
async function beProxy(port: number, status = 200): Promise<{ readonly asked: string[] }> {
  const asked: string[] = [];
  const proxy: Server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.end(request.url);
  });
  proxy.on("connect", (request, socket) => {
    asked.push(`CONNECT ${request.url} ${request.headers["proxy-authorization"] ?? ""}`.trim());
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} no\r\n\r\n`);
      return;
    }
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    for (const one of [socket, upstream]) one.on("error", () => undefined);
    closing.push(() => upstream.destroy());
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  closing.push(() => proxy.close());
  const at = `user:pass@127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  vi.stubEnv("HTTPS_PROXY", `http://${at}`);
  vi.stubEnv("HTTP_PROXY", `http://${at}`);
  vi.stubEnv("NO_PROXY", "127.0.0.0/8");
  return { asked };
}

test("what is outside is asked through the proxy, with the server's certificate checked behind it", async () => {
  const authority = issueCertificate({ commonName: "authority", isAuthority: true });
  const issued = issueCertificate({ commonName: "loki", hosts: ["loki.example"] }, authority);
  const server = createSecureServer({ cert: issued.cert, key: issued.key }, (request, response) =>
    response.end(`${request.url} of ${request.headers.host}`),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const folder = mkdtempSync(join(tmpdir(), "postern-http-get-"));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });
  const { asked } = await beProxy((server.address() as AddressInfo).port);
  const caFile = join(folder, "ca.pem");
  writeFileSync(caFile, authority.cert);
  const limits = { tokenFile: undefined, headers: {}, timeoutMs: 5000, maxResponseBytes: 1 << 20 };
  const there = { ...limits, url: new URL("https://loki.example/api"), tls: { caFile } };
  expect(await get(there)).toBe("/api/v1?q=a+b of loki.example");
  expect(await get({ ...there, url: new URL("http://plain.example/api") })).toBe("http://plain.example/api/v1?q=a+b");
  expect(await troubleOf({ ...there, tls: undefined })).toMatch(
    /^`loki.example` cannot be asked \(.*\), through the proxy that the environment names; check the proxy, `url` and `tls`$/,
  );
  expect(asked.map((one) => one.split(" ").slice(0, 2).join(" "))).toEqual([
    "CONNECT loki.example:443",
    "GET http://plain.example/api/v1?q=a+b",
    "CONNECT loki.example:443",
  ]);
  expect(asked[0]).toContain(`Basic ${Buffer.from("user:pass").toString("base64")}`);
});

test("a proxy that refuses is told", async () => {
  await beProxy(0, 403);
  const server = { ...(await serve(() => undefined)), url: new URL("https://loki.example/") };
  expect(await troubleOf(server)).toBe(
    "`loki.example` cannot be asked (ERR_PROXY_TUNNEL), through the proxy that the environment names; check the proxy, `url` and `tls`",
  );
});
