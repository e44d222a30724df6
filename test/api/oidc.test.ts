/** Signing in at a real OpenID Connect provider, which runs in this process. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Provider } from "oidc-provider";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openidSignIn } from "../../src/adapters/oidc/openid.ts";
import type { OidcSettings } from "../../src/app/access/sign-in-settings.ts";
import { ApiForTest } from "./api-for-test.ts";
import { WalkingBrowser } from "./walking-browser.ts";

let folder: string;
let server: Server;
let issuer: string;
let handler: ReturnType<Provider["callback"]>;
let own: ApiForTest;
let settings: OidcSettings;

beforeAll(async () => {
  // The provider warns that it is not for production.
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
  folder = mkdtempSync(join(tmpdir(), "postern-oidc-"));
  writeFileSync(join(folder, "secret"), "a-secret-of-some-length-0123456789\n");
  server = createServer((request, response) => void handler(request, response));
  await new Promise<void>((done) => {
    server.listen(0, "127.0.0.1", done);
  });
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  settings = {
    id: "corp",
    title: "Corp",
    issuer,
    clientId: "postern",
    clientSecretFile: join(folder, "secret"),
    clientAuthentication: "basic",
    scopes: ["openid", "profile", "groups"],
    groupsClaim: "groups",
    nameClaim: "name",
    kubernetes: undefined,
    caFile: undefined,
    signOutReturn: undefined,
  };
});
afterEach(() => own.close());
afterAll(async () => {
  vi.restoreAllMocks();
  server.closeAllConnections();
  await new Promise((done) => {
    server.close(done);
  });
  rmSync(folder, { recursive: true, force: true });
});

async function open(
  changes: Partial<OidcSettings> = {},
  secret = "a-secret-of-some-length-0123456789",
  claims: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  const way = openidSignIn({ ...settings, ...changes });
  own = await ApiForTest.open({ signIn: { local: true, redirects: [way], tokens: undefined } });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "postern",
        client_secret: secret,
        redirect_uris: [`${own.url}/auth/corp/callback`],
        token_endpoint_auth_method: "client_secret_basic",
      },
    ],
    claims: { openid: ["sub"], profile: ["name"], email: ["email", "email_verified"], groups: ["groups"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => Promise.resolve({ sub: id, name: `${id} Lovelace`, groups: ["network", "ops"], ...claims }),
    }),
    pkce: { required: () => true },
    cookies: { keys: ["for a test"] },
  });
  provider.on("server_error", () => undefined);
  handler = provider.callback();
}

async function signIn(browser: WalkingBrowser, returnTo = "/proposals?state=draft"): ReturnType<WalkingBrowser["go"]> {
  const login = await browser.go(`${own.url}/auth/corp/start?returnTo=${encodeURIComponent(returnTo)}`);
  expect(login.text).toContain("Sign-in");
  const consent = await browser.submit(login, { login: "ada", password: "anything" });
  expect(consent.text).toContain("Authorize");
  return browser.submit(consent, {});
}

const session = async (browser: WalkingBrowser): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> =>
  own.send("/api/v1/session", { headers: { cookie: browser.cookies(own.url) } });

test("ends where it began, as somebody with groups", async () => {
  await open();
  const ways = await own.send("/api/v1/sign-in");
  expect(ways.body).toEqual({
    local: true,
    oidc: [{ id: "corp", title: "Corp", start: "/auth/corp/start" }],
    kubernetesToken: false,
    version: "0.0.0-test",
  });
  const browser = new WalkingBrowser();
  const page = await signIn(browser);
  expect(page.url.href).toBe(`${own.url}/proposals?state=draft`);
  expect(await session(browser)).toMatchObject({
    status: 200,
    body: { person: { subject: `oidc:${issuer}#ada`, name: "ada Lovelace" }, mayAdminister: false, namespaces: 0 },
  });
  const { records } = await own.state.decisions.audit.list({ kinds: ["access.sign-in"], limit: 10 });
  expect(records[0]).toMatchObject({ payload: { way: "corp", groups: ["network", "ops"] } });
  expect(browser.cookies(own.url)).toMatch(/^postern=[\w-]{43}$/);
});

test("leads back to the provider's own page when signing out", async () => {
  await open();
  const browser = new WalkingBrowser();
  await signIn(browser);
  const { body } = await session(browser);
  const answer = await own.send("/api/v1/session", {
    method: "DELETE",
    headers: { cookie: browser.cookies(own.url), "x-postern-csrf": String(body.csrf) },
  });
  expect(String(answer.body.redirectTo)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/session\/end\?client_id=postern$/);
  expect((await session(browser)).status).toBe(401);
});

test("gives the name that a cluster knows, with prefixes, and one subject for both", async () => {
  await open({ kubernetes: { userClaim: "name", userPrefix: "oidc:", groupsPrefix: "oidc:" } });
  const browser = new WalkingBrowser();
  await signIn(browser);
  expect(await session(browser)).toMatchObject({ body: { person: { subject: "kubernetes:oidc:ada Lovelace" } } });
  const { records } = await own.state.decisions.audit.list({ kinds: ["access.sign-in"], limit: 10 });
  expect(records[0]).toMatchObject({ payload: { groups: ["oidc:network", "oidc:ops"] } });
});

test("gives nobody a group of the cluster's own", async () => {
  const groups = ["system:masters", "network"];
  await open({ kubernetes: { userClaim: "name", userPrefix: "", groupsPrefix: "" } }, undefined, { groups });
  await signIn(new WalkingBrowser());
  const { records } = await own.state.decisions.audit.list({ kinds: ["access.sign-in"], limit: 10 });
  expect(records[0]).toMatchObject({ payload: { groups: ["network"] } });
});

describe("is refused", () => {
  const refused = (code: string): string => `${own.url}/sign-in?problem=${code}`;

  test.each([
    ["an address that nobody verified", { email: "root@example.com", email_verified: false }],
    ["a name of the cluster's own", { email: "system:admin", email_verified: true }],
  ])("as a user of the cluster with %s", async (_, claims) => {
    const scopes = ["openid", "profile", "email", "groups"];
    const kubernetes = { userClaim: "email", userPrefix: "", groupsPrefix: "" };
    await open({ scopes, kubernetes }, undefined, claims);
    const browser = new WalkingBrowser();
    expect((await signIn(browser)).url.href).toBe(refused("sign_in_denied"));
    expect((await session(browser)).status).toBe(401);
  });

  test("with another secret", async () => {
    await open({}, "another-secret-of-some-length-01234");
    expect((await signIn(new WalkingBrowser())).url.href).toBe(refused("sign_in_provider"));
    expect(own.log.join("")).toContain("check `clientId` and its secret");
    expect(own.log.join("")).not.toContain("a-secret-of-some-length");
  });

  test("in another browser than it began in", async () => {
    await open();
    const victim = new WalkingBrowser();
    const attacker = new WalkingBrowser();
    const login = await attacker.go(`${own.url}/auth/corp/start`);
    const consent = await attacker.submit(login, { login: "mallory", password: "x" });
    // Mallory stops before the callback and sends its address to somebody else.
    const [, action = ""] = /<form[^>]*action="([^"]+)"/.exec(consent.text) ?? [];
    const resume = await attacker.go(new URL(action, consent.url), { prompt: "consent" }, false);
    const callback = await attacker.go(resume.url, undefined, false);
    expect(callback.url.pathname).toBe("/auth/corp/callback");
    expect((await victim.go(callback.url, undefined, false)).url.href).toBe(refused("sign_in_state"));
    // Even in the middle of a sign-in of their own.
    await victim.go(`${own.url}/auth/corp/start`, undefined, false);
    expect((await victim.go(callback.url, undefined, false)).url.href).toBe(refused("sign_in_provider"));
    expect((await session(victim)).status).toBe(401);
  });

  test("a second time with the same code", async () => {
    await open();
    const browser = new WalkingBrowser();
    await signIn(browser);
    const callback = browser.visited.find((url) => url.includes("/auth/corp/callback"))!;
    expect((await browser.go(callback, undefined, false)).url.href).toBe(refused("sign_in_state"));
  });

  test("when it took too long", async () => {
    await open();
    const browser = new WalkingBrowser();
    const login = await browser.go(`${own.url}/auth/corp/start`);
    own.nowMs += 11 * 60_000;
    const consent = await browser.submit(login, { login: "ada", password: "x" });
    expect((await browser.submit(consent, {})).url.href).toBe(refused("sign_in_state"));
  });

  test("when the person says no", async () => {
    await open();
    const browser = new WalkingBrowser();
    const login = await browser.go(`${own.url}/auth/corp/start`);
    const [, abort = ""] = /href="([^"]+\/abort)"/.exec(login.text) ?? [];
    expect((await browser.go(new URL(abort, login.url))).url.href).toBe(refused("sign_in_denied"));
  });

  test("when the provider is away", async () => {
    await open({ issuer: "http://127.0.0.1:9" });
    const page = await new WalkingBrowser().go(`${own.url}/auth/corp/start`, undefined, false);
    expect(page.url.href).toBe(refused("sign_in_provider"));
  });

  test("by a way that is not there", async () => {
    await open();
    const page = await new WalkingBrowser().go(`${own.url}/auth/other/start`, undefined, false);
    expect(page.url.href).toBe(refused("sign_in_way"));
  });
});

test.each([
  ["https://evil.example", "/"],
  ["//evil.example", "/"],
  ["/\\evil.example", "/"],
  ["/\t/evil.example", "/"],
  ["/a\\b", "/"],
  ["javascript:alert(1)", "/"],
  ["/traffic?by=port#x", "/traffic?by=port#x"],
])("coming back to %j is coming back to %s", async (returnTo, expected) => {
  await open();
  const page = await signIn(new WalkingBrowser(), returnTo);
  expect(`${page.url.pathname}${page.url.search}${page.url.hash}`).toBe(expected);
  expect(page.url.origin).toBe(own.url);
});
