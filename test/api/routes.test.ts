import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiForTest, type Browser, people, type PersonName } from "./api-for-test.ts";

let own: ApiForTest;
const browsers = {} as Record<PersonName, Browser>;
beforeAll(async () => {
  own = await ApiForTest.open();
  for (const name of Object.keys(people) as PersonName[]) browsers[name] = await own.signIn(name);
});
afterAll(() => own.close());

describe("people are told", () => {
  test("lists of what each may see", async () => {
    const ids = async (name: PersonName): Promise<readonly string[]> => {
      const { body } = await browsers[name].send("/api/v1/proposals");
      return (body.items as readonly { readonly id: string }[]).map(({ id }) => id);
    };
    expect([await ids("viewer"), await ids("outsider"), await ids("admin")]).toEqual([
      ["p-shop"],
      ["p-bank"],
      ["p-shop", "p-bank"],
    ]);
  });

  test.each([
    ["viewer", { mayAdminister: false, mayApprove: false, namespaces: 1 }],
    ["approver", { mayAdminister: false, mayApprove: true, namespaces: 1 }],
    ["keeper", { mayAdminister: false, mayApprove: true, namespaces: 1 }],
    ["admin", { mayAdminister: true, mayApprove: true, namespaces: null }],
  ] as const)("what %s may", async (name, expected) => {
    const { body } = await browsers[name].send("/api/v1/session");
    expect(body).toMatchObject({ person: { subject: `local:${name}`, name }, isSample: false, ...expected });
  });
});

describe("a version", () => {
  test.each([
    ["is needed", {}, 428, "api_if_match_missing"],
    ["is a number in quotes", { "if-match": "3" }, 428, "api_if_match_missing"],
    ["is not everything", { "if-match": "*" }, 428, "api_if_match_missing"],
    ["that is old is refused", { "if-match": '"2"' }, 412, "proposal_stale"],
    ["may be a weak one, as proxies make it", { "if-match": 'W/"3"' }, 200, undefined],
  ])("%s", async (_, headers, status, code) => {
    const answer = await browsers.editor.send("/api/v1/proposals/p-shop", { method: "PATCH", body: {}, headers });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("comes with what was read", async () => {
    const headers = { "accept-encoding": "identity" };
    const answer = await browsers.viewer.send("/api/v1/proposals/p-shop", { headers });
    expect(answer.headers.get("etag")).toBe('"3"');
  });
});

describe("a request that cannot be understood says where", () => {
  test.each([
    ["proposals?limit=0", "GET", undefined, "limit"],
    ["proposals?limit=501", "GET", undefined, "limit"],
    ["proposals?state=done", "GET", undefined, "state.0"],
    ["traffic?by=colour", "GET", undefined, "by.0"],
    ["traffic?port=70000", "GET", undefined, "port.0"],
    ["audit/minus/proof", "GET", undefined, "sequence"],
    ["proposals", "POST", { from: "traffic", cluster: "east" }, "namespace"],
    ["proposals", "POST", { from: "nowhere" }, "from"],
    ["settings/laws/check", "POST", {}, "text"],
  ])("%s", async (path, method, body, where) => {
    const answer = await browsers.admin.send(`/api/v1/${path}`, { method, body });
    expect(answer).toMatchObject({ status: 400, body: { code: "api_request" } });
    expect(answer.body.findings).toEqual(
      expect.arrayContaining([expect.objectContaining({ path: where, severity: "error" })]),
    );
    expect(answer.body.detail).toContain(`\`${where}\``);
  });

  test.each([
    ["that is no JSON", '{"from":', "application/json", 400, "api_request"],
    ["with a prototype", '{"__proto__": {"a": 1}}', "application/json", 400, "api_request"],
    ["as a form", "from=traffic", "application/x-www-form-urlencoded", 415, "body_type"],
    ["as plain text", '{"from":"finding","finding":"x"}', "text/plain", 415, "body_type"],
  ])("a body %s", async (_, body, type, status, code) => {
    const headers = { "content-type": type };
    const answer = await browsers.admin.send("/api/v1/proposals", { method: "POST", body, headers });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });

  test("a body that is too large", async () => {
    const body = { from: "finding", finding: "x".repeat(5 << 20) };
    const answer = await browsers.admin.send("/api/v1/proposals", { method: "POST", body });
    expect(answer).toMatchObject({ status: 413, body: { code: "body_too_large" } });
  });
});

test("the log is exported as lines", async () => {
  const answer = await browsers.admin.send("/api/v1/audit/export");
  expect(answer.headers.get("content-type")).toBe("application/x-ndjson");
  expect(answer.text).toBe('{}\n{"a":1}\n');
});

test("what the server had before is as it was", async () => {
  expect((await own.send("/healthz")).body).toEqual({ status: "ok" });
  expect(await own.send("/v1/sources")).toMatchObject({ status: 401, body: { code: "token_missing" } });
});
