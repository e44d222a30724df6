import type { AuditLog } from "../audit/audit-log.ts";
import type { JobBook } from "./jobs.ts";
import type { LawBook } from "./law-book.ts";
import type { NamespaceBook } from "./namespaces.ts";
import type { SessionBook, UserBook } from "./people.ts";
import type { ProposalBook } from "./proposals.ts";

/** What people and the server decide, in one database: what belongs together is changed in one transaction. */
export interface Books {
  readonly proposals: ProposalBook;
  readonly audit: AuditLog;
  readonly jobs: JobBook;
  readonly users: UserBook;
  readonly sessions: SessionBook;
  readonly namespaces: NamespaceBook;
  readonly laws: LawBook;
}

export interface Decisions extends Books {
  /**
   * Runs `work` in one transaction: all of it or nothing. The audit log is locked from its first append to the end, so records
   * have the order of their transactions. `work` may run again when the database asks for it (serialisation, lost connection before
   * commit), so it has no effects of its own outside the books.
   */
  change<T>(work: (books: Books) => Promise<T>): Promise<T>;
}
