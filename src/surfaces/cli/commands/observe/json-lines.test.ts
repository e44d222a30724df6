import { expect, test } from "vitest";
import { JsonLines } from "./json-lines.ts";

test("a line means what was said, and does nothing to the terminal that shows it", () => {
  const lines: string[] = [];
  const reason = '\u001b[2J \u009b31m \u202e evil\u2028\r\n\ud800 "x" \\ ü🙂';
  new JsonLines(
    (line) => lines.push(line),
    () => 0,
  ).say("warn", "source retrying", { source: "loki", reason });
  expect(JSON.parse(lines.join(""))).toEqual({
    level: "warn",
    time: "1970-01-01T00:00:00.000Z",
    source: "loki",
    reason,
    msg: "source retrying",
  });
  expect(lines.join("").slice(0, -1)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
});
