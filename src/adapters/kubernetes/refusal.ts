import type { ApiAnswer } from "./api-client.ts";
import { apiVersionOf, resourceName, ruleOf, type WatchedKind } from "./resources.ts";

/** The server answered, with something else than what was asked for. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly status: number;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, retryAfterMs?: number) {
    super(`the API server answered ${status}`);
    this.status = status;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Where requests go, for messages. */
export interface ApiPlace {
  readonly host: string;
  /** Host of the proxy on the way; undefined: there is none. */
  readonly proxy: string | undefined;
}

/** What came is not what a server of Kubernetes sends; a new list puts things right. */
export class BrokenStream extends Error {
  override readonly name = "BrokenStream";
}

export function refusalOf({ status, retryAfterMs, body }: ApiAnswer): Refusal {
  body.on("error", () => undefined);
  body.destroy();
  return new Refusal(status, retryAfterMs);
}

/** For people: what is wrong with the watch of a resource, and what to do. Messages of the server are not repeated. */
export function explain(error: unknown, kind: WatchedKind, { host, proxy }: ApiPlace): string {
  const name = resourceName(kind);
  if (error instanceof Refusal) {
    switch (error.status) {
      case 401:
        return `the API server at \`${host}\` does not accept the credentials (401); renew the token or certificate`;
      case 403:
        return `\`${name}\` may not be listed or watched (403); give the role the rule \`${ruleOf(kind)}\``;
      case 404:
        return `the cluster does not have \`${name}\` in \`${apiVersionOf(kind)}\`${kind.isOptional ? "" : `; check that \`${host}\` is the API server itself`}`;
      case 429:
        return `the API server at \`${host}\` is busy (429); \`${name}\` waits as long as it asks`;
      default:
        return `the API server at \`${host}\` answered ${error.status} for \`${name}\`; trying again`;
    }
  }
  if (error instanceof BrokenStream) return `${error.message} in \`${name}\`; fetching it anew`;
  if (error instanceof Error && error.name === "AccessError") return error.message;
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  const why = code ?? (error instanceof Error ? error.message : String(error));
  const way = proxy === undefined ? "" : ` through the proxy \`${proxy}\``;
  return `the API server at \`${host}\` cannot be reached${way} for \`${name}\` (${why}); trying again`;
}
