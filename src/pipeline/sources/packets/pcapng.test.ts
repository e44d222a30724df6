import { describe, expect, test } from "vitest";
import { CaptureFramer } from "./capture-framer.ts";
import { bytesOf, type MadePacket, pcapng, startMs, u16, u32 } from "./made-packets.test-support.ts";

/** Each packet as `3 of 4 bytes on link 1 at 7 ms`, each loss as `2 lost`; at last what is broken. */
function read(capture: Uint8Array, piece = capture.length): readonly string[] {
  const told: string[] = [];
  const framer = new CaptureFramer(
    ({ from, to, originalLength, link, timeMs, isOneOfSeveral }) => {
      const which = `${to - from} of ${originalLength} bytes on link ${link} at ${timeMs} ms`;
      told.push(isOneOfSeveral ? `${which}, one of several` : which);
    },
    (packets) => void told.push(`${packets} lost`),
  );
  let isWhole = true;
  for (let at = 0; at < capture.length; at += piece) isWhole = framer.push(capture.subarray(at, at + piece));
  if (!isWhole) told.push(`broken at ${framer.position}`);
  return told;
}

const word = (value: number): number[] => u32(value).toReversed();
const half = (value: number): number[] => u16(value).toReversed();
const block = (type: number, ...body: readonly number[]): number[] => {
  const length = word(12 + body.length);
  return [...word(type), ...length, ...body, ...length];
};
const section = block(0x0a0d0d0a, ...word(0x1a2b3c4d), ...half(1), ...half(0), ...word(-1), ...word(-1));
/** On `link`; at most `snap` bytes of a packet, 0 for all. */
const described = (link: number, snap = 0): number[] => block(1, ...half(link), ...half(0), ...word(snap));
const content = [1, 2, 3, 4];
const enhanced = (which: number, { high = 0, low = 0, captured = 4, original = 4 } = {}): number[] =>
  block(6, ...[which, high, low, captured, original].flatMap(word), ...content);
const obsolete = (which: number, captured = 4): number[] =>
  block(2, ...half(which), ...half(0xffff), ...[0, 5000, captured, 4].flatMap(word), ...content);
const simple = (original: number): number[] => block(3, ...word(original), ...content);
/** Counts of what the interface and the system lost. */
const statistics = (which: number, ...lost: readonly (readonly [option: number, high: number, low: number])[]) =>
  block(
    5,
    ...[which, 0, 0].flatMap(word),
    ...lost.flatMap(([option, high, low]) => [...half(option), ...half(8), ...word(low), ...word(high)]),
  );

const lostTwo = [...half(5), ...half(8), ...word(2), ...word(0)];

describe("a pcapng capture", () => {
  test.each<[string, readonly (readonly number[])[], readonly string[]]>([
    [
      "in microseconds, if it does not say",
      [described(1), enhanced(0, { low: 7999 })],
      ["4 of 4 bytes on link 1 at 7 ms"],
    ],
    [
      "with times of more than 32 bits",
      [described(1), enhanced(0, { high: 1, low: 32_704 })],
      ["4 of 4 bytes on link 1 at 4295000 ms"],
    ],
    [
      "with a packet that was cut off",
      [described(1), enhanced(0, { captured: 3, original: 9 })],
      ["3 of 9 bytes on link 1 at 0 ms"],
    ],
    [
      "with a packet that is longer than it was sent, it says",
      [described(1), enhanced(0, { original: 2 })],
      ["4 of 4 bytes on link 1 at 0 ms"],
    ],
    [
      "with packets of several interfaces, known when they were captured",
      [described(1), enhanced(0), described(101), enhanced(1)],
      ["4 of 4 bytes on link 1 at 0 ms", "4 of 4 bytes on link 101 at 0 ms, one of several"],
    ],
    ["with a packet of the older form", [described(1), obsolete(0)], ["4 of 4 bytes on link 1 at 5 ms"]],
    ["with a simple packet, which has no time", [described(1), simple(4)], ["4 of 4 bytes on link 1 at -1 ms"]],
    ["with a simple packet that was cut off", [described(1, 3), simple(9)], ["3 of 9 bytes on link 1 at -1 ms"]],
    ["with a simple packet that its block cuts off", [described(1), simple(9)], ["4 of 9 bytes on link 1 at -1 ms"]],
    ["with a simple packet and its padding", [described(1), simple(2)], ["2 of 2 bytes on link 1 at -1 ms"]],
    [
      "with a packet of which nothing was captured",
      [described(1), block(6, ...[0, 0, 0, 0, 9].flatMap(word))],
      ["0 of 9 bytes on link 1 at 0 ms"],
    ],
    [
      "with a packet of an interface far beyond those that were described",
      [described(1), enhanced(65_536)],
      ["0 of 0 bytes on link 1 at -1 ms"],
    ],
    [
      "with a packet of an interface that was not described",
      [described(1), enhanced(1), obsolete(1), enhanced(0)],
      ["0 of 0 bytes on link 1 at -1 ms", "0 of 0 bytes on link 1 at -1 ms", "4 of 4 bytes on link 1 at 0 ms"],
    ],
    [
      "with a packet that is longer than its block",
      [described(1), enhanced(0, { captured: 5, original: 5 }), obsolete(0, 5)],
      ["0 of 0 bytes on link 1 at -1 ms", "0 of 0 bytes on link 1 at -1 ms"],
    ],
    [
      "with a block that is too short for a packet",
      [described(1), block(6, ...word(0)), block(3)],
      ["0 of 0 bytes on link 1 at -1 ms", "0 of 0 bytes on link 1 at -1 ms"],
    ],
    [
      "whose next section has interfaces of its own",
      [described(1), described(101), section, enhanced(0), described(113), enhanced(0)],
      ["0 of 0 bytes on link 1 at -1 ms", "4 of 4 bytes on link 113 at 0 ms"],
    ],
    ["with an interface that says nothing", [block(1), enhanced(0)], ["0 of 0 bytes on link 1 at -1 ms"]],
    [
      "with blocks that nobody knows",
      [block(99, 1, 2, 3, 4), described(1), enhanced(0)],
      ["4 of 4 bytes on link 1 at 0 ms"],
    ],
    ["with a block of no possible length", [word(6), word(11), word(0)], ["broken at 28"]],
    ["with a block that does not end at a word", [word(99), word(14), word(0), word(0)], ["broken at 28"]],
    [
      "with a section of no byte order",
      [block(0x0a0d0d0a, ...word(7), ...Array<number>(12).fill(0))],
      ["broken at 28"],
    ],
  ])("%s", (_, blocks, expected) => {
    const capture = bytesOf(section, ...blocks);
    expect(read(capture)).toEqual(expected);
    for (const piece of [1, 7, 11, 12, 13]) expect(read(capture, piece)).toEqual(expected);
  });

  test.each<[string, readonly (readonly number[])[], readonly string[]]>([
    ["by the interface and by the system together", [statistics(0, [5, 0, 2], [7, 0, 3])], ["5 lost"]],
    [
      "as sums that grow",
      [statistics(0, [5, 0, 2]), statistics(0, [5, 0, 2]), statistics(0, [5, 0, 9]), statistics(0, [5, 0, 1])],
      ["9 lost"],
    ],
    ["of each interface", [statistics(0, [5, 0, 2]), statistics(1, [5, 0, 2])], ["4 lost"]],
    ["not of one that was not described", [statistics(2, [5, 0, 2])], []],
    ["not where the count says that it is not known", [statistics(0, [5, -1, -1], [7, 0x1_0000, 0])], []],
    ["in numbers of more than 32 bits", [statistics(0, [5, 1, 1])], [`${2 ** 32 + 1} lost`]],
    [
      "behind options that nobody wants",
      [block(5, ...[0, 0, 0].flatMap(word), ...half(1), ...half(3), 97, 98, 99, 0, ...lostTwo)],
      ["2 lost"],
    ],
    ["not behind the end of options", [block(5, ...[0, 0, 0].flatMap(word), ...word(0), ...lostTwo)], []],
    [
      "not in an option that goes beyond its block",
      [block(5, ...[0, 0, 0].flatMap(word), ...lostTwo.slice(0, -4))],
      [],
    ],
    [
      "not in an option that is too short",
      [block(5, ...[0, 0, 0].flatMap(word), ...half(5), ...half(4), ...word(2), ...word(0))],
      [],
    ],
    ["not what was received", [statistics(0, [4, 0, 7])], []],
    ["not in a block that is too short", [block(5, ...word(0))], []],
  ])("tells what was lost %s", (_, blocks, expected) => {
    expect(read(bytesOf(section, described(1), described(1), ...blocks))).toEqual(expected);
  });

  const frame = Uint8Array.from(content);
  test.each([
    ["seconds", 0, 0],
    ["milliseconds", 3, 123],
    ["microseconds", 6, 123],
    ["nanoseconds", 9, 123],
    ["halves of a second", 0x81, 500],
    ["parts of 2^20", 0x94, 125],
  ])("has times in %s, counted from any second, in either byte order", (_, resolution, ms) => {
    const atMs = Math.floor(startMs / 1000) * 1000 + ms;
    for (const isBig of [false, true]) {
      for (const offsetSeconds of [undefined, 1_000_000, -1_000_000]) {
        const made = { link: 1, resolution, ...(offsetSeconds === undefined ? {} : { offsetSeconds }) };
        const packet: MadePacket = { frame, atMs };
        expect(read(pcapng([made], [packet], { isBig }))).toEqual([`4 of 4 bytes on link 1 at ${atMs} ms`]);
      }
    }
  });
});
