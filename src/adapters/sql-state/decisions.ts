import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { ControlledTransaction, KyselyPlugin } from "kysely";
import { sql } from "kysely";
import type { Books, Decisions } from "../../app/state/books.ts";
import { lockAuditHead, sqlAuditLog } from "./audit-log.ts";
import type { BooksDatabase } from "./books-database.ts";
import { sqlJobs } from "./jobs.ts";
import { sqlLaws } from "./laws.ts";
import { sqlNamespaces } from "./namespaces.ts";
import { sqlProposals } from "./proposals.ts";
import type { Schema } from "./schema.ts";
import { sqlSessions } from "./sessions.ts";
import { sqlUsers } from "./users.ts";

const mostTries = 6;

/**
 * One change at a time, in all processes: each takes the head of the audit log first, as `begin immediate` takes the whole of a SQLite
 * file. So what a change has read still holds when it writes, and records have the order of their commits.
 */
export function sqlDecisions(database: BooksDatabase): Decisions {
  return {
    ...booksOf({ ...database, kysely: database.kysely.withPlugin(outsideOfChanges) }),
    change: async (work) => {
      refuseWithinChange();
      for (let tries = 1; ; tries += 1) {
        try {
          return await tryChange(database, work);
        } catch (error) {
          if (tries >= mostTries || !(error instanceof TryAgain)) throw error instanceof TryAgain ? error.cause : error;
        }
        await sleep(tries * tries * 10 * (0.5 + Math.random()));
      }
    },
  };
}

function booksOf(database: BooksDatabase): Books {
  return {
    proposals: sqlProposals(database),
    audit: sqlAuditLog(database),
    jobs: sqlJobs(database),
    users: sqlUsers(database),
    sessions: sqlSessions(database),
    namespaces: sqlNamespaces(database),
    laws: sqlLaws(database),
  };
}

/** Nothing was committed, and another try may do better. */
class TryAgain extends Error {}

async function tryChange<T>(database: BooksDatabase, work: (books: Books) => Promise<T>): Promise<T> {
  const transaction = await orTryAgain(database.kysely.startTransaction().execute());
  let result: T;
  try {
    const within: BooksDatabase = { ...database, kysely: transaction };
    await lockAuditHead(within);
    result = await changing.run(true, () => work(booksOf(within)));
    // A statement that failed and was caught has spoilt the transaction, and PostgreSQL answers `commit` with a quiet rollback.
    if (database.dialect === "postgres") await sql`select 1`.execute(transaction);
  } catch (error) {
    await rollBack(transaction);
    throw maySucceedLater(error) ? new TryAgain("", { cause: error }) : error;
  }
  try {
    await transaction.commit().execute();
  } catch (error) {
    // Where a connection broke here, nobody knows whether it was committed: whoever asked must look.
    await rollBack(transaction);
    throw isRefusedCommit(error) ? new TryAgain("", { cause: error }) : error;
  }
  return result;
}

async function orTryAgain<T>(begun: Promise<T>): Promise<T> {
  try {
    return await begun;
  } catch (error) {
    throw maySucceedLater(error) ? new TryAgain("", { cause: error }) : error;
  }
}

async function rollBack(transaction: ControlledTransaction<Schema>): Promise<void> {
  // A broken connection has nothing to roll back; what went wrong is told by the first error.
  if (!transaction.isRolledBack)
    await transaction
      .rollback()
      .execute()
      .catch(() => {});
}

/** `SQLSTATE`s: 40 a transaction rolled back by the server (serialisation, deadlock), 08 and 57P connections that break or end. */
function maySucceedLater(error: unknown): boolean {
  const { code = "", message = "" } = error as { readonly code?: string; readonly message?: string };
  return (
    /^(?:40|08|57P)/.test(code) ||
    code === "ECONNRESET" ||
    code === "EPIPE" ||
    message.startsWith("Connection terminated")
  );
}

function isRefusedCommit(error: unknown): boolean {
  const { code = "" } = error as { readonly code?: string };
  return code.startsWith("40");
}

const changing = new AsyncLocalStorage<true>();

/** On SQLite it would wait for the change that it is part of, for ever. */
function refuseWithinChange(): void {
  if (changing.getStore() === true) throw new Error("within a change, ask the books that the change was given");
}

const outsideOfChanges: KyselyPlugin = {
  transformQuery: ({ node }) => {
    refuseWithinChange();
    return node;
  },
  transformResult: ({ result }) => Promise.resolve(result),
};
