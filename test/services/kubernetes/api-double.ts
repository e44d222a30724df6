/**
 * An API server for tests: real lists in pages and real watches over HTTPS on loopback, with the troubles that real ones
 * have. `kubectl` is the judge of its likeness.
 */
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { gzipSync } from "node:zlib";
import { type Issued, issueCertificate } from "../../certificate.ts";
import { type KubernetesObject, ObjectStore, type StoredEvent } from "./object-store.ts";
import { shapedItem, shapedList, shapeOf, statusOf } from "./representations.ts";
import type { Asked } from "./role.ts";
import { apiVersionOf, discovery, openshiftKinds, resourceKey, type ServedKind } from "./served-kinds.ts";

export interface RecordedRequest extends Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly accept: string;
  readonly status: number;
}

interface Fault {
  readonly status: number;
  readonly retryAfter?: number;
  left: number;
}

interface Asking {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  readonly served: ServedKind;
  readonly asked: Asked;
  readonly namespace: string | undefined;
}

export class ApiDouble {
  readonly store = new ObjectStore();
  readonly requests: RecordedRequest[] = [];
  readonly authority: Issued = issueCertificate({ commonName: "double authority", isAuthority: true });
  /** Which tokens are accepted, and what each may do; undefined: everything. */
  readonly tokens = new Map<string, ((asked: Asked) => boolean) | undefined>();
  kinds: readonly ServedKind[] = openshiftKinds;
  /** Watches that begin too early are refused with a status, or open and end with an error event: servers do both. */
  gone: "status" | "event" = "status";
  /** Answers are written in pieces of so many bytes; 0: at once. */
  pieceBytes = 0;
  /** Written instead of the next event of any watch. */
  nextEvent: string | undefined;
  /** Runs before each page of a list but the first. */
  betweenPages: (() => void) | undefined;
  private readonly faults = new Map<string, Fault>();
  private readonly snapshots = new Map<string, readonly KubernetesObject[]>();
  private readonly host: string;
  private server: Server | undefined;
  private port = 0;
  private readonly sockets = new Set<Duplex>();
  private readonly watches = new Set<() => void>();
  private readonly bookmarks = new Set<() => void>();

  constructor(host = "127.0.0.1") {
    this.host = host;
  }

  get url(): string {
    return `https://${this.host.includes(":") ? `[${this.host}]` : this.host}:${this.port}`;
  }

  async start(): Promise<void> {
    const certificate = issueCertificate({ commonName: "kubernetes", hosts: [this.host, "localhost"] }, this.authority);
    this.server = createServer(
      { ...certificate, ca: this.authority.cert, requestCert: true, rejectUnauthorized: false },
      (request, response) => this.serve(request, response),
    );
    this.server.on("connection", (socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => undefined);
    });
    this.server.on("tlsClientError", () => undefined);
    await once(this.server.listen(this.port, this.host), "listening");
    this.port = (this.server.address() as AddressInfo).port;
  }

  /** As when the process dies: every connection breaks. `start` again comes back at the same port. */
  async stop(): Promise<void> {
    const closed = once(this.server!, "close");
    this.server!.close();
    this.breakConnections();
    await closed;
  }

  breakConnections(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Ends all watches in good order, as servers do when their time is over. */
  endWatches(): void {
    for (const end of this.watches) end();
  }

  /** Every watch is told the version that it has reached, as each minute. */
  bookmark(): void {
    for (const tell of this.bookmarks) tell();
  }

  get watchCount(): number {
    return this.watches.size;
  }

  /** The next `times` requests for the resource get this answer. */
  fail(resource: string, status: number, times: number, retryAfter?: number): void {
    this.faults.set(resource, { status, left: times, ...(retryAfter === undefined ? {} : { retryAfter }) });
  }

  /** Continue tokens are worth nothing from now on. */
  expirePages(): void {
    this.snapshots.clear();
  }

  put(object: KubernetesObject): KubernetesObject {
    return this.store.put(this.keyOf(object), object);
  }

  delete(object: KubernetesObject): void {
    this.store.delete(this.keyOf(object), object.metadata.namespace ?? "", object.metadata.name);
  }

  private keyOf({ kind, apiVersion }: KubernetesObject): string {
    const served = this.kinds.find((one) => one.kind === kind && apiVersionOf(one) === apiVersion);
    if (served === undefined) throw new Error(`the double does not serve ${kind} of ${apiVersion}`);
    return resourceKey(served);
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? "/", this.url);
    const found = this.route(url);
    const asked: Asked = found?.asked ?? { verb: "get", group: "", resource: url.pathname, name: undefined };
    response.on("finish", () => undefined).on("error", () => undefined);
    const answer = (status: number, body: object, headers: Record<string, string> = {}): void => {
      this.record(request, url, asked, status);
      this.send(request, response, status, body, headers);
    };
    const may = this.whoAsks(request);
    if (may === "nobody") return answer(401, statusOf(401, "Unauthorized", "Unauthorized"));
    if (request.method !== "GET") return answer(405, statusOf(405, "MethodNotAllowed", "only GET"));
    const told = discovery(url.pathname, this.kinds);
    if (told !== undefined) return answer(200, told);
    if (found === undefined) {
      // Authorisation comes before the search: who may not list does not learn whether there is such a resource.
      const guess = this.guess(url);
      if (guess !== undefined && may !== undefined && !may(guess)) {
        this.record(request, url, guess, 403);
        return this.send(request, response, 403, statusOf(403, "Forbidden", "forbidden"), {});
      }
      this.record(request, url, guess ?? asked, 404);
      response.writeHead(404, { "content-type": "text/plain" }).end("404 page not found\n");
      return;
    }
    if (may !== undefined && !may(asked)) {
      return answer(403, statusOf(403, "Forbidden", `${asked.resource} is forbidden: cannot ${asked.verb}`));
    }
    const fault = this.faults.get(asked.resource);
    if (fault !== undefined && fault.left > 0) {
      fault.left -= 1;
      const headers: Record<string, string> =
        fault.retryAfter === undefined ? {} : { "retry-after": String(fault.retryAfter) };
      return answer(fault.status, statusOf(fault.status, "Trouble", "as the test wants it"), headers);
    }
    const asking: Asking = { request, response, query: url.searchParams, ...found };
    if (asked.verb === "watch") this.watch(asking, url);
    else if (asked.verb === "list") this.list(asking, answer);
    else {
      const object = this.store.get(resourceKey(found.served), found.namespace ?? "", asked.name ?? "");
      if (object === undefined) answer(404, statusOf(404, "NotFound", `${asked.resource} "${asked.name}" not found`));
      else answer(200, shapedItem(object, shapeOf(request.headers.accept ?? "")));
    }
  }

  private record(request: IncomingMessage, url: URL, asked: Asked, status: number): void {
    this.requests.push({
      ...asked,
      method: request.method ?? "",
      path: url.pathname,
      query: url.searchParams,
      accept: request.headers.accept ?? "",
      status,
    });
  }

  /** What the asker may do; undefined: everything. */
  private whoAsks(request: IncomingMessage): ((asked: Asked) => boolean) | undefined | "nobody" {
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
    if (token !== undefined) return this.tokens.has(token) ? this.tokens.get(token) : "nobody";
    const socket = request.socket as TLSSocket;
    return socket.authorized && socket.getPeerCertificate().subject?.O === "system:masters" ? undefined : "nobody";
  }

  private route({ pathname, searchParams }: URL): Pick<Asking, "served" | "asked" | "namespace"> | undefined {
    for (const served of this.kinds) {
      const root = `${served.group === "" ? "/api" : "/apis"}/${apiVersionOf(served)}/`;
      if (!pathname.startsWith(root)) continue;
      const match = /^(?:namespaces\/([^/]+)\/)?([^/]+)(?:\/([^/]+))?$/.exec(pathname.slice(root.length));
      if (match?.[2] !== served.resource) continue;
      const [, namespace, resource = "", named] = match;
      const selected = /^metadata\.name=([^,]+)$/.exec(searchParams.get("fieldSelector") ?? "")?.[1];
      const isWatch = ["true", "1"].includes(searchParams.get("watch") ?? "");
      const verb = isWatch ? "watch" : named === undefined ? "list" : "get";
      return { served, namespace, asked: { verb, group: served.group, resource, name: named ?? selected } };
    }
    return undefined;
  }

  private guess({ pathname, searchParams }: URL): Asked | undefined {
    const match = /^\/apis\/([^/]+)\/[^/]+\/([^/]+)$/.exec(pathname);
    if (match === null) return undefined;
    const verb = searchParams.get("watch") === "true" ? "watch" : "list";
    const name = /^metadata\.name=([^,]+)$/.exec(searchParams.get("fieldSelector") ?? "")?.[1];
    return { verb, group: match[1]!, resource: match[2]!, name };
  }

  private list(
    { request, query, served, asked, namespace }: Asking,
    answer: (status: number, body: object) => void,
  ): void {
    const token = query.get("continue") ?? "";
    if (token !== "") this.betweenPages?.();
    let [version, start] = [String(this.store.version), 0];
    let items: readonly KubernetesObject[];
    if (token === "") {
      const all = this.store.list(resourceKey(served), namespace);
      items = all.filter(({ metadata }) => asked.name === undefined || metadata.name === asked.name);
    } else {
      const page = JSON.parse(Buffer.from(token, "base64url").toString()) as { version: string; start: number };
      ({ version, start } = page);
      const snapshot = this.snapshots.get(`${resourceKey(served)} ${version}`);
      if (snapshot === undefined)
        return answer(410, statusOf(410, "Expired", "The provided continue parameter is too old"));
      items = snapshot;
    }
    const limit = Number(query.get("limit") ?? 0) || Infinity;
    const end = Math.min(items.length, start + limit);
    let next = "";
    if (end < items.length) {
      this.snapshots.set(`${resourceKey(served)} ${version}`, items);
      next = Buffer.from(JSON.stringify({ version, start: end })).toString("base64url");
    }
    const page = { version, next, remaining: items.length - end };
    answer(
      200,
      shapedList(
        served.kind,
        apiVersionOf(served),
        items.slice(start, end),
        page,
        shapeOf(request.headers.accept ?? ""),
      ),
    );
  }

  private watch({ request, response, query, served, asked, namespace }: Asking, url: URL): void {
    const said = query.get("resourceVersion") ?? "";
    const from = said === "" || said === "0" ? undefined : Number(said);
    const tooOld = statusOf(410, "Expired", `too old resource version: ${said} (${this.store.oldest})`);
    const isGone = from !== undefined && from < this.store.oldest;
    if (isGone && this.gone === "status") {
      this.record(request, url, asked, 410);
      return this.send(request, response, 410, tooOld, {});
    }
    this.record(request, url, asked, 200);
    response.writeHead(200, { "content-type": "application/json", "transfer-encoding": "chunked" });
    response.flushHeaders();
    const shape = shapeOf(request.headers.accept ?? "");
    const write = (type: string, object: object): void => {
      this.write(response, this.nextEvent ?? `${JSON.stringify({ type, object })}\n`);
      this.nextEvent = undefined;
    };
    if (isGone) {
      write("ERROR", tooOld);
      return void response.end();
    }
    const tell = ({ type, object, resource }: StoredEvent): void => {
      if (resource !== resourceKey(served)) return;
      // A watch from a moment that is yet to come waits for it in silence.
      if (from !== undefined && Number(object.metadata.resourceVersion) <= from) return;
      if (namespace !== undefined && object.metadata.namespace !== namespace) return;
      if (asked.name !== undefined && object.metadata.name !== asked.name) return;
      write(type, shapedItem(object, shape));
    };
    if (from === undefined) {
      for (const object of this.store.list(resourceKey(served), namespace)) write("ADDED", shapedItem(object, shape));
    } else {
      for (const event of this.store.since(resourceKey(served), from)) tell(event);
    }
    const leave = this.store.watch(tell);
    const bookmark = (): void => {
      if (query.get("allowWatchBookmarks") !== "true" || this.store.version < (from ?? 0)) return;
      const metadata = { resourceVersion: String(this.store.version), creationTimestamp: null };
      write("BOOKMARK", { kind: served.kind, apiVersion: apiVersionOf(served), metadata });
    };
    const ticking = setInterval(bookmark, 60_000);
    this.bookmarks.add(bookmark);
    const end = (): void => void response.end();
    const seconds = Number(query.get("timeoutSeconds") ?? 0);
    const timer = seconds > 0 ? setTimeout(end, seconds * 1000) : undefined;
    this.watches.add(end);
    response.on("close", () => {
      leave();
      clearInterval(ticking);
      this.bookmarks.delete(bookmark);
      clearTimeout(timer);
      this.watches.delete(end);
    });
  }

  /** In pieces that split characters, when the test wants it. */
  private write(response: ServerResponse, text: string): void {
    const bytes = Buffer.from(text);
    if (this.pieceBytes === 0) response.write(bytes);
    else
      for (let at = 0; at < bytes.length; at += this.pieceBytes)
        response.write(bytes.subarray(at, at + this.pieceBytes));
  }

  private send(
    request: IncomingMessage,
    response: ServerResponse,
    status: number,
    body: object,
    headers: Record<string, string>,
  ): void {
    const text = Buffer.from(`${JSON.stringify(body)}\n`);
    // As real servers: small answers are not worth it.
    const isPacked = text.length > 128 << 10 && (request.headers["accept-encoding"] ?? "").includes("gzip");
    const content = isPacked ? gzipSync(text, { level: 1 }) : text;
    response.writeHead(status, {
      "content-type": "application/json",
      ...(isPacked ? { "content-encoding": "gzip" } : {}),
      ...headers,
    });
    const piece = this.pieceBytes === 0 ? content.length : Math.max(this.pieceBytes, content.length >> 10);
    for (let at = 0; at < content.length && !response.destroyed; at += piece) {
      response.write(content.subarray(at, at + piece));
    }
    response.end();
  }
}
