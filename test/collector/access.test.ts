import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openRemoteHistory } from "../../src/adapters/collector-client/history.ts";
import { encodeBatch } from "../../src/app/live/encode-batch.ts";
import { batchForTest } from "../history/batch-for-test.ts";
import { bearer, CollectorForTest, get, send, startMs } from "./collector-for-test.ts";

let own: CollectorForTest;
beforeEach(async () => {
  own = await CollectorForTest.open();
});
afterEach(() => own.close());

const text = encodeBatch(batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]]));

describe("a token", () => {
  test.each([
    ["that is none", "hunter2", 401, "token_malformed"],
    ["of nobody", `postern_${"0".repeat(12)}_${"A".repeat(43)}`, 401, "token_unknown"],
  ])("%s opens nothing, and is not told", async (_, token, status, code) => {
    const answer = await send(own.url, text, bearer(token));
    expect(answer).toMatchObject({ status, body: { code } });
    expect(answer.headers.get("www-authenticate")).toBe('Bearer realm="postern"');
    expect(own.log.join("")).not.toContain(token);
  });

  test("with another's secret is unknown", async () => {
    const [one, other] = [await own.token(), await own.token()];
    const mixed = `${one.slice(0, 21)}${other.slice(21)}`;
    expect(await send(own.url, text, bearer(mixed))).toMatchObject({ status: 401, body: { code: "token_unknown" } });
  });

  test.each([
    ["that is revoked", { revokedAtMs: startMs }, 401, "token_revoked"],
    ["that expires now", { expiresAtMs: startMs }, 401, "token_expired"],
    ["that expires soon", { expiresAtMs: startMs + 1 }, 200, undefined],
    ["that may only read", { scopes: ["read"] as const }, 403, "collector_scope_missing"],
    ["for another cluster", { clusters: ["west"] }, 403, "collector_cluster_not_allowed"],
    ["for every cluster", { clusters: ["*"] }, 200, undefined],
  ])("%s", async (_, fields, status, code) => {
    const answer = await send(own.url, text, bearer(await own.token(fields)));
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("is asked for in a header of its own form", async () => {
    expect(await send(own.url, text)).toMatchObject({ status: 401, body: { code: "token_missing" } });
    const basic = { authorization: `Basic ${await own.token()}` };
    expect(await send(own.url, text, basic)).toMatchObject({ status: 401, body: { code: "token_malformed" } });
  });

  test("is good even when the time of its use cannot be written", async () => {
    const token = await own.token();
    own.state.tokens.used = () => Promise.reject(new Error("disk full"));
    own.state.sources.add = () => Promise.reject(new Error("disk full"));
    expect((await send(own.url, text, bearer(token))).status).toBe(200);
    expect((await get(own.url, "/v1/sources", token)).status).toBe(200);
  });

  test("that cannot be looked up is not refused: its observer comes again", async () => {
    const token = await own.token();
    own.state.tokens.byId = () => Promise.reject(new Error("connection lost"));
    const answer = await send(own.url, text, bearer(token));
    expect(answer).toMatchObject({ status: 503, body: { code: "state_unreachable" } });
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(JSON.stringify(answer.body)).not.toContain("connection lost");
    for (let i = 0; i < 3; i += 1) await send(own.url, text, bearer(token));
    expect(own.log.filter((line) => line.includes("connection lost"))).toHaveLength(1);
  });

  test("that may read is told when the state is away", async () => {
    const token = await own.token();
    own.state.sources.since = () => Promise.reject(new Error("connection lost"));
    expect(await get(own.url, "/v1/sources", token)).toMatchObject({
      status: 503,
      body: { code: "state_unreachable" },
    });
  });

  test("that is good works beside many that are not", async () => {
    const token = await own.token();
    const statuses: number[] = [];
    for (let i = 0; i < 25; i += 1) statuses.push((await send(own.url, text, bearer("wrong"))).status);
    expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), ...Array.from({ length: 5 }, () => 429)]);
    expect((await send(own.url, text, bearer(token))).status).toBe(200);
    own.nowMs += 60_000;
    expect((await send(own.url, text, bearer("wrong"))).status).toBe(401);
    // One line for the first, and one for all that came within the minute.
    expect(own.log.filter((line) => line.includes("unknown client"))).toHaveLength(2);
  });
});

test("no secret reaches the log", async () => {
  const token = await own.token();
  const secret = token.slice(21);
  await send(own.url, text, bearer(token));
  await send(own.url, "{", bearer(token));
  await get(own.url, `/v1/history/coverage?token=${token}`, token);
  await get(own.url, `/nowhere/${"x".repeat(10)}?key=${secret}`, token);
  await send(own.url, text, { ...bearer(`${token}x`) });
  own.beforeAppend = () => {
    throw Object.assign(new Error("the store is gone"), {
      password: secret,
      config: { headers: { authorization: token } },
    });
  };
  await send(own.url, text.replace('"sequence":1', '"sequence":2'), bearer(token));
  const log = own.log.join("");
  expect(log).toContain("the store is gone");
  expect(log).toContain(token.slice(8, 20));
  expect(log).not.toContain(secret);
});

describe("without a token", () => {
  test.each(["/v1/sources", "/v1/history/coverage", "/metrics"])("%s is closed", async (path) => {
    expect((await get(own.url, path)).status).toBe(401);
  });

  test.each(["/healthz", "/readyz"])("%s is open", async (path) => {
    expect((await get(own.url, path)).status).toBe(200);
  });

  test.each(["/", "/v1", "/v1/batches", "/v1/history", "/../etc/passwd", "/%00"])("%s is nothing", async (path) => {
    const answer = await get(own.url, path);
    expect([400, 404]).toContain(answer.status);
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("the history", () => {
  const whole = { cluster: undefined, namespace: undefined, window: { fromMs: 0, toMs: 9e12 }, limit: 10 };
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "postern-token-"));
    own.store.append([batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]])]);
    own.store.append([batchForTest([["bank/Deployment/till tcp 2001:db8::1:443", 0, 5]], { cluster: "west" })]);
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function reader(clusters: readonly string[]): Promise<ReturnType<typeof openRemoteHistory>> {
    const tokenFile = join(folder, "token");
    await writeFile(tokenFile, `${await own.token({ clusters })}\n`);
    return openRemoteHistory({ url: own.url, tokenFile, caFile: undefined });
  }

  test("is read from afar as it is near", async () => {
    const remote = await reader(["*"]);
    expect(await remote.edges(whole)).toEqual(own.store.edges(whole));
    expect(await remote.coverage()).toEqual(own.store.coverage());
    expect(await remote.names({ ...whole, name: "x" })).toEqual([]);
  });

  test("of one cluster is all that its token sees", async () => {
    const remote = await reader(["east"]);
    const { edges } = await remote.edges(whole);
    expect(edges.map(({ cluster }) => cluster)).toEqual(["east"]);
    expect((await remote.coverage()).map(({ cluster }) => cluster)).toEqual(["east"]);
    await expect(remote.edges({ ...whole, cluster: "west" })).rejects.toThrow(
      /may not read the history of the cluster `west`/,
    );
  });

  test.each([
    [{ tokenFile: "nowhere" }, "`--token-file` `nowhere` does not exist"],
    [{ caFile: "nowhere" }, "`--ca-file` `nowhere` does not exist"],
  ])("asked with %j is not asked, and the flag is named", async (files, message) => {
    const remote = openRemoteHistory({
      url: own.url.replace("http:", "caFile" in files ? "https:" : "http:"),
      tokenFile: undefined,
      caFile: undefined,
      ...files,
    });
    await expect(remote.coverage()).rejects.toThrow(message);
  });

  test.each(["", "*", "East", "east ", "east\u0000", "west"])(
    "of %j is not for the token of `east`",
    async (cluster) => {
      const token = await own.token();
      const ask = async (question: string, query: object): Promise<number> => {
        const text = encodeURIComponent(JSON.stringify(query));
        return (await get(own.url, `/v1/history/${question}?query=${text}`, token)).status;
      };
      const window = { fromMs: 0, toMs: 9e12 };
      const statuses = [
        await ask("edges", { ...whole, namespace: null, cluster }),
        await ask("names", { ...whole, namespace: null, cluster }),
        await ask("newDestinations", { cluster, namespace: null, sinceMs: 0, limit: 1 }),
        await ask("topTalkers", { cluster, window, of: "workload", by: "flows", limit: 1 }),
        await ask("coarse", { ...whole, namespace: null, cluster }),
        await ask("sourceHealth", { cluster, window }),
      ];
      expect(statuses).toEqual([403, 403, 403, 403, 403, 403]);
      const foreign = encodeBatch(batchForTest([], { cluster }));
      expect((await send(own.url, foreign, bearer(token))).status).toBe(403);
      const owned = batchForTest([["shop/Deployment/cart tcp 192.0.2.1:443", 0, 10]]);
      const smuggled = encodeBatch({ ...owned, owners: [...owned.owners, { ...owned.owners[0]!, cluster }] });
      expect((await send(own.url, smuggled, bearer(token))).status).toBe(403);
    },
  );

  test("of several clusters must be asked for one by one", async () => {
    const remote = await reader(["east", "north"]);
    await expect(remote.edges(whole)).rejects.toThrow(/name one of `east`, `north`/);
    expect((await remote.edges({ ...whole, cluster: "east" })).edges).toHaveLength(1);
  });

  test.each([
    ["?query={", 400, "history_not_understood"],
    ["?query=1&query=2", 400, "history_not_understood"],
    ['?query={"cluster":null}', 400, "history_not_understood"],
    ["", 400, "history_not_understood"],
  ])("asked with `%s` is not answered", async (query, status, code) => {
    const token = await own.token({ clusters: ["*"] });
    expect(await get(own.url, `/v1/history/edges${query}`, token)).toMatchObject({ status, body: { code } });
  });

  test("is not for one client alone", async () => {
    const [loud, quiet] = [await own.token({ clusters: ["*"] }), await own.token({ clusters: ["*"] })];
    const gate = Promise.withResolvers<void>();
    const coverage = own.store.coverage.bind(own.store);
    own.beforeAnswer = () => gate.promise;
    const ask = (token: string): ReturnType<typeof get> => get(own.url, "/v1/history/coverage", token);
    const asked = [ask(loud), ask(loud), ask(loud)];
    expect(await Promise.race(asked)).toMatchObject({ status: 503, body: { code: "collector_busy" } });
    const other = ask(quiet);
    gate.resolve();
    expect((await other).body).toEqual(JSON.parse(JSON.stringify(coverage())));
    expect((await Promise.all(asked)).map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 200, 503]);
  });

  test("knows its questions", async () => {
    const token = await own.token({ clusters: ["*"] });
    expect(await get(own.url, "/v1/history/close", token)).toMatchObject({ status: 404 });
  });
});
