import { writeSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";

/** Just as much of chdb as is used here; it is not among the packages of the project. */
interface Session {
  queryAsync(sql: string, options: { readonly format: string }): Promise<{ bytes(): Uint8Array }>;
}

/** Of the query string, what is no setting. */
const notSettings = new Set([
  "query",
  "query_id",
  "database",
  "session_id",
  "role",
  "default_format",
  "wait_end_of_query",
]);

/**
 * The part of ClickHouse's HTTP interface that its client speaks: the statement in the query string or the body, rows in the
 * body, `param_*` as parameters, the rest as settings. One statement at a time, because settings are the session's.
 */
const [entry = "", folder = ""] = process.argv.slice(2);
const { Session: ChdbSession } = (await import(entry)) as { Session: new (path: string) => Session };
const session = new ChdbSession(folder);
const tokenSetting = "insert_deduplication_token";
const inForce = new Map([[tokenSetting, ""]]);
let last: Promise<unknown> = Promise.resolve();

const server = createServer((request, response) => {
  const turn = last.then(async () => answer(request));
  last = turn.catch(() => {});
  turn.then(
    (bytes) => response.writeHead(200, { "content-type": "text/plain" }).end(bytes),
    (error: unknown) => {
      const message = error instanceof Error ? error.message : String(error);
      const code = /Code: (\d+)/.exec(message)?.[1] ?? "1002";
      response.writeHead(500, { "x-clickhouse-exception-code": code }).end(message);
    },
  );
});

async function answer(request: IncomingMessage): Promise<Uint8Array> {
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk as Buffer);
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const text = Buffer.concat(body).toString("utf8");
  const statement = searchParams.get("query");
  const sql = statement === null ? text : `${statement}\n${text}`;
  const quote = (value: string): string => `'${value.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
  const settings = [...searchParams].filter(([name, value]) => !notSettings.has(name) && inForce.get(name) !== value);
  // What one statement set is not meant for the next.
  if (!searchParams.has(tokenSetting) && inForce.get(tokenSetting) !== "") settings.push([tokenSetting, ""]);
  if (settings.length > 0) {
    const list = settings.map(([name, value]) => `${name} = ${quote(value)}`);
    for (const [name] of settings) inForce.delete(name);
    await session.queryAsync(`SET ${list.join(", ")}`, { format: "TSV" });
    for (const [name, value] of settings) inForce.set(name, value);
  }
  return (await session.queryAsync(sql, { format: "TSV" })).bytes();
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  writeSync(1, `${typeof address === "object" ? address?.port : 0}\n`);
});
// Whoever started it is gone.
process.stdin.resume().once("end", () => process.kill(process.pid));
