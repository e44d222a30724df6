import { expect, test } from "vitest";
import { quoted } from "./quoted.ts";

const deep: unknown = JSON.parse("[".repeat(100_000) + "]".repeat(100_000));

test.each<[string, unknown, string]>([
  ["a text stands as it is", "x.example", "`x.example`"],
  ["anything else as JSON", { a: [1, null] }, '`{"a":[1,null]}`'],
  ["nothing as its name", undefined, "`undefined`"],
  ["what would change a terminal is escaped", "a\u001b[31m\u202eb", "`a\\u001b[31m\\u202eb`"],
  ["what is long is cut", "x".repeat(200), `\`${"x".repeat(80)}…\``],
  ["what is too deep to be written is named", deep, "`[object Array]`"],
])("%s", (_, value, expected) => expect(quoted(value)).toBe(expected));
