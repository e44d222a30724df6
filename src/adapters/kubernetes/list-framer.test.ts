import * as fc from "fast-check";
import { expect, test } from "vitest";
import { LineFramer, ListFramer } from "./list-framer.ts";

function inPieces(bytes: Buffer, cuts: readonly number[], push: (piece: Buffer) => void): void {
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    // A piece of its own that is overwritten afterwards, as a socket may use its memory again.
    const piece = Buffer.from(bytes.subarray(from, end));
    push(piece);
    piece.fill(0x20);
    from = end;
  }
}

function framed(text: string, cuts: readonly number[]): { items: unknown[]; envelope: unknown } {
  const items: unknown[] = [];
  const framer = new ListFramer((item) => items.push(JSON.parse(item.toString("utf8"))));
  inPieces(Buffer.from(text), cuts, (piece) => framer.push(piece));
  return { items, envelope: framer.finish() };
}

// As it comes back from its text: JSON has no -0.
const json = fc
  .jsonValue({ maxDepth: 4, stringUnit: "binary" })
  .map((value): unknown => JSON.parse(JSON.stringify(value)));
const key = fc.oneof(fc.constantFrom("items", "metadata", "kind", "a"), fc.string({ maxLength: 10 }));
const object = fc.dictionary(key, json, { maxKeys: 4 });
const cuts = fc.array(fc.nat(), { maxLength: 30 });

test("a list is its items and the rest, wherever it is cut and however it is indented", () => {
  fc.assert(
    fc.property(
      fc.array(object, { maxLength: 5 }),
      fc.dictionary(key, json, { maxKeys: 3 }),
      fc.boolean(),
      fc.nat(3),
      cuts,
      (items, rest, isFirst, indent, at) => {
        const { items: _, ...envelope } = rest;
        const list = isFirst ? { items, ...envelope } : { ...envelope, items };
        expect(framed(JSON.stringify(list, null, indent), at)).toEqual({ items, envelope: { ...envelope, items: [] } });
      },
    ),
    {
      examples: [
        [[{}, {}], { metadata: { items: [] } }, false, 1, []],
        [[{ items: [{ items: [1] }] }], { "\u2028": '日本 " \\ ] }' }, true, 0, [1, 2, 3, 4, 5, 6, 7, 8]],
      ],
    },
  );
});

test("a null instead of items, as Go writes an empty list", () => {
  expect(framed('{"kind":"PodList","items":null}', [])).toEqual({
    items: [],
    envelope: { kind: "PodList", items: null },
  });
});

test("lines are cut where they end", () => {
  fc.assert(
    fc.property(
      fc.array(
        object.map((one) => JSON.stringify(one)),
        { maxLength: 8 },
      ),
      cuts,
      (lines, at) => {
        const found: string[] = [];
        const framer = new LineFramer((line) => found.push(line.toString("utf8")));
        inPieces(Buffer.from(lines.map((line) => `${line}\n`).join("")), at, (piece) => framer.push(piece));
        expect(found).toEqual(lines);
      },
    ),
  );
});

test("whatever arrives, the framers end, and hold no more than one object", () => {
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    fc
      .array(fc.constantFrom('{"items":[', "{", "}", "[", "]", '"', "\\", ",", "items", ":"), { maxLength: 60 })
      .map((parts) => Buffer.from(parts.join(""))),
  );
  fc.assert(
    fc.property(junk, cuts, (bytes, at) => {
      let taken = 0;
      const framer = new ListFramer((item) => {
        taken += item.length;
      });
      inPieces(bytes, at, (piece) => framer.push(piece));
      expect(taken).toBeLessThanOrEqual(bytes.length);
    }),
    { numRuns: 500 },
  );
});

test("an object that is too large is refused before it fills the memory", () => {
  const endless = (start: string, push: (piece: Buffer) => void): void => {
    push(Buffer.from(start));
    for (let i = 0; i < 20; i += 1) push(Buffer.alloc(1 << 20, 0x61));
  };
  const list = new ListFramer(() => undefined);
  expect(() => endless('{"items":[{"a":"', (piece) => list.push(piece))).toThrow("larger than 8 MiB");
  const envelope = new ListFramer(() => undefined);
  expect(() => endless('{"a":"', (piece) => envelope.push(piece))).toThrow("larger than any list");
  const lines = new LineFramer(() => undefined);
  expect(() => endless("", (piece) => lines.push(piece))).toThrow("larger than 8 MiB");
});
