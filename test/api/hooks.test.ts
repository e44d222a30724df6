import { afterEach, describe, expect, test } from "vitest";
import { ApiForTest } from "./api-for-test.ts";

let own: ApiForTest;
afterEach(() => own.close());

describe("a code host's webhook", () => {
  const received: { readonly repository: string; readonly text: string; readonly signature: string | undefined }[] = [];
  const open = async (): Promise<void> => {
    received.length = 0;
    own = await ApiForTest.open({
      gitHook: (repository, headers, body) => {
        received.push({
          repository,
          text: Buffer.from(body).toString("utf8"),
          signature: headers["x-hub-signature-256"],
        });
        if (repository !== "policies") {
          return Promise.resolve({
            ok: false,
            error: { code: "gitops_repository", message: "there is no such repository", status: 404 },
          });
        }
        return Promise.resolve({ ok: true, value: "noted" });
      },
    });
  };

  test("comes byte by byte, whatever its type, without session and cookie", async () => {
    await open();
    const body = '{"a":  1}\n\u00E9';
    for (const type of ["application/json", "application/x-www-form-urlencoded", "text/plain"]) {
      const headers = { "content-type": type, "x-hub-signature-256": "sha256=00" };
      expect(await own.send("/hooks/git/policies", { method: "POST", body, headers })).toMatchObject({
        status: 202,
        body: { result: "noted" },
      });
    }
    const expected = { repository: "policies", text: body, signature: "sha256=00" };
    expect(received).toEqual([expected, expected, expected]);
  });

  test("is refused as the one who looks at it says", async () => {
    await open();
    const answer = await own.send("/hooks/git/other", { method: "POST", body: "{}" });
    expect(answer).toMatchObject({ status: 404, body: { code: "gitops_repository" } });
  });

  test("that is too large is not read", async () => {
    await open();
    const answer = await own.send("/hooks/git/policies", { method: "POST", body: "x".repeat(6 << 20) });
    expect([answer.status, received.length]).toEqual([413, 0]);
  });
});

describe("addresses behind a proxy", () => {
  const open = async (trustedProxies?: readonly string[]): Promise<void> => {
    own = await ApiForTest.open({
      signIn: { local: true, redirects: [], tokens: undefined, trustedProxies },
      limits: { perAddress: 2 },
    });
  };
  const ask = async (client: string): Promise<number> =>
    (await own.send("/api/v1/sign-in", { headers: { "x-forwarded-for": client } })).status;

  test("are those of people where the proxy is trusted", async () => {
    await open(["127.0.0.0/8"]);
    expect([await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.1"), await ask("192.0.2.2")]).toEqual([
      200, 200, 429, 200,
    ]);
  });

  test.each([[undefined], [["192.0.2.9"]]])("are the proxy's where %j is trusted", async (trusted) => {
    await open(trusted);
    expect([await ask("192.0.2.1"), await ask("192.0.2.2"), await ask("192.0.2.3")]).toEqual([200, 200, 429]);
  });
});
