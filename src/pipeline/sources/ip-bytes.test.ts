import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseIp } from "../../core/net/ip.ts";
import { readIp } from "./ip-bytes.ts";
import { readWhole } from "./number-bytes.ts";
import { readTime } from "./time-bytes.ts";

/** The address that the bytes mean, in the form of `parseIp`; the range has neighbours that must not matter. */
function read(text: string): { family: number; value: bigint } | undefined {
  const words = new Uint32Array(4);
  const bytes = Buffer.from(`9${text}9`);
  const family = readIp(bytes, 1, bytes.length - 1, words);
  if (family === 0) return undefined;
  if (family === 4) return { family, value: BigInt(words[0]!) };
  return { family, value: words.reduce((value, word) => (value << 32n) | BigInt(word), 0n) };
}

describe("addresses, numbers and times from bytes", () => {
  test("an address is what parseIp reads", () => {
    const part = fc.constantFrom(
      "0",
      "1",
      "9",
      "10",
      "99",
      "255",
      "256",
      "01",
      "",
      ".",
      "..",
      ":",
      "::",
      "f",
      "ffff",
      "abcde",
      "g",
      "FFFF",
      "%",
      "/",
    );
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.array(part, { maxLength: 12 }).map((parts) => parts.join("")),
      fc.array(part, { minLength: 4, maxLength: 4 }).map((parts) => parts.join(".")),
      fc.array(part, { minLength: 2, maxLength: 9 }).map((parts) => parts.join(":")),
      fc.tuple(fc.ipV6(), fc.ipV4()).map(([a, b]) => `${a.split(":").slice(0, 3).join(":")}::${b}`),
    );
    fc.assert(
      fc.property(text, (shown) => {
        const parsed = parseIp(shown);
        expect(read(shown)).toEqual(parsed.ok ? parsed.value : undefined);
      }),
      { numRuns: 3000 },
    );
  });

  test.each([
    ["0", 0],
    ["443", 443],
    ["1788251400000", 1_788_251_400_000],
    ["999999999999999", 999_999_999_999_999],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740993", -1],
    ["12.9", 12],
    ["1e3", 1000],
    ["-1", -1],
    ["", -1],
    ["1 2", -1],
    ["12x", -1],
    ["0x10", -1],
  ])("number %j is %d", (text, value) => {
    const bytes = Buffer.from(`7${text}7`);
    expect(readWhole(bytes, 1, bytes.length - 1)).toBe(value);
  });

  test("a time is what Date reads", () => {
    const date = fc.date({ min: new Date(0), max: new Date("2200-01-01"), noInvalidDate: true });
    fc.assert(
      fc.property(date, fc.constantFrom("Z", "z", "+00:00", "+02:00", "-0530"), (when, zone) => {
        const text = `${when.toISOString().slice(0, -1)}${zone}`;
        const standard = zone === "-0530" ? text.replace("-0530", "-05:30") : text.toUpperCase();
        const bytes = Buffer.from(text);
        expect(readTime(bytes, 0, bytes.length)).toBe(Math.max(-1, Date.parse(standard)));
      }),
    );
  });

  test.each([
    ["2026-09-01T08:30:00.123456789Z", Date.UTC(2026, 8, 1, 8, 30, 0, 123)],
    ["2026-09-01 08:30:00", Date.UTC(2026, 8, 1, 8, 30)],
    ["2026-09-01T08:30Z", Date.UTC(2026, 8, 1, 8, 30)],
    ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
    ["1969-12-31T23:59:59Z", -1],
    ["2026-13-01T00:00:00Z", -1],
    ["2026-09-01", -1],
    ["2026-09-01T08:30:00 CEST", -1],
    ["", -1],
  ])("time %j", (text, ms) => {
    const bytes = Buffer.from(text);
    expect(readTime(bytes, 0, bytes.length)).toBe(ms);
  });
});
