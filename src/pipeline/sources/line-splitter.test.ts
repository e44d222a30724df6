import fc from "fast-check";
import { expect, test } from "vitest";
import { LineSplitter } from "./line-splitter.ts";
import { utf8Bytes, utf8Text } from "./text-bytes.ts";

function split(pieces: readonly string[], longest = 8): string[] {
  const found: string[] = [];
  const textOf = (line: Uint8Array): string => utf8Text(line, 0, line.length);
  const splitter = new LineSplitter(
    longest,
    (line) => void found.push(textOf(line)),
    (line) => void found.push(`${textOf(line)}…`),
  );
  for (const piece of pieces) splitter.push(utf8Bytes(piece));
  splitter.flush();
  return found;
}

test.each([
  ["lines", ["a\nb\n"], ["a", "b"]],
  ["a line in pieces", ["a", "b", "c\nd"], ["abc", "d"]],
  ["other ends", ["a\r\nb\0c\n\n\r\n"], ["a", "b", "c"]],
  ["a carriage return apart from its line feed", ["a\r", "\nb"], ["a", "b"]],
  ["a line as long as may be", ["12345678\n"], ["12345678"]],
  ["a line that is too long", ["123456789\nb\n"], ["12345678…", "b"]],
  ["a line that is too long, in pieces", ["12345", "6789", "0", "1\nb\n"], ["12345678…", "b"]],
])("%s are told", (_, pieces, lines) => {
  expect(split(pieces)).toEqual(lines);
});

test("however a stream is cut into pieces, the lines are the same", () => {
  const stream = fc.string({ unit: fc.constantFrom("a", "b", "\n", "\r", "\0"), maxLength: 60 });
  fc.assert(
    fc.property(stream, fc.array(fc.nat(60)), (text, cuts) => {
      const places = [0, ...cuts.map((cut) => cut % (text.length + 1)), text.length].toSorted((a, b) => a - b);
      const pieces = places.slice(1).map((place, i) => text.slice(places[i], place));
      expect(split(pieces)).toEqual(split([text]));
    }),
  );
});

test("what is held is what came after the last end", () => {
  const splitter = new LineSplitter(
    100,
    () => undefined,
    () => undefined,
  );
  splitter.push(utf8Bytes("one\ntwo"));
  expect(splitter.heldBytes).toBe(3);
  splitter.push(utf8Bytes("\n"));
  expect(splitter.heldBytes).toBe(0);
});
