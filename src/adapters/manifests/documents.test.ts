import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Document, isCollection, stringify } from "yaml";
import { parseBlockYaml } from "./block-yaml.ts";
import { parseCompleteYaml } from "./complete-yaml.ts";
import { readDocuments } from "./documents.ts";
import { parseJson } from "./json-document.ts";
import { Lines, locateIn } from "./places.ts";

const trickyText = fc.constantFrom(
  "::/0",
  "2001:db8::/32",
  "0.0.0.0/0",
  "on",
  "y",
  "null",
  "~",
  "",
  "0443",
  "1_000",
  "-",
  "- a",
  "a: b",
  "a #b",
  "#",
  "'",
  '"',
  "|",
  ">",
  "a\nb",
  "a\nb\n",
  " lead",
  "trail ",
  "\ttab",
  "*",
  "&a",
  "!t",
  "{",
  "[a",
  "%",
  "@",
  "`",
  "?",
  "<<",
  "__proto__",
  "2024-01-01",
  "1:30",
  "é",
  "\u2028",
  "\u0001",
  "a\\b",
  "key:",
  ":",
  "1e3",
  ".5",
  "0x1F",
  "+1",
  "{{ .Values.x }}",
);
const text = fc.oneof(trickyText, fc.string({ maxLength: 8 }), fc.stringMatching(/^[a-z0-9./:-]{0,10}$/));
const key = fc.oneof(
  fc.constantFrom("type", "to", "app.kubernetes.io/name", "<<", "1", "on", "__proto__", "a b", ""),
  fc.string({ maxLength: 5 }),
);
const value = fc.letrec((tie) => ({
  node: fc.oneof(
    { depthSize: "small" },
    text,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.array(fc.tuple(key, tie("node")), { maxLength: 4 }).map((entries) => new Map(entries)),
  ),
})).node;

/** Places of every part of a value, by path. */
function placesOf(file: string, source: string, placed: Parameters<typeof locateIn>[2]): string[] {
  const locate = locateIn(file, new Lines(source), placed);
  const places: string[] = [];
  const visit = (part: unknown, path: readonly (string | number)[]): void => {
    const { line, column } = locate(path);
    if (part !== null) places.push(`${path.join("/")} ${line}:${column}`);
    if (Array.isArray(part)) for (const [i, item] of part.entries()) visit(item, [...path, i]);
    else if (typeof part === "object" && part !== null)
      for (const [name, item] of Object.entries(part)) visit(item, [...path, name]);
  };
  visit(placed.value, []);
  return places;
}

describe("the fast reader and the complete one", () => {
  const agree = (source: string): boolean => {
    const fast = parseBlockYaml(source);
    if (fast === undefined) return false;
    const complete = parseCompleteYaml(source);
    expect(complete, source).toMatchObject({ ok: true });
    if (!complete.ok) return false;
    expect(fast.value, source).toEqual(complete.value.value);
    expect(placesOf("f", source, fast), source).toEqual(placesOf("f", source, complete.value));
    return true;
  };

  test("agree on what the library writes", () => {
    const options = fc.record({
      indentSeq: fc.boolean(),
      indent: fc.constantFrom(2, 4),
      lineWidth: fc.constantFrom(0, 20, 80),
      singleQuote: fc.constantFrom(true, false, null),
      defaultKeyType: fc.constant("PLAIN" as const),
    });
    let fast = 0;
    fc.assert(
      fc.property(value, options, fc.boolean(), (node, how, flow) => {
        const document = new Document(node);
        const contents: unknown = document.contents;
        if (flow && isCollection(contents)) contents.flow = true;
        if (agree(document.toString(how))) fast += 1;
      }),
      { numRuns: 3000 },
    );
    expect(fast).toBeGreaterThan(100);
  });

  test("agree on text with characters changed, moved and removed", () => {
    const base = `kind: A
metadata:
  name: default # c
spec:
  egress:
  - type: Allow
    to: {cidrSelector: 10.0.0.0/8, a: [1, 'x', "y"]}
    ports:
      - protocol: TCP
        port: 443
  -
    to:
      dnsName: "a.b"
  - - x
    - y: |
        one
          two

        three
      z: ::/0
      m: some words
        that go on
      q: 'it''s: long
        and longer'
      d: "a\\tb
       c: d"
      i: |2-
          indented
`;
    const cut = fc.tuple(
      fc.nat(base.length),
      fc.nat(3),
      fc.constantFrom(
        "",
        " ",
        "  ",
        "\n",
        ":",
        ": ",
        "-",
        "- ",
        "#",
        " #",
        '"',
        "'",
        "{",
        "}",
        "[",
        "]",
        ",",
        "|",
        "|-",
        "a",
        "\n\n",
        "\n  ",
        "\r\n",
        "~",
        "\n    b: c\n",
      ),
    );
    let fast = 0;
    fc.assert(
      fc.property(fc.array(cut, { maxLength: 3 }), (cuts) => {
        let source = base;
        for (const [at, length, insert] of cuts) source = source.slice(0, at) + insert + source.slice(at + length);
        if (agree(source)) fast += 1;
      }),
      { numRuns: 6000 },
    );
    expect(fast).toBeGreaterThan(500);
  });

  test("the fast reader takes an ordinary policy", () => {
    const source = stringify({
      apiVersion: "k8s.ovn.org/v1",
      spec: { egress: [{ type: "Allow", to: { cidrSelector: "::/0" }, ports: [{ protocol: "TCP", port: 443 }] }] },
    });
    expect(agree(source)).toBe(true);
  });
});

describe("the JSON reader", () => {
  test("agrees with JSON.parse", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json({ stringUnit: "binary" }),
          fc
            .tuple(fc.json(), fc.nat(), fc.string({ maxLength: 1 }))
            .map(
              ([json, at, insert]) =>
                json.slice(0, at % (json.length + 1)) + insert + json.slice((at % (json.length + 1)) + 1),
            ),
        ),
        (source) => {
          const read = parseJson(source);
          let expected: unknown;
          try {
            expected = JSON.parse(source);
          } catch {
            expect(read.ok).toBe(false);
            return;
          }
          if (read.ok) expect(read.value.value).toEqual(expected);
          else expect(read.error.code).toBe("json_duplicate_key");
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("documents of a file", () => {
  const read = (source: string, file = "f.yaml"): { values: unknown[]; errors: string[] } => {
    const { documents, errors } = readDocuments(file, source);
    return {
      values: documents.map((document) => document.value),
      errors: errors.map(({ code, line, column }) => `${code} ${line}:${column}`),
    };
  };
  test.each<[string, string, unknown[], string[]]>([
    ["one", "a: 1\n", [{ a: 1 }], []],
    ["several, some empty", "---\na: 1\n---\n# nothing\n---\nb: 2\n...\n", [{ a: 1 }, { b: 2 }], []],
    ["a marker with a comment", "--- # first\na: 1\n", [{ a: 1 }], []],
    ["content on the marker's line", "a: 1\n--- {b: 2}\n---\nc: 3\n", [{ a: 1 }, { b: 2 }, { c: 3 }], []],
    ["a directive", "%YAML 1.2\n---\na: 1\n---\nb: 2\n", [{ a: 1 }, { b: 2 }], []],
    ["JSON", '{"a": [1, {"b": null}]}', [{ a: [1, { b: null }] }], []],
    ["flow YAML that is no JSON", "{a: 1}\n", [{ a: 1 }], []],
    ["CRLF", "a: 1\r\nb:\r\n  - c\r\n---\r\nd: e\r\n", [{ a: 1, b: ["c"] }, { d: "e" }], []],
    ["a byte order mark", "\ufeffa: 1\n", [{ a: 1 }], []],
    ["JSON behind a byte order mark", '\ufeff{"a": 1}', [{ a: 1 }], []],
    [
      "aliases and merges",
      "x: &x {a: 1}\ny: *x\nz:\n  <<: *x\n  b: 2\n",
      [{ x: { a: 1 }, y: { a: 1 }, z: { a: 1, b: 2 } }],
      [],
    ],
    [
      "YAML 1.1 words, as Kubernetes reads them",
      "a: on\nb: 0443\nc: 'on'\nd: 1:30\ne: !!str 1\n",
      [{ a: true, b: 291, c: "on", d: "1:30", e: "1" }],
      [],
    ],
    ["half a YAML", "a: 1\nb: [1, 2\n", [], ["manifest_syntax 3:1"]],
    ["half a YAML does not hide the rest", "a: [\n---\nb: 2\n", [{ b: 2 }], ["manifest_syntax 2:1"]],
    ["a duplicate key", "a: 1\nb: 2\na: 3\n", [], ["manifest_duplicate_key 3:1"]],
    ["a template", "a: 1\nnamespace: {{ .Values.ns }}\n", [], ["manifest_template 2:12"]],
    ["a template with control lines", "{{- if .Values.x }}\na: 1\n{{- end }}\n", [], ["manifest_template 1:1"]],
    [
      "an alias bomb",
      `${[
        "a: &a [x,x,x,x,x,x,x,x,x,x]",
        ..."bcdefghij".split("").map((name, i) => {
          const of = "abcdefghij"[i]!;
          return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${of}`).join(",")}]`;
        }),
      ].join("\n")}\n`,
      [],
      ["manifest_alias_bomb 6:8"],
    ],
    ["an alias of itself", "a: &a [*a]\n", [], ["manifest_too_deep 1:8"]],
    ["nested too deeply", `a: ${"[".repeat(150)}${"]".repeat(150)}\n`, [], ["manifest_too_deep 1:104"]],
  ])("%s", (_, source, values, errors) => expect(read(source)).toEqual({ values, errors }));

  test("YAML that exhausts the parser is an error like any other", () => {
    const { errors } = read(`a: ${"[".repeat(100_000)}\n`);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^manifest_too_deep /);
  });

  test("JSON errors have their place", () => {
    expect(read('{\n  "a": 1,\n  "a": 2\n}', "f.json").errors).toEqual(["manifest_duplicate_key 3:3"]);
    expect(read('{\n  "a": 1,\n', "f.json").errors).toEqual(["manifest_syntax 3:1"]);
  });

  test("every part of every document has its place", () => {
    const { documents, lines } = readDocuments(
      "f.yaml",
      "a: 1\n---\nspec:\n  egress:\n    - type: Allow\n      to:\n        cidrSelector: 10.0.0.0/8\n",
    );
    const locate = locateIn("f.yaml", lines, documents[1]!);
    expect(locate(["spec", "egress", 0])).toEqual({ file: "f.yaml", line: 5, column: 7, path: "spec.egress[0]" });
    expect(locate(["spec", "egress", 0, "to", "cidrSelector"])).toMatchObject({ line: 7, column: 23 });
    expect(locate(["spec", "egress", 0, "ports", 3])).toMatchObject({
      line: 5,
      column: 7,
      path: "spec.egress[0].ports[3]",
    });
  });
});
