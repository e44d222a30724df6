import { expect, test } from "vitest";
import { commandLine } from "./shell.ts";

test.each([
  [["bin/postern", "diff", "/dev/null", "out"], "bin/postern diff /dev/null out"],
  [["postern", "--out", "my files"], "postern --out 'my files'"],
  [["postern", "it's"], `postern 'it'\\''s'`],
  [["postern", "$(reboot)", "a;b", ""], "postern '$(reboot)' 'a;b' ''"],
])("%j → %s", (words, line) => {
  expect(commandLine(...words)).toBe(line);
});
