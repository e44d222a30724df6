import fc from "fast-check";
import { expect, test } from "vitest";
import { ipfix, set, uint } from "./datagram.test-support.ts";
import { IpfixFramer } from "./ipfix-framer.ts";

/** A stream cut at these places. */
function pieces(stream: Uint8Array, cuts: readonly number[]): readonly Uint8Array[] {
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).toSorted((a, b) => a - b), stream.length];
  return places.slice(1).map((to, i) => stream.slice(places[i], to));
}

function framed(parts: readonly Uint8Array[]): { messages: readonly string[]; isWhole: boolean; held: number } {
  const messages: string[] = [];
  const framer = new IpfixFramer((message) => messages.push(Buffer.from(message).toString("hex")));
  const isWhole = parts.every((part) => framer.push(part));
  return { messages, isWhole, held: framer.held };
}

const messages = fc.array(
  fc.nat(9000).map((length) =>
    ipfix(
      { sequence: length },
      set(
        256,
        uint(length, length % 17),
        Array.from({ length }, () => 1),
      ),
    ),
  ),
  { maxLength: 6 },
);

test("messages come out as they went in, however the stream is cut", () => {
  fc.assert(
    fc.property(messages, fc.array(fc.nat(60_000), { maxLength: 40 }), (all, cuts) => {
      const stream = new Uint8Array(Buffer.concat(all));
      const sent = all.map((one) => Buffer.from(one).toString("hex"));
      expect(framed(pieces(stream, cuts))).toEqual({ messages: sent, isWhole: true, held: 0 });
    }),
    { numRuns: 50 },
  );
});

test("a message of the greatest length is put together", () => {
  const message = ipfix(
    {},
    set(
      256,
      Array.from({ length: 65_535 - 20 }, () => 7),
    ),
  );
  expect(message).toHaveLength(65_535);
  expect(framed(pieces(message, [1, 3, 5, 4000, 60_000])).messages).toHaveLength(1);
});

test.each([
  ["of NetFlow v9", [0, 9, 0, 20]],
  ["shorter than its header", [0, 10, 0, 15]],
  ["of a web browser", [...new TextEncoder().encode("GET / HTTP/1.1")]],
])("a message %s ends the stream, however it is cut, and what came before is taken", (_, bytes) => {
  const good = ipfix({}, set(256, uint(1, 4)));
  const stream = Uint8Array.from([...good, ...bytes, ...good]);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const { messages: taken, isWhole } = framed(pieces(stream, [cut]));
    expect([taken.length, isWhole]).toEqual([1, false]);
  }
});

test("whatever comes, no more is held than one message", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (parts) => {
      const { held } = framed(parts.map((part) => Uint8Array.from([0, 10, 255, 255, ...part])));
      expect(held).toBeLessThan(65_535);
    }),
  );
});
