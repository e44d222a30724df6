import fc from "fast-check";
import { expect, test } from "vitest";
import { utf8Bytes, utf8Text } from "../text-bytes.ts";
import { SyslogFrames } from "./frames.ts";
import { syslogPayload } from "./payload.ts";

const textOf = (bytes: Uint8Array): string => utf8Text(bytes, 0, bytes.length);

function frames(pieces: readonly Uint8Array[], longest = 40): string[] {
  const found: string[] = [];
  const reader = new SyslogFrames(
    longest,
    (message) => void found.push(textOf(message)),
    (message) => void found.push(`${textOf(message)}…`),
  );
  for (const piece of pieces) reader.push(piece);
  reader.finish();
  return found;
}

test.each([
  ["counted frames", "5 <1>ab6 <1>c\n\n", ["<1>ab", "<1>c"]],
  ["a counted frame with line feeds inside", "7 <1>a\nb\n", ["<1>a\nb"]],
  ["lines", "<1>a\n<2>b\n", ["<1>a", "<2>b"]],
  ["both forms in turn", "<1>a\n4 <2>b<3>c\n", ["<1>a", "<2>b", "<3>c"]],
  ["a bare line that begins with a number", "2026-09-01T08:30:00Z|a\n", ["2026-09-01T08:30:00Z|a"]],
  ["a last line without an end", "<1>a", ["<1>a"]],
  ["a frame that is not whole", "90 <1>a", []],
  ["a frame longer than allowed", `50 ${"x".repeat(50)}4 <1>b`, [`${"x".repeat(40)}…`, "<1>b"]],
  ["a line longer than allowed", `<${"x".repeat(50)}\n<1>b\n`, [`<${"x".repeat(39)}…`, "<1>b"]],
  ["a frame as long as allowed", `40 ${"x".repeat(40)}4 <1>b`, ["x".repeat(40), "<1>b"]],
  ["lines as Windows ends them", "<1>a\r\n<2>b\r\n", ["<1>a", "<2>b"]],
  ["lines that zero bytes end", "<1>a\0<2>b\0", ["<1>a", "<2>b"]],
  ["counted frames that hold their end", "6 <1>a\r\n5 <2>b\x004 <3>c", ["<1>a", "<2>b", "<3>c"]],
  ["counted frames with ends between them", "4 <1>a\r\n4 <2>b\0\n4 <3>c", ["<1>a", "<2>b", "<3>c"]],
  ["a count with a one in front", `12 <1>${"a".repeat(9)}`, [`<1>${"a".repeat(9)}`]],
  ["a count without end", `${"9".repeat(30)} x\n<1>b\n`, [`${"9".repeat(30)} x`, "<1>b"]],
])("%s are read", (_, stream, messages) => {
  expect(frames([utf8Bytes(stream)])).toEqual(messages);
});

test("however a stream is cut into pieces, the messages are the same", () => {
  const message = fc.string({ unit: fc.constantFrom("a", "1", " ", "<"), minLength: 1, maxLength: 50 });
  const frame = fc.oneof(
    message.map((text) => `${text.length} ${text}`),
    message.map((text) => `<${text}\n`),
    fc.string({ unit: fc.constantFrom("1", "0", " ", "\n", "<", "x"), maxLength: 8 }),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(400)), (list, cuts) => {
      const bytes = utf8Bytes(list.join(""));
      const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].toSorted((a, b) => a - b);
      const pieces = places.slice(1).map((place, i) => bytes.slice(places[i], place));
      expect(frames(pieces)).toEqual(frames([bytes]));
    }),
  );
});

test("whatever the bytes, it neither throws nor gives more than came", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      let given = 0;
      const count = (message: Uint8Array): void => void (given += message.length);
      const reader = new SyslogFrames(40, count, count);
      reader.push(bytes);
      reader.finish();
      expect(given).toBeLessThanOrEqual(bytes.length);
      expect(syslogPayload(bytes).length).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

test.each([
  ["RFC 5424 with JSON", '<134>1 2026-09-01T08:30:00Z n1 ovn - - - {"message":"x"}', '{"message":"x"}'],
  ["RFC 3164 with the cookie", '<134>Sep  1 08:30:00 n1 ovn: @cee:{"message":"x"}', '{"message":"x"}'],
  ["the cookie and a blank", '<134>Sep  1 08:30:00 n1 ovn: @cee: { "message":"x"}', '{ "message":"x"}'],
  [
    "a line behind its header",
    "<134>1 - n1 ovn - - - |1|acl_log|INFO|name=x",
    "<134>1 - n1 ovn - - - |1|acl_log|INFO|name=x",
  ],
  ["no header", 'acl_log {"message":"x"}', 'acl_log {"message":"x"}'],
  ["a header and braces that are no JSON", "<134>1 - n1 ovn - - - {x}", "<134>1 - n1 ovn - - - {x}"],
  ["a header and JSON within a word", '<134>1 - n1 ovn a{"x":1}', '<134>1 - n1 ovn a{"x":1}'],
])("of %s the decoder gets what it reads", (_, message, payload) => {
  expect(textOf(syslogPayload(utf8Bytes(message)))).toBe(payload);
});
