import { once } from "node:events";
import { writeSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

/** Just as much of chdb as is used here; it is not among the packages of the project. */
interface Session {
  /** Of one statement at a time; what is left early ends it. */
  queryStream(sql: string, options: { readonly format: string }): AsyncIterable<{ raw(): Uint8Array }>;
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
  // Of a session it cannot be taken back.
  "readonly",
  // There is no connection.
  "cancel_http_readonly_queries_on_client_close",
]);

/**
 * The part of ClickHouse's HTTP interface that its client speaks: the statement in the query string or the body, rows in the
 * body, `param_*` as parameters, the rest as settings. One statement at a time, because settings are the session's; rows come while they
 * are made, and what goes wrong then stands behind them.
 */
const [entry = "", folder = ""] = process.argv.slice(2);
const { Session: ChdbSession } = (await import(entry)) as { Session: new (path: string) => Session };
const session = new ChdbSession(folder);
const inForce = new Map<string, string>();
let last: Promise<unknown> = Promise.resolve();

const server = createServer((request, response) => {
  const turn = last.then(async () => answer(request, response));
  last = turn.catch((error: unknown) => {
    const message = error instanceof Error ? error.message : String(error);
    if (response.headersSent) return void response.end(message);
    const code = /Code: (\d+)/.exec(message)?.[1] ?? "1002";
    return void response.writeHead(500, { "x-clickhouse-exception-code": code }).end(message);
  });
});

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of request) body.push(chunk as Buffer);
  const { searchParams } = new URL(request.url ?? "/", "http://localhost");
  const text = Buffer.concat(body).toString("utf8");
  const statement = searchParams.get("query");
  const sql = statement === null ? text : `${statement}\n${text}`;
  await setUp(searchParams);
  // Nobody listens any more.
  if (response.destroyed) return;
  const rows = / FORMAT (JSONEachRow)$/.exec(sql);
  if (rows === null || !/^\s*(SELECT|WITH)\b/.test(sql)) {
    const bytes = (await session.queryAsync(sql, { format: "TSV" })).bytes();
    response.writeHead(200, { "content-type": "text/plain" }).end(bytes);
    return;
  }
  for await (const part of session.queryStream(sql.slice(0, rows.index), { format: "JSONEachRow" })) {
    if (response.destroyed) return;
    if (!response.write(part.raw())) await Promise.race([once(response, "drain"), once(response, "close")]);
  }
  response.end();
}

/** What one statement set is not meant for the next. */
async function setUp(asked: URLSearchParams): Promise<void> {
  const quote = (value: string): string => `'${value.replaceAll(/[\\']/g, (character) => `\\${character}`)}'`;
  const wanted = new Map([...asked].filter(([name]) => !notSettings.has(name)));
  const list = [
    ...[...inForce.keys()]
      .filter((name) => !wanted.has(name) && !name.startsWith("param_"))
      .map((name) => `${name} = DEFAULT`),
    ...[...wanted]
      .filter(([name, value]) => inForce.get(name) !== value)
      .map(([name, value]) => `${name} = ${quote(value)}`),
  ];
  if (list.length === 0) return;
  inForce.clear();
  await session.queryAsync(`SET ${list.join(", ")}`, { format: "TSV" });
  for (const [name, value] of wanted) inForce.set(name, value);
}

server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  writeSync(1, `${typeof address === "object" ? address?.port : 0}\n`);
});
// Whoever started it is gone.
process.stdin.resume().once("end", () => process.kill(process.pid));
