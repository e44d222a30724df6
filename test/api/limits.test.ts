import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { afterEach, describe, expect, test } from "vitest";
import type { ApiParts } from "../../src/surfaces/http/api/api-parts.ts";
import { ApiForTest } from "./api-for-test.ts";

let own: ApiForTest;
const folders: string[] = [];
afterEach(async () => {
  await own.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});
const open = async (more: Partial<ApiParts> = {}): Promise<void> => {
  own = await ApiForTest.open(more);
};

describe("requests", () => {
  test("of one person are so many a minute, whatever others do", async () => {
    await open({ limits: { perPrincipal: 3 } });
    const [viewer, editor] = [await own.signIn("viewer"), await own.signIn("editor")];
    const statuses: number[] = [];
    for (let i = 0; i < 5; i += 1) statuses.push((await viewer.send("/api/v1/rules")).status);
    expect(statuses).toEqual([200, 200, 200, 429, 429]);
    const refused = await viewer.send("/api/v1/rules");
    expect(refused.body).toMatchObject({ code: "api_too_many" });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await editor.send("/api/v1/rules")).status).toBe(200);
  });

  test("that take a while are fewer", async () => {
    await open({ limits: { slowPerPrincipal: 1 } });
    const viewer = await own.signIn("viewer");
    const map = "/api/v1/namespaces/east/shop/flow-map";
    expect([(await viewer.send(map)).status, (await viewer.send(map)).status]).toEqual([200, 429]);
    expect((await viewer.send("/api/v1/rules")).status).toBe(200);
  });

  test("of one address are so many before anybody is asked who it is", async () => {
    await open({ limits: { perAddress: 2 } });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i += 1) statuses.push((await own.send("/api/v1/rules")).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
  });

  test("that take too long are given up, and whoever works is told", async () => {
    let aborted = false;
    await open({ limits: { slowDeadlineMs: 30 } });
    const editor = await own.signIn("editor");
    own.desk.proposals.create = (_who, _request, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          aborted = true;
          reject(new Error("aborted"));
        });
      });
    const body = { from: "finding", finding: "f-1" };
    const answer = await editor.send("/api/v1/proposals", { method: "POST", body });
    expect(answer).toMatchObject({ status: 504, body: { code: "api_deadline" } });
    expect(aborted).toBe(true);
  });

  test("that fail inside say so without saying what", async () => {
    await open();
    const viewer = await own.signIn("viewer");
    own.desk.rules.list = () => Promise.reject(new Error("password=hunter2 is wrong"));
    const answer = await viewer.send("/api/v1/rules");
    expect(answer).toMatchObject({ status: 500, body: { code: "http_failed" } });
    expect(answer.text).not.toContain("hunter2");
  });

  test("while the state is away nobody is told to sign in again", async () => {
    await open();
    const viewer = await own.signIn("viewer");
    own.state.decisions.sessions.byIdHash = () => Promise.reject(new Error("connection lost"));
    expect(await viewer.send("/api/v1/rules")).toMatchObject({ status: 503, body: { code: "state_unreachable" } });
  });
});

describe("a request with a name of its own", () => {
  const request = { from: "traffic", cluster: "east", namespace: "shop" };
  const key = (name: string): Readonly<Record<string, string>> => ({ "idempotency-key": name });

  test("is done once, and answered as the first time", async () => {
    await open();
    const editor = await own.signIn("editor");
    const sent = { method: "POST", body: request, headers: key("k-1") };
    const [first, second] = [
      await editor.send("/api/v1/proposals", sent),
      await editor.send("/api/v1/proposals", sent),
    ];
    expect([first.status, second.status, own.desk.calls]).toEqual([201, 201, ["create"]]);
    expect(second.text).toBe(first.text);
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    await editor.send("/api/v1/proposals", { ...sent, headers: key("k-2") });
    expect(own.desk.calls).toHaveLength(2);
  });

  test("is another's own", async () => {
    await open();
    const sent = { method: "POST", body: request, headers: key("k-1") };
    await (await own.signIn("editor")).send("/api/v1/proposals", sent);
    const refused = await (await own.signIn("viewer")).send("/api/v1/proposals", sent);
    expect([refused.status, own.desk.calls.length]).toEqual([403, 2]);
  });

  test("is not taken for another request", async () => {
    await open();
    const editor = await own.signIn("editor");
    await editor.send("/api/v1/proposals", { method: "POST", body: request, headers: key("k-1") });
    const other = { ...request, posture: "strict" };
    const answer = await editor.send("/api/v1/proposals", { method: "POST", body: other, headers: key("k-1") });
    expect(answer).toMatchObject({ status: 422, body: { code: "api_key_reused" } });
  });

  test("is told to wait while it is under way", async () => {
    await open();
    const editor = await own.signIn("editor");
    const held = Promise.withResolvers<void>();
    own.desk.hold = held.promise;
    const sent = { method: "POST", body: request, headers: key("k-1") };
    const first = editor.send("/api/v1/proposals", sent);
    while (own.desk.calls.length === 0) await pause(5);
    expect(await editor.send("/api/v1/proposals", sent)).toMatchObject({
      status: 409,
      body: { code: "api_key_under_way" },
    });
    held.resolve();
    expect((await first).status).toBe(201);
  });

  test("may be tried again when it failed in a way that passes", async () => {
    await open();
    const editor = await own.signIn("editor");
    const create = own.desk.proposals.create.bind(own.desk.proposals);
    own.desk.proposals.create = () =>
      Promise.resolve({ ok: false, error: { kind: "unavailable", code: "history_failed", message: "away" } });
    const sent = { method: "POST", body: request, headers: key("k-1") };
    expect((await editor.send("/api/v1/proposals", sent)).status).toBe(503);
    own.desk.proposals.create = create;
    expect((await editor.send("/api/v1/proposals", sent)).status).toBe(201);
  });
});

describe("the application", () => {
  function built(): string {
    const folder = mkdtempSync(join(tmpdir(), "postern-web-"));
    folders.push(folder);
    mkdirSync(join(folder, "assets"));
    mkdirSync(join(folder, ".vite"));
    const script = "console.log('hello')\n".repeat(100);
    writeFileSync(join(folder, "index.html"), "<!doctype html><title>Postern</title>");
    writeFileSync(join(folder, "assets", "app-AbC123.js"), script);
    writeFileSync(join(folder, "assets", "app-AbC123.js.br"), brotliCompressSync(script));
    writeFileSync(join(folder, "assets", "app-AbC123.js.gz"), gzipSync(script));
    writeFileSync(join(folder, "postern.svg"), "<svg/>");
    writeFileSync(join(folder, ".vite", "manifest.json"), "{}");
    writeFileSync(join(folder, "..", "outside.txt"), "secret");
    folders.push(join(folder, "..", "outside.txt"));
    return folder;
  }

  test.each([
    ["/", 200, "text/html", "no-cache"],
    ["/proposals/p-1?tab=replay", 200, "text/html", "no-cache"],
    ["/assets/app-AbC123.js", 200, "application/javascript", "public, max-age=31536000, immutable"],
    ["/postern.svg", 200, "image/svg+xml", "no-cache"],
    ["/assets/gone-1.js", 404, "application/problem+json", "no-store"],
    ["/.vite/manifest.json", 200, "text/html", "no-cache"],
    ["/assets/..%2f..%2foutside.txt", 404, "application/problem+json", "no-store"],
    ["/api/v2/nothing", 404, "application/problem+json", "no-store"],
    ["/hooks/slack/interactive", 404, "application/problem+json", "no-store"],
  ])("%s is answered with %d %s", async (path, status, type, caching) => {
    await open({ webFolder: built() });
    const answer = await own.send(path);
    expect([answer.status, answer.headers.get("content-type")?.split(";")[0]]).toEqual([status, type]);
    expect(answer.headers.get("cache-control")).toBe(caching);
    expect(answer.text).not.toContain("secret");
    const policy = answer.headers.get("content-security-policy")!;
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain("unsafe");
    expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  });

  test.each([
    ["br", "br"],
    ["gzip", "gzip"],
    ["identity", null],
  ])("comes compressed where it is asked for with %s", async (accepted, encoding) => {
    await open({ webFolder: built() });
    const answer = await own.send("/assets/app-AbC123.js", { headers: { "accept-encoding": accepted } });
    expect(answer.headers.get("content-encoding")).toBe(encoding);
    expect(answer.text).toContain("console.log('hello')");
  });

  test("that was not built says how", async () => {
    await open({ webFolder: join(tmpdir(), "postern-is-not-here") });
    const answer = await own.send("/");
    expect([answer.status, answer.text]).toEqual([503, expect.stringContaining("npm run build")]);
  });
});
