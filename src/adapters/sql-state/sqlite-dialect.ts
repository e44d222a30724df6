import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { CompiledQuery, type DatabaseConnection, type QueryResult, SqliteDialect, SqliteDriver } from "kysely";

/** How long one process waits for another's write. Writes last milliseconds, migrations seconds. */
const patienceMs = 15_000;
const pauseMs = 20;

/** Kysely over the SQLite that comes with Node.js. */
export class NodeSqliteDialect extends SqliteDialect {
  readonly #database: DatabaseSync;

  constructor(database: DatabaseSync) {
    super({ database: forKysely(database) });
    this.#database = database;
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver({ database: forKysely(this.#database) });
  }
}

/**
 * Transactions take the write lock at their beginning: one that reads first and then writes would fail at once,
 * whatever it is willing to wait, when another process has written in between.
 */
class ImmediateDriver extends SqliteDriver {
  override async acquireConnection(): Promise<DatabaseConnection> {
    return new PatientConnection(await super.acquireConnection());
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw("begin immediate"));
  }
}

/**
 * Waits for another's lock without holding up this process: SQLite's own waiting would, and the other may be a second
 * connection right here.
 */
class PatientConnection implements DatabaseConnection {
  readonly #connection: DatabaseConnection;

  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    for (let waitedMs = 0; ; waitedMs += pauseMs) {
      try {
        return await this.#connection.executeQuery<R>(query);
      } catch (error) {
        if (!isBusy(error) || waitedMs >= patienceMs) throw error;
      }
      await sleep(pauseMs);
    }
  }

  streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    return this.#connection.streamQuery<R>(query, chunkSize);
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED, also with more detail in the higher bits. */
function isBusy(error: unknown): boolean {
  const { errcode = 0 } = error as { readonly errcode?: number };
  return (errcode & 0xff) === 5 || (errcode & 0xff) === 6;
}

type KyselyDatabase = Exclude<ConstructorParameters<typeof SqliteDialect>[0]["database"], (...args: never) => unknown>;

function forKysely(database: DatabaseSync): KyselyDatabase {
  return {
    close: () => {
      if (database.isOpen) database.close();
    },
    prepare: (text) => {
      const statement = database.prepare(text);
      const values = (parameters: readonly unknown[]): SQLInputValue[] => parameters as SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}
