import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { BareRemote } from "./bare-remote.ts";

/** A pull request as a host keeps it; each front shows it in its own form. */
export interface KeptRequest {
  readonly number: number;
  readonly branch: string;
  base: string;
  /** Its branch lies in somebody's fork. */
  readonly isFork?: boolean;
  title: string;
  body: string;
  state: "open" | "merged" | "closed";
  readonly labels: Set<string>;
  readonly reviewers: Set<string>;
  readonly comments: KeptComment[];
  mergeCommit: string | undefined;
  endedBy: string | undefined;
  lastHead: string;
  updatedAt: string;
}

export interface KeptComment {
  readonly id: number;
  readonly author: string;
  readonly body: string;
  readonly at: string;
  readonly verdict: "approved" | "changes-requested" | undefined;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Readonly<Record<string, unknown>>;
  readonly authorization: string;
}

export interface Answered {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What all hosts have in common: a repository, requests, people and labels. */
export class HostModel {
  readonly remote: BareRemote;
  readonly requests: KeptRequest[] = [];
  readonly users = ["postern", "ada", "bo"];
  readonly teams = ["network"];
  readonly labels = new Map<string, number>();
  /** Methods and paths, in order. */
  readonly asked: string[] = [];
  /** Answers instead of the host's own, once each, first whose pattern fits. */
  readonly interruptions: { readonly pattern: RegExp; readonly answer: Answered | "cut" | "cut-after" }[] = [];
  token = "s3cr3t";
  /** Set before the start: it answers over https. */
  tls: { readonly cert: string; readonly key: string } | undefined;
  #ids = 100;
  #clockMs = Date.UTC(2026, 0, 21);

  constructor(remote: BareRemote) {
    this.remote = remote;
  }

  now(): string {
    this.#clockMs += 1_000;
    return new Date(this.#clockMs).toISOString();
  }

  nextId(): number {
    this.#ids += 1;
    return this.#ids;
  }

  head(branch: string): string | undefined {
    const line = this.remote.git("ls-remote", "origin", `refs/heads/${branch}`).trim();
    return line === "" ? undefined : line.split("\t")[0];
  }

  /** Undefined: hosts allow one open request for a branch and base. */
  open(branch: string, base: string, title: string, body: string): KeptRequest | "exists" | "no-branch" {
    const head = this.head(branch);
    if (head === undefined) return "no-branch";
    if (this.requests.some((own) => own.branch === branch && own.base === base && own.state === "open"))
      return "exists";
    const made: KeptRequest = {
      number: this.requests.length + 1,
      branch,
      base,
      title,
      body,
      state: "open",
      labels: new Set(),
      reviewers: new Set(),
      comments: [],
      mergeCommit: undefined,
      endedBy: undefined,
      lastHead: head,
      updatedAt: this.now(),
    };
    this.requests.push(made);
    return made;
  }

  headOf(own: KeptRequest): string {
    own.lastHead = (own.state === "open" ? this.head(own.branch) : undefined) ?? own.lastHead;
    return own.lastHead;
  }

  merge(own: KeptRequest, by: string): void {
    const { remote } = this;
    remote.git("fetch", "--quiet");
    remote.git("checkout", "--quiet", "-B", own.base, `origin/${own.base}`);
    remote.git("merge", "--quiet", "--no-ff", "-m", `Merge #${own.number}`, this.headOf(own));
    remote.git("push", "--quiet", "origin", own.base);
    own.mergeCommit = remote.git("rev-parse", "HEAD").trim();
    this.end(own, "merged", by);
  }

  end(own: KeptRequest, state: "merged" | "closed", by: string): void {
    this.headOf(own);
    own.state = state;
    own.endedBy = by;
    own.updatedAt = this.now();
  }

  say(own: KeptRequest, author: string, body: string, verdict?: KeptComment["verdict"]): void {
    own.comments.push({ id: this.nextId(), author, body, at: this.now(), verdict });
    own.updatedAt = this.now();
  }
}

export interface HostDouble {
  readonly model: HostModel;
  readonly url: string;
  stop(): Promise<void>;
}

/** A front that answers as one host does. @returns listening on the loopback */
export async function startDouble(model: HostModel, answer: (asked: Asked) => Answered): Promise<HostDouble> {
  const { tls } = model;
  const listener: RequestListener = (request, response) => {
    void readAll(request).then((text) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const asked: Asked = {
        method: request.method ?? "GET",
        path: url.pathname,
        query: url.searchParams,
        body: (text === "" ? {} : JSON.parse(text)) as Asked["body"],
        authorization: String(request.headers.authorization ?? request.headers["private-token"] ?? ""),
      };
      model.asked.push(`${asked.method} ${asked.path}`);
      const at = model.interruptions.findIndex(({ pattern }) => pattern.test(`${asked.method} ${asked.path}`));
      const interruption = at < 0 ? undefined : model.interruptions.splice(at, 1)[0]!.answer;
      if (interruption === "cut") response.destroy();
      else if (interruption === "cut-after") {
        answer(asked);
        response.destroy();
      } else send(response, interruption ?? answer(asked));
      return undefined;
    });
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    model,
    url: `${tls === undefined ? "http" : "https"}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

async function readAll(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString("utf8");
}

function send(response: ServerResponse, { status, body, headers = {} }: Answered): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8", ...headers });
  response.end(status === 204 ? undefined : JSON.stringify(body ?? {}));
}

/** A page of a list, as hosts count them. */
export function pageOf<T>(list: readonly T[], query: URLSearchParams, size: string, most = 2): readonly T[] {
  const perPage = Math.min(Number(query.get(size) ?? 30), most);
  const page = Number(query.get("page") ?? 1);
  return list.slice((page - 1) * perPage, page * perPage);
}
