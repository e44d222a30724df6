import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { json, JsonScanner } from "./json-projection.ts";
import { unescapeJson } from "./json-unescape.ts";
import { recordForTest } from "./record-bytes.test-support.ts";
import { utf8Text } from "./text-bytes.ts";

const projection = {
  a: 0,
  Bytes: 1,
  SrcK8S_Namespace: 2,
  "a-key-of-more-than-thirty-two-bytes": 3,
  in: { a: 4, deep: { é: 5 } },
  é: 6,
};
const paths = [
  ["a"],
  ["Bytes"],
  ["SrcK8S_Namespace"],
  ["a-key-of-more-than-thirty-two-bytes"],
  ["in", "a"],
  ["in", "deep", "é"],
  ["é"],
];

/** What the slots hold, as values; objects and arrays as their raw text parsed. */
function valuesOf(scanner: JsonScanner, bytes: Uint8Array): unknown[] {
  return paths.map((_, slot) => {
    const [from, to] = [scanner.from[slot]!, scanner.to[slot]!];
    switch (scanner.kind[slot]) {
      case json.absent:
        return undefined;
      case json.string:
        return utf8Text(bytes, from, to);
      case json.escaped: {
        const copy = bytes.slice(from, to);
        return utf8Text(copy, 0, unescapeJson(copy, 0, copy.length));
      }
      case json.object:
      case json.array:
        return { raw: utf8Text(bytes, from, to) };
      default:
        return JSON.parse(utf8Text(bytes, from, to)) as unknown;
    }
  });
}

/**
 * What the wanted paths lead to in the tree that was written. Not asked of `JSON.parse`: in Node 24 it sometimes reads
 * the escaped key of one object as another object's key (`{"b":1,"\\\\":0}`, then `{"b":1,"\\u0078":0}`).
 */
function expected(tree: Duplicates, raw: ReadonlyMap<unknown, string>): unknown[] {
  return paths.map((path) => {
    let at: unknown = tree;
    for (const key of path) {
      if (!(at instanceof Duplicates)) return undefined;
      at = at.entries.findLast(([name]) => name === key)?.[1];
    }
    return raw.has(at) ? { raw: raw.get(at) } : at;
  });
}

const key = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(...Object.keys(projection), "in", "deep", "Byte", "Bytess", "SrcK8S_Namespacf"),
  },
  { weight: 2, arbitrary: fc.string({ unit: "binary", maxLength: 40 }) },
  { weight: 1, arbitrary: fc.constantFrom("", "x", "ab", 'q"', "\\", "\u0001", "__proto__") },
);
const text = fc.string({ unit: "grapheme", maxLength: 24 });
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.oneof(text, fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }), fc.boolean(), fc.constant(null)),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  object: fc.array(fc.tuple(key, tie("value")), { maxLength: 8 }).map((entries) => new Duplicates(entries)),
}));
/** An object that may repeat keys, which JavaScript objects cannot. */
class Duplicates {
  readonly entries: readonly (readonly [string, unknown])[];
  constructor(entries: readonly (readonly [string, unknown])[]) {
    this.entries = entries;
  }
}
const object = fc.array(fc.tuple(key, value), { maxLength: 10 }).map((entries) => new Duplicates(entries));

/** JSON text with blanks and escapes chosen by `pick`. */
function write(node: unknown, pick: () => number, raw: Map<unknown, string>): string {
  const noted = (text: string): string => {
    raw.set(node, text);
    return text;
  };
  const blank = (): string => ["", "", "", " ", "\t", " \r "][pick() % 6]!;
  const string = (raw: string): string => {
    const characters = Array.from({ length: raw.length }, (_, i) => raw[i]!);
    const inside = characters.map((c) => {
      const unit = `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
      return pick() % 8 === 0 ? unit : JSON.stringify(c).slice(1, -1);
    });
    return `"${inside.join("")}"`;
  };
  if (typeof node === "string") return string(node);
  if (Array.isArray(node))
    return noted(`[${blank()}${node.map((item) => write(item, pick, raw) + blank()).join(",")}]`);
  if (node instanceof Duplicates) {
    const members = node.entries.map(
      ([k, v]) => `${blank()}${string(k)}${blank()}:${blank()}${write(v, pick, raw)}${blank()}`,
    );
    return noted(`{${members.length === 0 ? blank() : members.join(",")}}`);
  }
  return JSON.stringify(node);
}

/** A lone surrogate has no UTF-8. */
function wellFormed(value: unknown): unknown {
  if (Object.is(value, -0)) return 0;
  return typeof value === "string" ? value.toWellFormed() : value;
}

const written = fc.tuple(object, fc.array(fc.nat(), { minLength: 1, maxLength: 30 })).map(([tree, picks]) => {
  let i = 0;
  const raw = new Map<unknown, string>();
  return { line: write(tree, () => picks[i++ % picks.length]!, raw), tree, raw };
});

describe("a projection scanner", () => {
  test("reads what JSON.parse reads, whatever the order, blanks, escapes and duplicates", () => {
    const scanner = new JsonScanner(projection, paths.length); // one scanner: what it learns must never mislead it
    fc.assert(
      fc.property(written, ({ line, tree, raw }) => {
        const { bytes, view } = recordForTest(line);
        expect(scanner.scan(bytes, view, 0)).toBe(Buffer.byteLength(line));
        expect(valuesOf(scanner, bytes)).toStrictEqual(expected(tree, raw).map(wellFormed));
      }),
      { numRuns: 2000 },
    );
  });

  test("never throws on a broken line, never leaves it, and accepts it when JSON.parse does", () => {
    const scanner = new JsonScanner(projection, paths.length);
    const mutation = fc.record({
      at: fc.nat(),
      drop: fc.nat({ max: 5 }),
      insert: fc.string({ unit: "binary", maxLength: 3 }),
    });
    fc.assert(
      fc.property(written, fc.array(mutation, { minLength: 1, maxLength: 3 }), ({ line }, mutations) => {
        let broken = line;
        for (const { at, drop, insert } of mutations) {
          const i = at % (broken.length + 1);
          broken = broken.slice(0, i) + insert + broken.slice(i + drop);
        }
        broken = broken.replaceAll("\n", "").toWellFormed();
        const { bytes, view } = recordForTest(broken);
        const end = scanner.scan(bytes, view, 0);
        expect(end).toBeLessThanOrEqual(Buffer.byteLength(broken));
        let parsed: unknown;
        try {
          parsed = JSON.parse(broken);
        } catch {
          return;
        }
        const isObject = typeof parsed === "object" && parsed !== null && !Array.isArray(parsed);
        if (isObject && broken.startsWith("{")) expect(end).toBeGreaterThan(0);
      }),
      { numRuns: 2000 },
    );
  });

  test.each([
    ["a truncated object", '{"a":1', "bad_separator", 6],
    ["a truncated string", '{"a":"x', "bad_string", 7],
    ["an escape at the end", '{"a":"x\\', "bad_string", 7],
    ["a missing colon", '{"a" 1}', "bad_separator", 5],
    ["a comma before the end", '{"a":1,}', "bad_key", 7],
    ["a bare word", '{"a":nul}', "bad_value", 5],
    ["brackets that do not pair", '{"x":[1,{]}}', "bad_value", 9],
    ["an array", "[1]", "not_an_object", 0],
    ["nothing", "", "not_an_object", 0],
  ])("%s: %s → %s at %i", (_, line, error, at) => {
    const scanner = new JsonScanner(projection, paths.length);
    const { bytes, view } = recordForTest(line);
    expect(scanner.scan(bytes, view, 0)).toBe(-1);
    expect([scanner.error, scanner.errorAt]).toEqual([error, at]);
  });

  test("depth is limited where values are wanted and where they are skipped", () => {
    const scanner = new JsonScanner(projection, paths.length);
    const nested = (levels: number): number => {
      const { bytes, view } = recordForTest(`{"x":${"[".repeat(levels)}${"]".repeat(levels)}}`);
      return scanner.scan(bytes, view, 0);
    };
    expect(nested(63)).toBeGreaterThan(0);
    expect(nested(64)).toBe(-1);
    expect(scanner.error).toBe("too_deep");
  });

  test("more keys than can be learnt are still read right", () => {
    const scanner = new JsonScanner(projection, paths.length);
    for (let i = 0; i < 4000; i += 7) {
      const keys = Array.from({ length: 7 }, (_, j) => `"key-${i + j}":${j}`);
      const { bytes, view } = recordForTest(`{${keys.join(",")},"Bytes":${i}}`);
      expect(scanner.scan(bytes, view, 0)).toBeGreaterThan(0);
      expect(valuesOf(scanner, bytes)[1]).toBe(i);
    }
  });
});
