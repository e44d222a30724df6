import { describe, expect, test } from "vitest";
import { countOf, formatBytes, formatCount, formatPower, formatShare, sayPower } from "./formats.ts";

describe("numbers for people", () => {
  test.each([
    [0, "0"],
    [9_999, "9,999"],
    [12_345, "12.3K"],
    [10_000_000, "10M"],
  ])("%d is written %s", (count, text) => {
    expect(formatCount(count)).toBe(text);
  });

  test.each([
    [0, "0 %"],
    [0.0001, "< 0.1 %"],
    [0.8049, "80 %"],
    [0.9949, "99.4 %"],
    [0.99999, "> 99.9 %"],
    [1, "100 %"],
  ])("the chance %d is written %s", (share, text) => {
    expect(formatShare(share)).toBe(text);
  });

  test.each([
    [null, "–"],
    [0, "0 B"],
    [1_536, "1.5 KiB"],
    [5 * 1024 ** 3, "5 GiB"],
  ])("%s bytes are written %s", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  test.each([
    [0, "2^0", "about 1"],
    [17.3, "2^17.3", "about 161 thousand"],
    [32, "2^32", "about 4.3 billion"],
    [48, "2^48", "about 281 trillion"],
    [144, "2^144", "about 10^43"],
  ])("2 to the %d is written %s and said %s", (power, written, said) => {
    expect([formatPower(power), sayPower(power)]).toEqual([written, said]);
  });

  test("one is singular", () => {
    expect([countOf(1, "flow"), countOf(2, "flow"), countOf(1, "policy", "policies")]).toEqual([
      "1 flow",
      "2 flows",
      "1 policy",
    ]);
  });
});
