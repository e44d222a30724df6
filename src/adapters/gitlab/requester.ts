import type { Gitlab } from "@gitbeaker/rest";
import { wordsOf } from "../../app/gitops/host-failure.ts";

type GitlabOptions = NonNullable<ConstructorParameters<typeof Gitlab>[0]>;
type RequesterFn = NonNullable<GitlabOptions["requesterFn"]>;
type Requester = ReturnType<RequesterFn>;
type Answer = Awaited<ReturnType<Requester["get"]>>;

/** An answer that is none: read by its status, like other libraries' errors. */
class GitlabRefusal extends Error {
  override readonly name = "GitlabRefusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

interface Sent {
  readonly body?: unknown;
  readonly searchParams?: Record<string, string | number | boolean | readonly string[] | undefined> | undefined;
}

/** How Gitbeaker asks: names in snake case, JSON both ways, and every failure thrown with its status. */
export function requesterWith(fetchHost: typeof fetch, signal: AbortSignal): RequesterFn {
  return ({ url, headers, authHeaders }) => {
    const ask =
      (method: string) =>
      async (endpoint: string, { body, searchParams }: Sent = {}): Promise<Answer> => {
        const address = new URL(endpoint, url.endsWith("/") ? url : `${url}/`);
        for (const [key, value] of Object.entries(searchParams ?? {})) {
          if (Array.isArray(value))
            for (const one of value) address.searchParams.append(`${snake(key)}[]`, String(one));
          else if (value !== undefined) address.searchParams.append(snake(key), String(value));
        }
        const own: Record<string, string> = { ...headers, accept: "application/json" };
        for (const [name, value] of Object.entries(authHeaders)) own[name] = await value();
        const text = body === undefined ? undefined : JSON.stringify(snakeKeys(body));
        if (text !== undefined) own["content-type"] = "application/json";
        const answer = await fetchHost(address, {
          method,
          headers: own,
          signal,
          ...(text === undefined ? {} : { body: text }),
        });
        const said = await answer.text();
        if (answer.status >= 300) throw new GitlabRefusal(answer.status, wordsIn(said));
        return {
          status: answer.status,
          headers: Object.fromEntries(answer.headers.entries()),
          body: (said === "" ? {} : JSON.parse(said)) as Answer["body"],
        };
      };
    const methods = { get: ask("GET"), post: ask("POST"), put: ask("PUT"), patch: ask("PATCH"), delete: ask("DELETE") };
    return methods as unknown as Requester;
  };
}

function wordsIn(text: string): string {
  try {
    return wordsOf(JSON.parse(text));
  } catch {
    return text;
  }
}

function snake(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function snakeKeys(body: unknown): unknown {
  if (typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).map(([key, value]: [string, unknown]) => [snake(key), value]));
}
