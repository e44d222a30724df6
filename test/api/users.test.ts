import { afterEach, beforeEach, expect, test } from "vitest";
import { type Answered, ApiForTest, type Browser, password } from "./api-for-test.ts";

let own: ApiForTest;
let admin: Browser;
beforeEach(async () => {
  own = await ApiForTest.open();
  admin = await own.signIn("admin");
});
afterEach(() => own.close());

const long = "a password of my own";
const signIn = (body: unknown): Promise<Answered> => own.send("/api/v1/session", { method: "POST", body });
const change = (name: string, body: unknown): Promise<Answered> =>
  admin.send(`/api/v1/users/${name}`, { method: "PATCH", body });

test("somebody new chooses a password by a link, and may what they were given", async () => {
  const grants = [{ verb: "approve", where: "east/shop" }];
  const added = await admin.send("/api/v1/users", { method: "POST", body: { name: "grace", grants } });
  expect(added).toMatchObject({
    status: 201,
    body: { user: { person: { subject: "local:grace" }, hasPassword: false, isAdministrator: false, grants } },
  });
  const entered = await signIn({ way: "link", secret: added.body.link, password: long });
  expect(entered).toMatchObject({ status: 201, body: { mayApprove: true, mayAdminister: false, namespaces: 1 } });
  expect((await signIn({ way: "local", name: "grace", password: long })).status).toBe(201);
  const { records } = await own.state.decisions.audit.list({ kinds: ["access.user-added"], limit: 5 });
  expect(records[0]).toMatchObject({
    subject: "person/local:grace",
    actor: { subject: "local:admin" },
    payload: { grants: ["approve east/shop"] },
  });
});

test("somebody who is disabled is out at once, and back when they are not any more", async () => {
  const viewer = await own.signIn("viewer");
  expect((await change("viewer", { isDisabled: true })).body.isDisabled).toBe(true);
  expect((await viewer.send("/api/v1/session")).status).toBe(401);
  expect((await signIn({ way: "local", name: "viewer", password })).status).toBe(401);
  await change("viewer", { isDisabled: false });
  expect((await signIn({ way: "local", name: "viewer", password })).status).toBe(201);
});

test("the last one who administers stays", async () => {
  for (const body of [{ isAdministrator: false }, { isDisabled: true }]) {
    expect(await change("admin", body)).toMatchObject({ status: 409, body: { code: "access_last_administrator" } });
  }
  await change("editor", { isAdministrator: true });
  expect((await change("admin", { isAdministrator: false })).status).toBe(200);
  expect((await change("editor", { isAdministrator: false })).status).toBe(403);
});

test.each([
  ["a name with blanks", { name: "Ada Lovelace" }],
  ["a place that is none", { name: "ada", grants: [{ verb: "view", where: "shop" }] }],
  ["a verb that is none", { name: "ada", grants: [{ verb: "delete", where: "*" }] }],
])("%s is not taken", async (_, body) => {
  expect(await admin.send("/api/v1/users", { method: "POST", body })).toMatchObject({
    status: 400,
    body: { code: "api_request" },
  });
});
