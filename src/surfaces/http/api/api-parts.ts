import type { Access } from "../../../app/access/access.ts";
import type { Principal } from "../../../app/access/principal.ts";
import type { RedirectSignIn } from "../../../app/access/redirect-sign-in.ts";
import type { TokenReviewer } from "../../../app/access/reviews.ts";
import type { SessionTimes } from "../../../app/access/sessions.ts";
import type { Desk } from "../../../app/desk/desk.ts";
import type { ServerEvents } from "../../../app/desk/server-events.ts";
import type { Failure } from "../../../app/failure.ts";
import type { Decisions } from "../../../app/state/books.ts";
import type { IdempotencyBook } from "../../../app/state/idempotency.ts";
import type { TokenBook } from "../../../app/state/tokens.ts";
import type { Result } from "../../../core/result.ts";
import type { Log } from "../log.ts";
import type { RequestLimits } from "./request-limits.ts";

/** What the API needs from whoever starts the server. */
export interface ApiParts {
  readonly desk: Desk;
  readonly access: Access;
  readonly books: Pick<Decisions, "users" | "sessions" | "namespaces" | "audit" | "change">;
  readonly events: ServerEvents;
  /** Undefined: a request that is sent again is done again. */
  readonly idempotency?: IdempotencyBook | undefined;
  readonly signIn: SignInParts;
  /** As people's browsers write it, without a path: `https://postern.apps.example.com`. Needed for redirects; undefined: what the request says. */
  readonly publicUrl?: URL | undefined;
  /** Folder of the built application; undefined: the API alone. */
  readonly webFolder?: string | undefined;
  readonly version: string;
  readonly isSample: boolean;
  readonly slack?: SlackHook | undefined;
  readonly gitHook?: GitHook | undefined;
  readonly limits?: Partial<RequestLimits> | undefined;
}

export interface SignInParts {
  /** Users of this server's own, by name and password. */
  readonly local: boolean;
  readonly redirects: readonly RedirectSignIn[];
  /** Undefined: tokens of the cluster are not taken. */
  readonly tokens: TokenReviewer | undefined;
  readonly sessionTimes?: SessionTimes | undefined;
  /** Addresses and blocks of proxies whose `X-Forwarded-*` is believed; otherwise everybody behind one has its address. */
  readonly trustedProxies?: readonly string[] | undefined;
}

/** Takes what Slack sends; the answer is JSON to show at once, or nothing. */
export interface SlackHook {
  received(
    path: "interactive" | "command",
    headers: Readonly<Record<string, string | undefined>>,
    body: string,
  ): Promise<Result<unknown, Failure & { readonly status: 400 | 401 }>>;
  /** A code that links the one who asks to whoever types it in Slack. */
  linkCode(who: Principal): Promise<string>;
}

/** Takes what a code host sends for one repository; it proves itself with its signature. */
export type GitHook = (
  repository: string,
  headers: Readonly<Record<string, string | undefined>>,
  body: Uint8Array,
) => Promise<Result<"noted" | "ignored", Failure & { readonly status: 400 | 401 | 404 }>>;

/** What the server around the API already has. */
export interface ApiSurroundings {
  readonly tokens: TokenBook;
  readonly nowMs: () => number;
  readonly log: Log;
  readonly hasTls: boolean;
}
