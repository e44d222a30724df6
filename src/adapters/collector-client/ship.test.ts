import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Delivery } from "../../app/live/batch-sink.ts";
import { HttpSink } from "./ship.ts";

let folder = "";
let server: Server;
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const seen: { line: string; encoding: string | undefined; token: string | undefined; body: string }[] = [];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "postern-ship-"));
  seen.length = 0;
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += chunk.toString()));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const encoding = headers["content-encoding"];
      seen.push({ line: `${method} ${url}`, encoding, token: headers.authorization, body });
      answer(request, response);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
});
afterEach(async () => {
  rmSync(folder, { recursive: true, force: true });
  server.closeAllConnections();
  await new Promise((resolve) => {
    server.close(resolve);
  });
});

const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

async function deliver(options: { path?: string; tokenFile?: string; timeoutMs?: number } = {}): Promise<Delivery> {
  const { path = "", tokenFile, timeoutMs = 5000 } = options;
  const sink = new HttpSink({ url: new URL(origin() + path), tokenFile, tls: undefined, timeoutMs });
  const delivery = await sink.deliverPacked(Buffer.from("batch"), new AbortController().signal);
  await sink.close();
  return delivery;
}

/** `later 1000: because` with the port taken out. */
function inWords(delivery: Delivery): string {
  const { kind } = delivery;
  if (kind === "stored") return kind;
  const after = kind === "later" && delivery.afterMs !== undefined ? ` ${delivery.afterMs}` : "";
  return `${kind}${after}: ${delivery.reason.replaceAll(origin(), "http://collector")}`;
}

test.each([
  [200, {}, "", "stored"],
  [204, {}, "", "stored"],
  [400, {}, `{"detail":"no batch"}`, "refused: the collector `http://collector` answers 400: no batch"],
  [413, {}, "", "refused: the collector `http://collector` answers 413"],
  [
    415,
    {},
    `{"detail":"the batch is packed with \`br\`"}`,
    "refused: the collector `http://collector` answers 415: the batch is packed with `br`",
  ],
  [422, {}, "<html>", "refused: the collector `http://collector` answers 422"],
  [401, {}, "", "later 60000: the collector `http://collector` does not know the token (401)"],
  [
    403,
    {},
    `{"detail":"the token is for west"}`,
    "later 60000: the collector `http://collector` does not let this observer send the batch that is next (403: the token is for west)",
  ],
  [429, { "retry-after": "7" }, "", "later 7000: the collector `http://collector` answers 429"],
  [
    503,
    { "retry-after": "Thu, 01 Jan 1970 00:00:00 GMT" },
    "",
    "later 0: the collector `http://collector` answers 503",
  ],
  [500, {}, "", "later: the collector `http://collector` answers 500"],
  [404, {}, "", "later: the collector `http://collector` answers 404"],
  [
    302,
    { location: "http://elsewhere/" },
    "",
    "later 60000: `http://collector` redirects to `http://elsewhere/`, which is not followed; name the collector itself",
  ],
])("%i with %j and %j is %s", async (status, headers, text, expected) => {
  answer = (_, response) => response.writeHead(status, headers).end(text);
  expect(inWords(await deliver())).toBe(expected);
  expect(seen).toHaveLength(1);
});

test("a batch is posted below the path of the collector, with the token as it is now", async () => {
  answer = (_, response) => response.writeHead(204).end();
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "first\n");
  expect(await deliver({ path: "/postern", tokenFile })).toEqual({ kind: "stored" });
  writeFileSync(tokenFile, "second");
  await deliver({ path: "/postern/", tokenFile });
  expect(seen).toEqual([
    { line: "POST /postern/v1/batches", encoding: "zstd", token: "Bearer first", body: "batch" },
    { line: "POST /postern/v1/batches", encoding: "zstd", token: "Bearer second", body: "batch" },
  ]);
});

test("a missing token is a reason to wait, not to send without", async () => {
  const tokenFile = join(folder, "none");
  expect(await deliver({ tokenFile })).toMatchObject({
    kind: "later",
    reason: `\`tokenFile\` \`${tokenFile}\` does not exist`,
  });
  expect(seen).toEqual([]);
});

test("silence, a cut connection and nobody there are reasons to wait", async () => {
  answer = () => {};
  expect(inWords(await deliver({ timeoutMs: 50 }))).toMatch(/^later: .* cannot be reached: it did not answer within/);
  answer = ({ socket }) => socket.destroy();
  expect(inWords(await deliver())).toMatch(
    /^later: .* cannot be reached: it hung up; where it expects TLS, write `https:\/\/`$/,
  );
  const sink = new HttpSink({ url: new URL("http://127.0.0.1:1"), tokenFile: undefined, tls: undefined });
  const delivery = await sink.deliverPacked(Buffer.from(""), new AbortController().signal);
  expect(inWords(delivery)).toMatch(/^later: .* cannot be reached: connect ECONNREFUSED/);
});

test("the way out is the proxy that the environment names", async () => {
  vi.stubEnv("HTTP_PROXY", origin());
  vi.stubEnv("NO_PROXY", "");
  vi.stubEnv("no_proxy", "");
  const sink = new HttpSink({ url: new URL("http://collector.example/in"), tokenFile: undefined, tls: undefined });
  answer = (_, response) => response.end("{}");
  try {
    const { signal } = new AbortController();
    expect(await sink.deliverPacked(Buffer.from("batch"), signal)).toEqual({ kind: "stored" });
    expect(seen.map(({ line }) => line)).toEqual(["POST http://collector.example/in/v1/batches"]);
    server.closeAllConnections();
    vi.stubEnv("HTTP_PROXY", "socks5://127.0.0.1");
    const other = new HttpSink({ url: new URL("http://collector.example"), tokenFile: undefined, tls: undefined });
    expect(inWords(await other.deliverPacked(Buffer.from("batch"), signal))).toBe(
      "later: the collector `http://collector.example` cannot be reached: `HTTP_PROXY` in the environment is no URL of " +
        "an http or https proxy; correct it, or unset it",
    );
  } finally {
    vi.unstubAllEnvs();
    await sink.close();
  }
});
