import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";

export interface HttpBackend {
  readonly url: string;
  readonly port: number;
  /** What clients sent as `Authorization`. */
  readonly authorizations: readonly string[];
  stop(): Promise<void>;
}

export const backendProgram = "/usr/lib/git-core/git-http-backend";

/** Git's own server behind http, for whoever brings the right token; below `/moved/` it redirects. */
export async function startHttpBackend(
  root: string,
  user: string,
  token: string,
  tls?: { readonly cert: string; readonly key: string },
): Promise<HttpBackend> {
  const authorizations: string[] = [];
  const wanted = `Basic ${Buffer.from(`${user}:${token}`).toString("base64")}`;
  const answer: RequestListener = (request, response) => {
    const said = request.headers.authorization;
    if (said !== undefined) authorizations.push(said);
    const url = new URL(request.url ?? "/", "http://localhost");
    if (url.pathname.startsWith("/moved/")) {
      response.writeHead(301, { location: url.pathname.replace("/moved/", "/") + url.search }).end();
    } else if (said !== wanted) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="git"' }).end();
    } else serveGit(root, url, request, response);
  };
  const server = tls === undefined ? createServer(answer) : createSecureServer(tls, answer);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    port,
    authorizations,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

function serveGit(root: string, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const child = spawn(backendProgram, [], {
    env: {
      PATH: process.env.PATH ?? "",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "http.receivepack",
      GIT_CONFIG_VALUE_0: "true",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "postern",
      REMOTE_ADDR: "127.0.0.1",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => {});
  request.pipe(child.stdin);
  let head = Buffer.alloc(0);
  let isBody = false;
  child.stdout.on("data", (piece: Buffer) => {
    if (isBody) {
      response.write(piece);
      return;
    }
    head = Buffer.concat([head, piece]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    isBody = true;
    let status = 200;
    for (const line of head.subarray(0, end).toString("latin1").split("\r\n")) {
      const colon = line.indexOf(":");
      const [name, value] = [line.slice(0, colon), line.slice(colon + 1).trim()];
      if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.statusCode = status;
    response.write(head.subarray(end + 4));
  });
  child.on("close", () => response.end());
}
