import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { Client } from "./client.ts";

interface Asked {
  readonly query: string;
  readonly settings: URLSearchParams;
}

const servers: Server[] = [];
afterEach(async () => {
  const open = servers.splice(0);
  for (const server of open) server.closeAllConnections();
  await Promise.all(open.map(async (server) => once(server.close(), "close")));
});

/** A server that answers as it is told to; what stops a question is answered for it. */
async function serverThat(
  answer: (response: ServerResponse, asked: Asked) => void,
): Promise<{ readonly url: string; readonly asked: readonly Asked[] }> {
  const asked: Asked[] = [];
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = "";
    for await (const part of request) body += String(part);
    const settings = new URL(request.url ?? "/", "http://localhost").searchParams;
    const one = { query: settings.get("query") ?? body, settings };
    asked.push(one);
    if (one.query.startsWith("KILL ")) response.end();
    else answer(response, one);
  };
  const server = createServer((request, response) => void take(request, response).catch(() => {}));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

function clientOf(urls: readonly string[], given: { cluster?: string; requestTimeoutMs?: number } = {}): Client {
  const keep = { hourlyDays: 14, dailyDays: 400 };
  return new Client({ urls, user: "postern", password: "", database: "postern", cluster: undefined, keep, ...given });
}

const row = '{"n":1}\n';

describe("an answer that", () => {
  test.each<[string, (response: ServerResponse) => void]>([
    ["is cut behind a whole row", (response) => response.write(row, () => response.destroy())],
    ["is cut within a row", (response) => response.write(`${row}{"n"`, () => response.destroy())],
    [
      "is shorter than it was said to be",
      (response) => response.writeHead(200, { "content-length": 100 }).write(row, () => response.destroy()),
    ],
  ])("%s is none, and nobody else is asked for the rest", async (_, answer) => {
    const [first, second] = [await serverThat(answer), await serverThat((response) => response.end(row))];
    const client = clientOf([first.url, second.url]);
    const host = new URL(first.url).host;
    await expect(client.rows("SELECT 1 AS n")).rejects.toMatchObject({
      failure: {
        code: "history_unreachable",
        message: `the ClickHouse server \`${host}\` broke off its answer: ask again`,
      },
    });
    expect(second.asked).toEqual([]);
    await client.close();
  });

  test("goes no further is none", async () => {
    const { url, asked } = await serverThat((response) => response.write(row));
    const client = clientOf([url], { requestTimeoutMs: 100 });
    await expect(client.rows("SELECT 1 AS n")).rejects.toMatchObject({ failure: { code: "history_timeout" } });
    await client.close();
    // The server may be busy with it still.
    expect(asked.map(({ query }) => query.split(" ")[0])).toEqual(["SELECT", "KILL"]);
  });

  const exceptions: readonly (readonly [code: number, text: string, told: string, message: RegExp])[] = [
    [
      396,
      "Limit for result exceeded, max rows: 5.00 million",
      "history_too_much",
      /within its limits: .*max rows.*one namespace$/,
    ],
    [
      241,
      "(for query) memory limit exceeded: would use 4.01 GiB",
      "history_too_much",
      /within its limits: .*one namespace$/,
    ],
    [241, "(total) memory limit exceeded: would use 64.01 GiB", "history_not_ready", /cannot do it now/],
    [307, "Limit for (uncompressed) bytes to read exceeded", "history_too_much", /within its limits/],
    [159, "Timeout exceeded: elapsed 100.1 seconds", "history_timeout", /gave up: .*one namespace$/],
    [243, "Cannot reserve 1.00 MiB, not enough space", "history_no_space", /no room on its disk/],
    [394, "Query was cancelled", "history_not_ready", /cannot do it now/],
    [279, "All connection tries failed", "history_not_ready", /cannot do it now/],
    [497, "postern: Not enough privileges", "history_no_permission", /check user, password file and rights$/],
    [153, "Division by zero", "history_failed", /could not do it/],
  ];
  test.each(exceptions)(
    "tells of %s, %s, is that trouble, before rows and behind them",
    async (code, text, told, message) => {
      const exception = `Code: ${code}. DB::Exception: ${text}. (SOME_NAME) (version 24.8.4.13 (official build))\n`;
      for (const answer of [
        (response: ServerResponse): void => {
          response.writeHead(500, { "x-clickhouse-exception-code": code }).end(exception);
        },
        (response: ServerResponse): void => {
          response.write(row.repeat(1000));
          response.end(exception);
        },
        (response: ServerResponse): void => {
          response.write(`${row}\r\n__exception__\r\nabcdefghijklmnop\r\n${exception}`, () => response.destroy());
        },
      ]) {
        const client = clientOf([(await serverThat(answer)).url]);
        await expect(client.rows("SELECT 1 AS n")).rejects.toMatchObject({
          failure: { code: told, message: expect.stringMatching(message) as string },
        });
        await client.close();
      }
    },
  );
});

test("a server that speaks no TLS is told", async () => {
  const { url } = await serverThat((response) => response.end(row));
  const client = clientOf([url.replace("http:", "https:")]);
  await expect(client.version()).rejects.toMatchObject({
    failure: {
      code: "history_unreachable",
      message: expect.stringContaining("it speaks no TLS at this port") as string,
    },
  });
  await client.close();
});

test("a question has limits, reads only, and is told in whole or not at all", async () => {
  const { url, asked } = await serverThat((response) => response.end(row));
  for (const client of [clientOf([url]), clientOf([url], { cluster: "main" })]) {
    await client.rows("SELECT 1 AS n");
    await client.close();
  }
  const [single, cluster] = asked.map(({ settings }) => Object.fromEntries(settings));
  const everywhere = {
    readonly: "2",
    cancel_http_readonly_queries_on_client_close: "1",
    max_execution_time: "100",
    max_memory_usage: String(4 * 2 ** 30),
    timeout_overflow_mode: "throw",
    result_overflow_mode: "throw",
    skip_unavailable_shards: "0",
    use_query_cache: "0",
  };
  expect(single).toMatchObject({ ...everywhere, max_result_rows: "5000000", max_result_bytes: String(4 * 2 ** 30) });
  expect(cluster).toMatchObject({ ...everywhere, max_result_rows: "0", max_result_bytes: "0" });
});

test.each<[string, (client: Client, leaving: AbortController) => Promise<void> | void, object]>([
  ["is left", (_, leaving) => leaving.abort(), { failure: { code: "history_given_up" } }],
  ["is under way when the history is closed", async (client) => client.close(), { message: "the history is closed" }],
])("a question that %s is stopped at the host that has it", async (_, stop, told) => {
  const away = "http://127.0.0.1:9";
  const { url, asked } = await serverThat((response) => response.write(row));
  const client = clientOf([away, url]);
  const leaving = new AbortController();
  const parts = client.reader(leaving.signal).parts("SELECT 1 AS n");
  expect((await parts.next()).value).toHaveLength(1);
  // Nobody asks for more.
  await stop(client, leaving);
  await client.close();
  expect(asked.map(({ query }) => query.split(" ")[0])).toEqual(["SELECT", "KILL"]);
  expect(asked[1]?.settings.get("param_id")).toBe(asked[0]?.settings.get("query_id"));
  await expect(parts.next()).rejects.toMatchObject(told);
});
