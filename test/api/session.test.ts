import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { firstRunLink, makeLink } from "../../src/app/access/local-sign-in.ts";
import { issueCertificate } from "../certificate.ts";
import { type Answered, ApiForTest, type Browser, cookieOf, password } from "./api-for-test.ts";

let own: ApiForTest;
beforeEach(async () => {
  own = await ApiForTest.open();
});
afterEach(() => own.close());

const signIn = (body: unknown, headers = {}): Promise<Answered> =>
  own.send("/api/v1/session", { method: "POST", body, headers });
const hour = 3_600_000;

describe("a session", () => {
  test("is a cookie that scripts do not see and other sites do not send along", async () => {
    const answer = await signIn({ way: "local", name: "viewer", password });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^postern=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax$/),
    ]);
  });

  test("behind a proxy that ends TLS is a cookie for TLS alone", async () => {
    await own.close();
    own = await ApiForTest.open({ publicUrl: new URL("https://postern.example.com") });
    const answer = await signIn({ way: "local", name: "viewer", password }, { origin: "https://postern.example.com" });
    expect(answer.headers.getSetCookie()).toEqual([
      expect.stringMatching(/^__Host-postern=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    ]);
    const cookie = cookieOf(answer).replace("__Host-", "");
    expect((await own.send("/api/v1/session", { headers: { cookie } })).status).toBe(401);
  });

  test("is kept as a hash only", async () => {
    const { cookie } = await own.signIn("viewer");
    const secret = cookie.split("=")[1]!;
    expect(await own.state.decisions.sessions.byIdHash(secret)).toBeUndefined();
    const { body } = await own.send("/api/v1/session", { headers: { cookie } });
    expect(JSON.stringify(body)).not.toContain(secret);
    expect(own.log.join("")).not.toContain(secret);
  });

  test("is another one after signing in again, and the old one is over", async () => {
    const first = await own.signIn("viewer");
    const answer = await signIn({ way: "local", name: "editor", password }, { cookie: first.cookie });
    expect(cookieOf(answer)).not.toBe(first.cookie);
    expect((await first.send("/api/v1/session")).status).toBe(401);
    // One that somebody put there before is nothing at all.
    const fixed = `postern=${"A".repeat(43)}`;
    const other = await signIn({ way: "local", name: "editor", password }, { cookie: fixed });
    expect(cookieOf(other)).not.toBe(fixed);
    expect((await own.send("/api/v1/session", { headers: { cookie: fixed } })).status).toBe(401);
  });

  test("ends after eight hours without a request", async () => {
    const browser = await own.signIn("viewer");
    own.nowMs += 7 * hour;
    expect((await browser.send("/api/v1/session")).status).toBe(200);
    own.nowMs += 7 * hour;
    expect((await browser.send("/api/v1/session")).status).toBe(200);
    own.nowMs += 8 * hour;
    expect((await browser.send("/api/v1/session")).status).toBe(401);
  });

  test("ends after a day whatever happens", async () => {
    const browser = await own.signIn("viewer");
    for (let hours = 0; hours < 23; hours += 1) {
      own.nowMs += hour;
      expect((await browser.send("/api/v1/session")).status).toBe(200);
    }
    own.nowMs += hour;
    expect((await browser.send("/api/v1/session")).status).toBe(401);
  });

  test("ends when signing out, and with it what else shows its cookie", async () => {
    const browser = await own.signIn("viewer");
    const answer = await browser.send("/api/v1/session", { method: "DELETE" });
    expect(answer).toMatchObject({ status: 200, body: { redirectTo: null } });
    expect(answer.headers.getSetCookie()[0]).toMatch(/^postern=; .*Expires=Thu, 01 Jan 1970/);
    expect((await browser.send("/api/v1/session")).status).toBe(401);
  });

  test("of somebody who was disabled gives no rights", async () => {
    const browser = await own.signIn("viewer");
    const user = (await own.state.decisions.users.bySubject("local:viewer"))!;
    await own.state.decisions.users.put({ ...user, disabledAtMs: own.nowMs });
    expect((await browser.send("/api/v1/proposals/p-shop")).status).toBe(404);
  });
});

describe("a change is refused", () => {
  const comment = { action: "comment", revision: 1, comment: "fine" };
  const act = (browser: Browser, headers: Readonly<Record<string, string>>): Promise<Answered> =>
    browser.send("/api/v1/proposals/p-shop/actions", {
      method: "POST",
      body: comment,
      headers: { "if-match": '"3"', ...headers },
    });

  test.each([
    ["without the session's word", { "x-postern-csrf": "" }],
    ["with another word", { "x-postern-csrf": "A".repeat(43) }],
    ["from a page of another site", { origin: "https://evil.example" }],
    ["from a page of nowhere", { origin: "null" }],
    ["from another port of this host", { origin: "http://127.0.0.1:1" }],
    ["which a browser says comes from another site", { "sec-fetch-site": "cross-site" }],
    ["which a browser says comes from a sister site", { "sec-fetch-site": "same-site" }],
  ])("%s", async (_, headers) => {
    const browser = await own.signIn("viewer");
    expect(await act(browser, headers)).toMatchObject({ status: 403, body: { code: "session_csrf" } });
    expect(own.desk.calls).toEqual([]);
    expect((await act(browser, { origin: own.url, "sec-fetch-site": "same-origin" })).status).toBe(200);
  });

  test("where people know the server by another name than `Host` says", async () => {
    await own.close();
    own = await ApiForTest.open({ publicUrl: new URL("http://postern.example.com") });
    const browser = await own.signIn("viewer");
    expect((await act(browser, { origin: own.url })).status).toBe(403);
    expect((await act(browser, { origin: "http://postern.example.com" })).status).toBe(200);
  });

  test("with the word of another session of the same person", async () => {
    const [one, other] = [await own.signIn("viewer"), await own.signIn("viewer")];
    expect((await act(one, { "x-postern-csrf": other.csrf })).status).toBe(403);
  });

  test("and nobody is signed in by another site", async () => {
    const body = { way: "local", name: "viewer", password };
    const answer = await signIn(body, { origin: "https://evil.example" });
    expect(answer).toMatchObject({ status: 403, body: { code: "session_csrf" } });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });
});

describe("a token", () => {
  test("of this server reads what its clusters say, without a session", async () => {
    const headers = { authorization: `Bearer ${await own.token(["east"])}` };
    expect((await own.send("/api/v1/proposals", { headers })).body.total).toBe(2);
    expect((await own.send("/api/v1/session", { headers })).body).toMatchObject({ mayApprove: false, csrf: "" });
    const west = { authorization: `Bearer ${await own.token(["west"])}` };
    expect((await own.send("/api/v1/proposals", { headers: west })).body.total).toBe(0);
  });

  test("of this server changes nothing", async () => {
    const headers = { authorization: `Bearer ${await own.token(["*"])}`, "if-match": '"3"' };
    const body = { action: "approve", revision: 1 };
    const answer = await own.send("/api/v1/proposals/p-shop/actions", { method: "POST", body, headers });
    expect(answer).toMatchObject({ status: 403, body: { code: "session_read_only" } });
  });

  test.each([
    ["that may only ship", async () => own.token(["east"], ["ship"]), 403, "collector_scope_missing"],
    ["of nobody", () => Promise.resolve(`postern_${"0".repeat(12)}_${"A".repeat(43)}`), 401, "token_unknown"],
    ["of a cluster that is not asked", () => Promise.resolve("eyJhbGciOi"), 401, "token_unknown"],
  ])("%s opens nothing, even beside a good cookie", async (_, make, status, code) => {
    const browser = await own.signIn("admin");
    const answer = await browser.send("/api/v1/proposals", { headers: { authorization: `Bearer ${await make()}` } });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("of a cluster is whose the cluster says, and needs no word of a session", async () => {
    await own.close();
    const principal = { subject: "kubernetes:ada", name: "ada", groups: [], kubernetesUser: "ada" };
    const tokens = {
      whoHas: (token: string) => Promise.resolve({ ok: true, value: token === "good" ? principal : undefined }),
    };
    own = await ApiForTest.open({ signIn: { local: true, redirects: [], tokens: tokens as never } });
    const headers = { authorization: "Bearer good" };
    const { body } = await own.send("/api/v1/session", { headers });
    expect(body).toMatchObject({ person: { subject: "kubernetes:ada" } });
    const preview = { method: "POST", body: { text: "" }, headers };
    expect((await own.send("/api/v1/settings/laws/check", preview)).status).toBe(200);
    const bad = await own.send("/api/v1/session", { headers: { authorization: "Bearer bad" } });
    expect(bad).toMatchObject({ status: 401, body: { code: "token_unknown" } });
    const signed = await signIn({ way: "kubernetes", token: "good" });
    expect(signed).toMatchObject({ status: 201, body: { person: { subject: "kubernetes:ada" } } });
    expect((await signIn({ way: "kubernetes", token: "bad" })).body.code).toBe("sign_in_refused");
  });
});

describe("name and password", () => {
  const attempt = (name: string, given: string): Promise<Answered> => signIn({ way: "local", name, password: given });

  test.each([
    ["a wrong password", "viewer", "wrong"],
    ["nobody's name", "nobody", password],
    ["a name that cannot be", "../admin", password],
    ["an empty password", "viewer", ""],
  ])("%s is refused in the same words", async (_, name, given) => {
    expect(await attempt(name, given)).toMatchObject({
      status: 401,
      body: { code: "sign_in_refused", detail: "name or password is wrong" },
    });
  });

  test("are slower and slower to guess, for this name alone, and never for ever", async () => {
    const codes: unknown[] = [];
    for (let i = 0; i < 6; i += 1) codes.push((await attempt("viewer", `wrong ${i}`)).body.code);
    expect(codes).toEqual([...Array<string>(4).fill("sign_in_refused"), "sign_in_wait", "sign_in_wait"]);
    const refused = await attempt("viewer", password);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect((await attempt("editor", password)).status).toBe(201);
    own.nowMs += 3_000;
    expect((await attempt("viewer", password)).status).toBe(201);
  });

  test("are not tried without end from one address", async () => {
    await own.close();
    own = await ApiForTest.open({ limits: { signInPerAddress: 3 } });
    const codes: unknown[] = [];
    // An office that comes in from one address in the morning.
    for (const name of ["viewer", "editor", "approver", "keeper", "admin"]) {
      codes.push((await attempt(name, password)).status);
    }
    expect(codes.splice(0)).toEqual([201, 201, 201, 201, 201]);
    for (let i = 0; i < 5; i += 1) codes.push((await attempt(`name-${i}`, "wrong")).status);
    expect(codes).toEqual([401, 401, 401, 429, 429]);
    own.nowMs += 60_000;
    expect((await attempt("viewer", password)).status).toBe(201);
  });
});

describe("a link", () => {
  const long = "a password of my own";

  test("makes the first administrator, once, and no longer when there is one", async () => {
    const { users } = own.state.decisions;
    expect(await firstRunLink(own.state.decisions, own.nowMs)).toBeUndefined();
    for (const user of await users.all()) await users.put({ ...user, isAdministrator: false });
    const [secret, other] = [
      await firstRunLink(own.state.decisions, own.nowMs),
      await firstRunLink(own.state.decisions, own.nowMs),
    ];
    const weak = await signIn({ way: "link", secret, name: "grace", password: "short" });
    expect(weak).toMatchObject({ status: 422, body: { code: "sign_in_password_weak" } });
    const named = await signIn({ way: "link", secret, name: "Grace Hopper!", password: long });
    expect(named).toMatchObject({ status: 422, body: { code: "sign_in_name" } });
    // Neither used it up.
    const answer = await signIn({ way: "link", secret, name: "grace", password: long });
    expect(answer).toMatchObject({ status: 201, body: { person: { subject: "local:grace" }, mayAdminister: true } });
    for (const used of [secret, other]) {
      const again = await signIn({ way: "link", secret: used, name: "mallory", password: long });
      expect(again).toMatchObject({ status: 401, body: { code: "sign_in_link" } });
    }
    expect((await signIn({ way: "local", name: "grace", password: long })).status).toBe(201);
  });

  test("of two who use the first links at the same time one administers, and the audit log says who", async () => {
    const users = await own.state.decisions.users.all();
    for (const user of users) await own.state.decisions.users.put({ ...user, isAdministrator: false });
    const secrets = await Promise.all([1, 2].map(() => firstRunLink(own.state.decisions, own.nowMs)));
    const answers = await Promise.all(
      secrets.map((secret, i) => signIn({ way: "link", secret, name: `first-${i}`, password: "a password of my own" })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201, 401]));
    const { records } = await own.state.decisions.audit.list({ kinds: ["access.first-administrator"], limit: 5 });
    expect(records).toHaveLength(1);
  });

  test("sets a new password, ends older sessions, and gives no rights", async () => {
    const before = await own.signIn("viewer");
    const secret = await makeLink(own.state.decisions, "local:viewer", own.nowMs);
    const answer = await signIn({ way: "link", secret, password: long });
    expect(answer).toMatchObject({ status: 201, body: { person: { subject: "local:viewer" }, mayAdminister: false } });
    expect((await before.send("/api/v1/session")).status).toBe(401);
    expect((await signIn({ way: "local", name: "viewer", password })).status).toBe(401);
  });

  test("is too old after a week", async () => {
    const secret = await makeLink(own.state.decisions, "local:viewer", own.nowMs);
    own.nowMs += 7 * 24 * hour;
    expect((await signIn({ way: "link", secret, password: long })).body.code).toBe("sign_in_link");
  });
});

test("over TLS the cookie is for this host alone", async () => {
  await own.close();
  const made = issueCertificate({ commonName: "127.0.0.1", hosts: ["127.0.0.1"] });
  own = await ApiForTest.open({}, { ...made, clientCa: undefined });
  const { request } = await import("node:https");
  const answer = await new Promise<readonly string[]>((resolve, reject) => {
    const sent = request(
      `${own.url}/api/v1/session`,
      { method: "POST", ca: made.cert, headers: { "content-type": "application/json" } },
      (response) =>
        resolve([...(response.headers["set-cookie"] ?? []), response.headers["strict-transport-security"]!]),
    );
    sent.once("error", reject);
    sent.end(JSON.stringify({ way: "local", name: "viewer", password }));
  });
  expect(answer).toEqual([
    expect.stringMatching(/^__Host-postern=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/),
    "max-age=31536000",
  ]);
});
