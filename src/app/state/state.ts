import type { Decisions } from "./books.ts";
import type { IdempotencyBook } from "./idempotency.ts";
import type { Notices } from "./notices.ts";
import type { ObserverRegistry } from "./observers.ts";
import type { QuotaBook } from "./quotas.ts";
import type { SettingBook } from "./settings.ts";
import type { SourceLedger } from "./sources.ts";
import type { TokenBook } from "./tokens.ts";

/**
 * Everything but the history of edges: small, changed in transactions, and shared by several processes at once (a
 * collector, and the command line beside it; or several collectors over one PostgreSQL). Each part's functions reject
 * only when the database cannot be used; the collector then answers "later".
 */
export interface State {
  readonly tokens: TokenBook;
  readonly observers: ObserverRegistry;
  readonly sources: SourceLedger;
  readonly quotas: QuotaBook;
  readonly settings: SettingBook;
  /** What people decide and the server does about it. */
  readonly decisions: Decisions;
  readonly idempotency: IdempotencyBook;
  readonly notices: Notices;
  /** Rejects when the database cannot be reached. */
  check(): Promise<void>;
  close(): Promise<void>;
}
