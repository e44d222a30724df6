import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DocumentFramer, frameDocument } from "./document-framer.ts";
import { utf8Bytes, utf8Text } from "./text-bytes.ts";

const loki = (streams: readonly { stream: object; lines: readonly object[] }[], pretty?: number): string =>
  JSON.stringify(
    {
      status: "success",
      data: {
        resultType: "streams",
        result: streams.map(({ stream, lines }) => ({
          stream,
          values: lines.map((line) => ["1", JSON.stringify(line)]),
        })),
        stats: { summary: { execTime: 0.5, nested: ["]", "}"] } },
      },
    },
    undefined,
    pretty,
  );

describe("a document framer", () => {
  test.each([
    ["a list of objects", '[{"a":1},{"b":[1,{"c":"]"}]}]', ['{"a":1}', '{"b":[1,{"c":"]"}]}']],
    ["an empty list", "[]", []],
    [
      "a pretty-printed list",
      '[\n  {\n    "a": 1\n  },\n  {\n    "b": "x\\n"\n  }\n]\n',
      ['{     "a": 1   }', '{     "b": "x\\n"   }'],
    ],
    ["objects one after the other", '{"a":\n1}\n{"b":{"data":2}}', ['{"a": 1}', '{"b":{"data":2}}']],
    ["an object with a nested list first", '{"flow":{"x":[1]},"data":"no"}', ['{"flow":{"x":[1]},"data":"no"}']],
    ["other things in a list", '[1,"a",null,[2],{"a":1}]', ['{"a":1}']],
    ["an answer without streams", '{"status":"success","data":{"resultType":"streams","result":[]}}', []],
  ])("reads %s", (_, text, lines) => {
    expect(frameDocument(text)).toEqual({ lines, error: undefined, isCut: false });
  });

  test.each([[undefined], [2]])("puts stream labels back into the lines of a Loki answer, indent %s", (pretty) => {
    const text = loki(
      [
        {
          stream: { SrcK8S_Namespace: "shop", FlowDirection: "1" },
          lines: [{ DstAddr: "198.51.100.7", Udns: ['a"\\b'] }, {}],
        },
        { stream: {}, lines: [{ DstAddr: "198.51.100.8" }] },
      ],
      pretty,
    );
    const { lines, error, isCut } = frameDocument(text);
    expect([error, isCut]).toEqual([undefined, false]);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      { SrcK8S_Namespace: "shop", FlowDirection: "1", DstAddr: "198.51.100.7", Udns: ['a"\\b'] },
      { SrcK8S_Namespace: "shop", FlowDirection: "1" },
      { DstAddr: "198.51.100.8" },
    ]);
  });

  test.each([
    ["a list that ends early", '[{"a":1},{"b"'],
    ["an answer that ends early", loki([{ stream: { a: "b" }, lines: [{ c: 1 }] }]).slice(0, -30)],
  ])("notices %s", (_, text) => {
    expect(frameDocument(text)).toMatchObject({ error: undefined, isCut: true, lines: [expect.any(String)] });
  });

  test.each([
    ["not_json", "hello"],
    ["not_json", '"a"'],
    ["not_json", "]"],
  ])("refuses %s: %s", (code, text) => {
    expect(frameDocument(text).error).toBe(code);
  });

  const object = fc.dictionary(
    fc.string({ maxLength: 5 }),
    fc.oneof(fc.string(), fc.integer(), fc.array(fc.string({ maxLength: 3 }))),
    { maxKeys: 4 },
  );

  test("gives the same lines however the bytes arrive, and never throws on broken ones", () => {
    fc.assert(
      fc.property(
        fc.array(object),
        fc.boolean(),
        fc.integer({ min: 1, max: 9 }),
        fc.option(fc.nat()),
        (objects, isLoki, step, cut) => {
          const whole = isLoki ? loki([{ stream: { x: "y" }, lines: objects }]) : JSON.stringify(objects, undefined, 1);
          const bytes = utf8Bytes((cut === null ? whole : whole.slice(0, cut % whole.length)).toWellFormed());
          const collect = (size: number): string[] => {
            const lines: string[] = [];
            const framer = new DocumentFramer((line) => lines.push(utf8Text(line, 0, line.length - 1)));
            for (let at = 0; at < bytes.length; at += size) framer.push(bytes.subarray(at, at + size));
            framer.finish();
            return lines;
          };
          const lines = collect(bytes.length + 1);
          expect(collect(step)).toEqual(lines);
          if (cut === null) expect(lines.length).toBe(objects.length);
        },
      ),
    );
  });
});
