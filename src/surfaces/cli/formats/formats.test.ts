import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fileUri } from "./file-uri.ts";
import { formatJson } from "./json.ts";
import { formatSarif } from "./sarif.ts";
import { formatXml } from "./xml.ts";

describe("JSON", () => {
  test("says the same, without characters a terminal acts on", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        const text = formatJson({ value });
        expect(JSON.parse(text)).toEqual({ value });
        expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});

describe("XML", () => {
  test.each([
    ["markup", `<a> & "b" 'c'`, "&lt;a&gt; &amp; &quot;b&quot; &apos;c&apos;"],
    ["characters XML cannot hold", "a\u0000b\u001b[2J", "a\\u0000b\\u001b[2J"],
    ["the end of a CDATA section", "]]>", "]]&gt;"],
    ["noncharacters and lone surrogates", "\ufffe \ud800", "\ufffd \\ud800"],
  ])("escapes %s in attributes and text", (_title, value, written) => {
    expect(formatXml({ name: "x", attributes: { a: value }, text: value })).toBe(
      `<?xml version="1.0" encoding="UTF-8"?>\n<x a="${written}">${written}</x>\n`,
    );
  });

  test("keeps line breaks of text", () => {
    expect(formatXml({ name: "x", attributes: {}, text: "a\nb" })).toContain("<x>a\nb</x>");
  });
});

test.each([
  ["relative", "policies/shop.yaml", "policies/shop.yaml"],
  ["with a detour", "policies/../policies/./shop.yaml", "policies/shop.yaml"],
  ["absolute, inside", "/home/policies/shop.yaml", "policies/shop.yaml"],
  ["absolute, outside", "/etc/shop.yaml", "file:///etc/shop.yaml"],
  ["above", "../shop.yaml", "file:///shop.yaml"],
  ["odd characters", "a b/100%#?.yaml", "a%20b/100%25%23%3F.yaml"],
])("a path as URI: %s", (_title, path, uri) => {
  expect(fileUri(path, "/home")).toBe(uri);
});

test.each([
  ["a statement", "it is open", "It is open."],
  ["a question", "did you mean `10.0.0.0/8`?", "Did you mean `10.0.0.0/8`?"],
])("SARIF shows %s as a sentence", (_title, message, shown) => {
  const entry = { code: "x", severity: "note", message, details: [], at: undefined, related: [] } as const;
  const log = JSON.parse(formatSarif({ version: "1.0.0", rules: [], entries: [entry], workingDirectory: "/" })) as {
    runs: readonly [{ results: readonly [{ message: { text: string } }] }];
  };
  expect(log.runs[0].results[0].message.text).toBe(shown);
});
