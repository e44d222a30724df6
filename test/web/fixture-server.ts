/**
 * The application without a cluster: serves `dist/web` and an API over a made-up world of the size that the figures are
 * about. `node test/web/fixture-server.ts` keeps it on http://127.0.0.1:8099 while pages are worked on.
 */
import { once } from "node:events";
import { createReadStream, existsSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { pathToFileURL } from "node:url";
import { ZodError } from "zod";
import type { ServerEvent } from "../../src/app/wire/events.ts";
import { contentSecurityPolicy } from "../../src/surfaces/http/web/web.ts";
import { FixtureApi, refused } from "./fixture-api.ts";
import { makeWorld, type WorldSize } from "./fixture-world.ts";

const builtWeb = join(import.meta.dirname, "..", "..", "dist", "web");
const kinds: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
export interface FixtureServer {
  readonly url: string;
  /** Tells every open page. */
  tell(event: ServerEvent): void;
  close(): Promise<void>;
}

export interface FixtureOptions extends Partial<WorldSize> {
  /** 0: any that is free. */
  readonly port?: number;
  /** The built application; `dist/web` when left out. */
  readonly webFolder?: string;
}

export async function startFixtureServer(options: FixtureOptions = {}): Promise<FixtureServer> {
  const size = { namespaces: options.namespaces ?? 1_000, proposals: options.proposals ?? 2_000 };
  const listeners = new Set<ServerResponse>();
  const tell = (event: ServerEvent): void => {
    for (const listener of listeners) listener.write(`data: ${JSON.stringify(event)}\n\n`);
  };
  const api = new FixtureApi(makeWorld(size, Date.now()), tell);
  const server = createServer((request, response) => {
    void serve(request, response);
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname === "/api/v1/events") {
      response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
      response.write(": here\n\n");
      listeners.add(response);
      response.on("close", () => listeners.delete(response));
      return;
    }
    if (!url.pathname.startsWith("/api/v1/")) {
      serveFile(options.webFolder ?? builtWeb, request, response, url.pathname);
      return;
    }
    const { status, body } = await answer(request, url);
    response.writeHead(status, { "content-type": status < 400 ? "application/json" : "application/problem+json" });
    response.end(JSON.stringify(body));
  }

  async function answer(
    request: IncomingMessage,
    url: URL,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    try {
      return await api.answer({
        method: request.method ?? "GET",
        path: url.pathname.slice("/api/v1/".length).split("/").map(decodeURIComponent),
        query: url.searchParams,
        body: text === "" ? undefined : (JSON.parse(text) as unknown),
        ifMatch: request.headers["if-match"],
      });
    } catch (error) {
      if (error instanceof ZodError || error instanceof RangeError) return refused(400, "api_request", error.message);
      return refused(500, "fixture", error instanceof Error ? error.message : String(error));
    }
  }

  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tell,
    close: async () => {
      for (const listener of listeners) listener.end();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Files by name, and the application itself for every address of a page. */
function serveFile(web: string, request: IncomingMessage, response: ServerResponse, pathname: string): void {
  const wanted = normalize(pathname);
  const isFile = extname(wanted) !== "" && !wanted.includes("..") && existsSync(join(web, wanted));
  if (!isFile && extname(wanted) !== "") {
    response.writeHead(404).end();
    return;
  }
  const path = join(web, isFile ? wanted : "index.html");
  const isPacked = existsSync(`${path}.br`) && (request.headers["accept-encoding"] ?? "").includes("br");
  response.writeHead(200, {
    "content-type": kinds[extname(path)] ?? "application/octet-stream",
    "content-security-policy": contentSecurityPolicy,
    ...(isPacked ? { "content-encoding": "br" } : {}),
  });
  createReadStream(isPacked ? `${path}.br` : path).pipe(response);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const { url } = await startFixtureServer({ port: 8_099 });
  process.stderr.write(`postern: the application over made-up data is at ${url}\n`);
}
