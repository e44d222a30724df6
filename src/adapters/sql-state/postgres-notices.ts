import { createHash, randomUUID } from "node:crypto";
import pg from "pg";
import { BackOff, pause } from "../../app/live/back-off.ts";
import { mostNoticeBytes, type Notices } from "../../app/state/notices.ts";

const aliveEveryMs = 10_000;

/**
 * Notices by `LISTEN` and `NOTIFY`, on a connection of their own that begins with the first listener. One that breaks is made anew, and
 * then something may have been missed. Processes hear each other when they use the same schema of the same database.
 */
export class PostgresNotices implements Notices {
  readonly #pool: pg.Pool;
  readonly #url: string;
  readonly #own = randomUUID();
  readonly #listeners = new Set<(text: string | undefined) => void>();
  readonly #closing = new AbortController();
  #listening: Promise<void> | undefined;

  constructor(pool: pg.Pool, url: string) {
    this.#pool = pool;
    this.#url = url;
  }

  tell(text: string): void {
    if (Buffer.byteLength(text) > mostNoticeBytes) throw new Error("a notice is too long");
    // Who tells has done what it tells of: a notice that is lost costs a page its freshness, nothing else.
    this.#pool
      .query(`select pg_notify('postern_' || md5(current_schema()), $1)`, [`${this.#own} ${text}`])
      .catch(() => undefined);
  }

  listen(hear: (text: string | undefined) => void): () => void {
    this.#listeners.add(hear);
    this.#listening ??= this.#listenUntilClosed();
    return () => this.#listeners.delete(hear);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#listening;
  }

  async #listenUntilClosed(): Promise<void> {
    const backOff = new BackOff({ firstMs: 200, longestMs: 10_000 });
    const { signal } = this.#closing;
    for (let isFirst = true; !signal.aborted; isFirst = false) {
      const client = new pg.Client({
        connectionString: this.#url,
        application_name: "postern notices",
        connectionTimeoutMillis: 10_000,
        query_timeout: 10_000,
      });
      client.on("error", () => undefined);
      try {
        await client.connect();
        await this.#listenOn(client, isFirst, () => backOff.reset());
      } catch {
        // Broken, or not there at all: tried again below.
      }
      await client.end().catch(() => undefined);
      await pause(backOff.nextMs(), signal);
    }
  }

  async #listenOn(client: pg.Client, isFirst: boolean, onListening: () => void): Promise<void> {
    const { signal } = this.#closing;
    const broken = new AbortController();
    client.on("end", () => broken.abort());
    client.on("error", () => broken.abort());
    client.on("notification", ({ payload = "" }) => {
      const [sender = "", ...rest] = payload.split(" ");
      if (sender !== this.#own) this.#tellListeners(rest.join(" "));
    });
    const { rows } = await client.query<{ readonly schema: string | null }>("select current_schema() as schema");
    const name = createHash("md5")
      .update(rows[0]?.schema ?? "")
      .digest("hex");
    await client.query(`listen postern_${name}`);
    onListening();
    if (!isFirst) this.#tellListeners(undefined);
    const either = AbortSignal.any([signal, broken.signal]);
    while (!either.aborted) {
      await pause(aliveEveryMs, either);
      // A connection that nobody answers on is found out by asking.
      if (!either.aborted) await client.query("select 1");
    }
  }

  #tellListeners(text: string | undefined): void {
    for (const hear of this.#listeners) {
      try {
        hear(text);
      } catch {
        // One listener's trouble is not the others'.
      }
    }
  }
}
