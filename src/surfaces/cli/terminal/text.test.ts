import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { progressLine } from "./progress.ts";
import { tableLines } from "./table.ts";
import { bold, join, paint, red, text, textOf } from "./text.ts";
import { cut, padEnd, padStart, widthOf, widthOfText, wrap } from "./width.ts";

const view = { isTerminal: true, columns: 40, hasColour: false };

describe("text", () => {
  test("whatever comes in, no control or direction-changing character comes out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (value) => {
        expect(paint(text`a ${value} ${bold(value)}`, false)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  test("looks are added around the escaped text", () => {
    expect(paint(text`x ${red("\u001b[2J")}`, true)).toBe("x \u001b[31m\\u001b[2J\u001b[39m");
  });

  test("without colour the looks are gone", () => {
    expect(paint(join([bold("a"), red("b")], ", "), false)).toBe("a, b");
  });
});

describe("width", () => {
  test.each([
    ["plain", "abc", 3],
    ["full-width characters take two cells", "日本", 4],
    ["an accent on its own takes none", "e\u0301", 1],
    ["emoji take two", "🚪", 2],
  ])("%s", (_title, value, cells) => {
    expect(widthOf(value)).toBe(cells);
  });

  test("a cut line fits and says that it was cut", () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: 30 }), (value, width) => {
        const short = cut(textOf(value), width);
        expect(widthOfText(short)).toBeLessThanOrEqual(width);
        if (widthOfText(textOf(value)) > width) expect(short.plain.endsWith("…")).toBe(true);
      }),
    );
  });

  test("wrapping loses no word and keeps to the width where words allow it", () => {
    const word = fc.stringMatching(/^[a-z]{1,12}$/);
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 30 }), fc.integer({ min: 20, max: 60 }), (words, width) => {
        const lines = wrap(textOf(words.join(" ")), width, 4).map(({ plain }) => plain);
        expect(lines.join(" ").split(/ +/)).toEqual(words);
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });

  test("a word that changes its look is still one word", () => {
    const line = text`allow ${bold("198.51.100.7")}, ${bold("192.0.2.7")}. Done`;
    expect(wrap(line, 19, 2).map(({ plain }) => plain)).toEqual(["allow 198.51.100.7,", "  192.0.2.7. Done"]);
    expect(wrap(line, 18, 2).map(({ plain }) => plain)).toEqual(["allow", "  198.51.100.7,", "  192.0.2.7. Done"]);
  });

  test.each([
    [81, "reading flows  ██████████░░░░░░░░░░  50%  1.0 MiB of 2.0 MiB  512 KiB/s  2 s left"],
    [70, "reading flows  ██████████░░░░░░░░░░  50%  1.0 MiB of 2.0 MiB  2 s left"],
    [55, "reading flows  ██████████░░░░░░░░░░  50%  2 s left"],
    [39, "reading flows  50%  2 s left"],
    [20, "reading flows  50%"],
  ])("progress in %i cells leaves out what matters least", (cells, line) => {
    const mebi = 1024 * 1024;
    expect(progressLine("reading flows", { done: mebi, total: 2 * mebi, seconds: 2 }, cells)).toBe(line);
  });

  test("padding", () => {
    expect([padEnd(textOf("a"), 3).plain, padStart(textOf("a"), 3).plain, padEnd(textOf("abcd"), 3).plain]).toEqual([
      "a  ",
      "  a",
      "abcd",
    ]);
  });
});

describe("tables", () => {
  const columns = [
    { title: "name", shrinks: true },
    { title: "flows", align: "right" as const },
  ];

  test("align on a terminal", () => {
    const lines = tableLines(
      columns,
      [
        ["a", 5],
        ["long-name", 12_000],
      ],
      view,
    );
    expect(lines.map(({ plain }) => plain)).toEqual(["name       flows", "a              5", "long-name  12000"]);
  });

  test("shorten where the terminal is narrow", () => {
    const [, row] = tableLines(columns, [["x".repeat(60), 5]], view);
    expect(row!.plain).toBe(`${"x".repeat(32)}…      5`);
  });

  test("are lines with tabs in a pipe, where a tab of the input is no separator", () => {
    const lines = tableLines(columns, [["a\tb", 5]], { ...view, isTerminal: false });
    expect(lines.map(({ plain }) => plain)).toEqual(["a\\u0009b\t5"]);
  });
});
