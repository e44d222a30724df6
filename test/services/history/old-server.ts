import { expect, test } from "vitest";
import { Client, type Reader } from "../../../src/adapters/clickhouse/client.ts";
import type { ClickHouseConfig } from "../../../src/adapters/clickhouse/config.ts";
import { openClickHouseStore } from "../../../src/adapters/clickhouse/edge-store.ts";
import type { OldCluster } from "./old-cluster.ts";

const running = "SELECT count() FROM system.processes WHERE query LIKE '%endless%' AND query NOT LIKE '%processes%'";

/** What a real server does with questions that are left, fail on the way, or should not have been asked. */
export function questionsToAServer(cluster: () => OldCluster): void {
  const config = (given: Partial<ClickHouseConfig> = {}): ClickHouseConfig => ({
    urls: [cluster().url],
    user: "default",
    password: "",
    database: "default",
    cluster: undefined,
    keep: { hourlyDays: 14, dailyDays: 400 },
    ...given,
  });
  const withClient = async (work: (client: Client) => Promise<void>): Promise<void> => {
    const client = new Client(config());
    try {
      await work(client);
    } finally {
      await client.close();
    }
  };
  const nothingRuns = async (): Promise<void> => {
    await expect.poll(async () => cluster().ask(0, running), { timeout: 60_000 }).toEqual(["0"]);
  };

  test.each([
    ["that sends rows", "SELECT number AS endless FROM system.numbers"],
    ["that finds none", "SELECT number AS endless FROM system.numbers WHERE number < 0"],
  ])("a question %s and is given up is stopped", async (_, sql) => {
    await withClient(async (client) => {
      const leaving = new AbortController();
      const answer = client.reader(leaving.signal).rows(sql);
      const told = answer.then(
        () => "an answer",
        (error: unknown) => error,
      );
      await expect.poll(async () => cluster().ask(0, running), { timeout: 60_000 }).toEqual(["1"]);
      leaving.abort();
      expect(await told).toMatchObject({ failure: { code: "history_given_up" } });
      await nothingRuns();
    });
  });

  test("so is one that is left after some rows, and one that is under way when the history is closed", async () => {
    const client = new Client(config());
    const parts = (): ReturnType<Reader["parts"]> =>
      client.reader().parts("SELECT number AS endless FROM system.numbers");
    for await (const rows of parts()) {
      expect(rows.length).toBeGreaterThan(0);
      break;
    }
    await nothingRuns();
    const waiting = parts();
    await waiting.next();
    await client.close();
    await nothingRuns();
    await expect(
      (async () => {
        for (;;) await waiting.next();
      })(),
    ).rejects.toThrow("the history is closed");
  });

  test("an exception behind a million rows is no end of them", async () => {
    await withClient(async (client) => {
      let rows = 0;
      const answer = (async () => {
        for await (const some of client.reader().parts("SELECT intDiv(1, 1000000 - number) AS n FROM system.numbers")) {
          rows += some.length;
        }
      })();
      await expect(answer).rejects.toMatchObject({
        failure: { code: "history_failed", message: expect.stringContaining("Division by zero") as string },
      });
      expect(rows).toBeGreaterThan(0);
    });
  });

  test("a question changes nothing", async () => {
    await withClient(async (client) => {
      await expect(client.rows("CREATE DATABASE unasked")).rejects.toMatchObject({
        failure: { code: "history_no_permission", message: expect.stringContaining("readonly") as string },
      });
    });
  });

  test.each<[string, (own: OldCluster) => Partial<ClickHouseConfig>, string, string]>([
    [
      "too old",
      (own) => ({ urls: [own.urlOf(0, "http")] }),
      "history_server_too_old",
      "`18.16.1`, and a history needs 24.8",
    ],
    [
      "asked with a wrong password",
      (own) => ({ urls: [own.urlOf(0, "http")], password: "hunter2" }),
      "history_no_permission",
      "check user, password file and rights",
    ],
    [
      "asked by somebody it does not know",
      (own) => ({ urls: [own.urlOf(0, "http")], user: "nobody" }),
      "history_no_permission",
      "check user, password file and rights",
    ],
    [
      "asked at the port of its own protocol",
      (own) => ({ urls: [own.urlOf(0, "native")] }),
      "history_unreachable",
      "check the address and its port",
    ],
  ])("a server that is %s is told", async (_, given, code, words) => {
    const refused = await openClickHouseStore(config(given(cluster())));
    expect(refused).toMatchObject({ ok: false, error: { code, message: expect.stringContaining(words) as string } });
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });
}
