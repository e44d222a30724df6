/** Requests that no client of ours sends. */
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ok } from "../../src/core/result.ts";
import { ApiForTest, type Browser, password } from "./api-for-test.ts";

let own: ApiForTest;
let admin: Browser;
beforeAll(async () => {
  const way = {
    id: "corp",
    title: "Corp",
    start: (callback: URL) =>
      Promise.resolve(ok({ url: new URL(`https://id.example.com/?back=${callback.href}`), pending: "{}" })),
    finish: () => Promise.reject(new Error("/srv/postern/secret.ts: select * from users")),
  };
  own = await ApiForTest.open({ signIn: { local: true, redirects: [way], tokens: undefined } });
  admin = await own.signIn("admin");
});
afterAll(() => own.close());

/** The answer to bytes as they are. */
function answerTo(request: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const { port, hostname } = new URL(own.url);
  let got = "";
  const socket = connect(Number(port), hostname, () => socket.end(request));
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    got += text;
  });
  socket.once("close", () => resolve(got));
  socket.once("error", reject);
  return promise;
}

describe("an address that cannot be", () => {
  test.each(["/%", "/api/v1/proposals/%", "/auth/%zz/start", `/api/v1/proposals/${"x".repeat(700)}`])(
    "is a problem with all of the headers: %s",
    async (path) => {
      const { status, headers, body } = await own.send(path);
      expect([status, body.code, body.requestId]).toEqual([400, "http_request", headers.get("x-request-id")]);
      expect(headers.get("content-type")).toContain("application/problem+json");
      expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    },
  );
});

describe("JSON", () => {
  const deepest = 200_000;
  const deep = "[".repeat(deepest) + "]".repeat(deepest);
  const deepObject = `${'{"a":'.repeat(deepest)}1${"}".repeat(deepest)}`;

  test.each([
    ["POST", "/api/v1/proposals", "an array", deep],
    ["POST", "/api/v1/proposals", "an object", deepObject],
    ["POST", "/api/v1/proposals", "a field", `{"from":"text","cluster":"east","namespace":"shop","manifest":${deep}}`],
    ["POST", "/api/v1/proposals/p-shop/actions", "an array", deep],
    ["PUT", "/api/v1/settings/automation", "an object", deepObject],
    ["POST", "/api/v1/session", "a field", `{"way":"local","name":${deep},"password":"x"}`],
  ])("%s %s as deep as can be as %s is refused", async (method, path, _, body) => {
    const headers = { "if-match": '"3"', "idempotency-key": crypto.randomUUID() };
    expect(await admin.send(path, { method, body, headers })).toMatchObject({
      status: 400,
      body: { code: "api_request" },
    });
  });

  test.each([
    '{"name":"x","__proto__":{"isAdministrator":true}}',
    '{"name":"x","constructor":{"prototype":{"isAdministrator":true}}}',
    '{"name":"x","\\u005f_proto__":{"isAdministrator":true}}',
  ])("with a prototype is refused: %s", async (body) => {
    expect((await admin.send("/api/v1/users", { method: "POST", body })).status).toBe(400);
    expect(({} as { isAdministrator?: boolean }).isAdministrator).toBeUndefined();
  });

  test("that is compressed is not unpacked", async () => {
    const response = await fetch(`${own.url}/api/v1/settings/laws/check`, {
      method: "POST",
      headers: {
        cookie: admin.cookie,
        "x-postern-csrf": admin.csrf,
        "content-type": "application/json",
        "content-encoding": "gzip",
      },
      body: gzipSync(JSON.stringify({ text: "x".repeat(1_000_000) })),
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([400, "api_request"]);
  });
});

test.each(["a b<>", "evil.example:99999999"])("a host that is none sends nobody anywhere: %s", async (host) => {
  const answer = await answerTo(`GET /auth/corp/start HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);
  expect(answer).toContain("location: /sign-in?problem=sign_in_state\r\n");
});

test("what fails inside is not told, and is in the log under the request's name", async () => {
  const started = await own.send("/auth/corp/start");
  const cookie = started.headers.getSetCookie()[0]!.split(";", 1)[0]!;
  const { status, text, body } = await own.send("/auth/corp/callback?code=a-code", { headers: { cookie } });
  expect([status, body.code]).toEqual([500, "http_failed"]);
  expect(text).not.toMatch(/srv|select|\.ts/);
  const line = own.log.find((each) => each.includes(String(body.requestId)) && each.includes('"error"'));
  expect(line).toContain("select * from users");
});

test("passwords, links, codes, cookies and the session's word are in no line of the log", async () => {
  const { body } = await admin.send("/api/v1/users", { method: "POST", body: { name: "hedy" } });
  const link = String(body.link);
  const wrong = "wrong horse battery staple";
  await own.send("/api/v1/session", { method: "POST", body: { way: "local", name: "hedy", password: wrong } });
  const chosen = "a password that hedy chose";
  await own.send("/api/v1/session", { method: "POST", body: { way: "link", secret: link, password: chosen } });
  await own.send("/api/v1/session", { method: "POST", body: { way: "link", secret: link } });
  const token = await own.token(["east"]);
  await own.send("/api/v1/proposals", { headers: { authorization: `Bearer ${token}` } });
  await own.send("/auth/corp/callback?code=a-secret-code&state=a-secret-state");
  const log = own.log.join("");
  const cookie = admin.cookie.split("=")[1]!;
  for (const secret of [link, wrong, chosen, token, cookie, admin.csrf, password, "a-secret-code", "a-secret-state"]) {
    expect(log.includes(secret)).toBe(false);
  }
  expect(log).toContain("/auth/corp/callback");
});
