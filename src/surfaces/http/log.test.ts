import { expect, test } from "vitest";
import { makeLog } from "./log.ts";

test("a terminal is shown nobody's control characters, and a program reads the same", () => {
  const lines: string[] = [];
  const said = "\u001b[31m \u009b2J \u202eevil \u2028 \u{e0001} \\u0041 übel 🙂";
  makeLog((line) => lines.push(line), "info").info({ reason: said, [said]: 1 }, said);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+\n$/u);
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "info", msg: said, reason: said, [said]: 1 });
});
