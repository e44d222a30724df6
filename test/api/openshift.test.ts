import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { openshiftSignIn } from "../../src/adapters/oidc/openshift.ts";
import { ApiForTest } from "./api-for-test.ts";
import { OpenShiftDouble } from "./openshift-double.ts";
import { WalkingBrowser } from "./walking-browser.ts";

let folder: string;
let cluster: OpenShiftDouble;
let own: ApiForTest;
const secretFile = (): string => join(folder, "token");

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "postern-openshift-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(async () => {
  cluster = await OpenShiftDouble.open();
  writeFileSync(secretFile(), cluster.secret);
  const way = openshiftSignIn({
    id: "openshift",
    title: "OpenShift",
    apiServer: cluster.apiUrl,
    clientId: cluster.clientId,
    clientSecretFile: secretFile(),
    caFile: undefined,
  });
  own = await ApiForTest.open({ signIn: { local: false, redirects: [way], tokens: undefined } });
  cluster.redirectUri = `${own.url}/auth/openshift/callback`;
});
afterEach(async () => {
  await own.close();
  await cluster.close();
});

const begin = (browser = new WalkingBrowser()): ReturnType<WalkingBrowser["go"]> =>
  browser.go(`${own.url}/auth/openshift/start`);

test("who signed in is who the cluster says, with its groups and no more rights than to say so", async () => {
  const browser = new WalkingBrowser();
  expect((await begin(browser)).url.href).toBe(`${own.url}/`);
  const { body } = await own.send("/api/v1/session", { headers: { cookie: browser.cookies(own.url) } });
  expect(body).toMatchObject({ person: { subject: "openshift:ada", name: "Ada Lovelace" } });
  expect(cluster.scopes).toEqual(["user:info"]);
  const { records } = await own.state.decisions.audit.list({ limit: 1 });
  expect(records[0]?.payload).toEqual({
    way: "openshift",
    groups: ["network", "system:authenticated", "system:authenticated:oauth"],
  });
});

test("a user without groups still is among those who signed in", async () => {
  cluster.groups = null;
  await begin();
  const { records } = await own.state.decisions.audit.list({ limit: 1 });
  expect(records[0]?.payload).toMatchObject({ groups: ["system:authenticated", "system:authenticated:oauth"] });
});

test("a token of the service account that was renewed is read again", async () => {
  cluster.secret = "another-service-account-token";
  expect((await begin()).url.search).toBe("?problem=sign_in_provider");
  writeFileSync(secretFile(), `${cluster.secret}\n`);
  expect((await begin()).url.href).toBe(`${own.url}/`);
});

test.each([
  ["says no", () => (cluster.user = undefined), "sign_in_denied"],
  ["is at a cluster that does not know the address", () => (cluster.redirectUri = "https://other/"), undefined],
  ["is at a cluster that is away", () => cluster.close(), "sign_in_provider"],
])("whoever %s does not come in", async (_, change, problem) => {
  await change();
  const browser = new WalkingBrowser();
  const page = await begin(browser);
  expect(page.url.searchParams.get("problem") ?? undefined).toBe(problem);
  expect((await own.send("/api/v1/session", { headers: { cookie: browser.cookies(own.url) } })).status).toBe(401);
});

test("names and passwords are not taken where they are turned off", async () => {
  const body = { way: "local", name: "admin", password: "correct horse battery staple" };
  const answer = await own.send("/api/v1/session", { method: "POST", body });
  expect(answer).toMatchObject({ status: 403, body: { code: "sign_in_way" } });
});
