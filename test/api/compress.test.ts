import { request } from "node:http";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiForTest, type Browser } from "./api-for-test.ts";

interface Raw {
  readonly encoding: string | undefined;
  readonly vary: string | undefined;
  readonly etag: string | undefined;
  readonly bytes: Buffer;
}

let own: ApiForTest;
let admin: Browser;
beforeAll(async () => {
  own = await ApiForTest.open();
  admin = await own.signIn("admin");
});
afterAll(() => own.close());

/** As it comes over the wire: `fetch` would unpack it. */
function raw(path: string, accept: string | undefined): Promise<Raw> {
  const { promise, resolve, reject } = Promise.withResolvers<Raw>();
  const headers = { cookie: admin.cookie, ...(accept === undefined ? {} : { "accept-encoding": accept }) };
  const asked = request(`${own.url}/api/v1/${path}`, { headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.once("end", () => {
      const { "content-encoding": encoding, vary, etag } = response.headers;
      resolve({ encoding, vary, etag, bytes: Buffer.concat(chunks) });
    });
  });
  asked.once("error", reject);
  asked.end();
  return promise;
}

describe("what is read is compressed", () => {
  test.each([
    ["gzip, deflate, br, zstd", "br"],
    ["gzip", "gzip"],
    ["GZIP;q=0.5", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["gzip;q=0.000", undefined],
    ["identity", undefined],
    ["", undefined],
    [undefined, undefined],
  ])("for who accepts %s with %s", async (accept, expected) => {
    const plain = await raw("proposals/p-shop", undefined);
    const { encoding, vary, etag, bytes } = await raw("proposals/p-shop", accept);
    expect([encoding, vary]).toEqual([expected, "accept-encoding"]);
    const text = encoding === "br" ? brotliDecompressSync(bytes) : encoding === "gzip" ? gunzipSync(bytes) : bytes;
    expect(text.toString("utf8")).toBe(plain.bytes.toString("utf8"));
    expect(etag).toBe(expected === undefined ? '"3"' : 'W/"3"');
    if (expected !== undefined) expect(bytes.length).toBeLessThan(plain.bytes.length);
  });

  test.each(["session", "sign-in", "proposals/none"])("and %s is not: it holds a secret, or is short", async (path) => {
    expect((await raw(path, "gzip, br")).encoding).toBeUndefined();
  });
});

test("a session is not compressed, however long its owner's name is", async () => {
  const user = (await own.state.decisions.users.bySubject("local:viewer"))!;
  await own.state.decisions.users.put({ ...user, name: "Ada ".repeat(500) });
  admin = await own.signIn("viewer");
  const { encoding, bytes } = await raw("session", "gzip, br");
  expect(encoding).toBeUndefined();
  expect(bytes.length).toBeGreaterThan(1024);
});
