import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { exampleLines } from "../../src/surfaces/cli/help.ts";
import { onTerminal } from "./made-up.ts";

const folder = mkdtempSync(join(tmpdir(), "postern-examples-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a shell gives the program for a line of help that somebody copies. */
function wordsOf(line: string): readonly string[] {
  const script = `postern() { printf '%s\\n' "$@" >&2; }\nset -e\n${line}`;
  const { status, stderr } = spawnSync("sh", ["-c", script], { cwd: folder, encoding: "utf8" });
  expect(status).toBe(0);
  return stderr.split("\n").slice(0, -1);
}

/** The command lines below `Examples:`. */
async function printed(command: string): Promise<readonly string[]> {
  const { stdout } = await onTerminal(`${command === "postern" ? "" : command} --help`.trim(), { isTerminal: false });
  const [, examples = ""] = stdout.split("\nExamples:\n");
  return examples.split("\n").flatMap((line) => (/^ {2}postern\b/.test(line) ? [line.trim()] : []));
}

describe("examples of the help reach the program as they are meant", () => {
  test.each(Object.keys(exampleLines))("%s", async (command) => {
    const lines = await printed(command);
    expect(lines).toHaveLength(exampleLines[command]!.length);
    for (const line of lines) expect(wordsOf(line).join(" ")).not.toMatch(/['"\\>]/);
  });

  test("a star is a star, a bracket a bracket, and a redirection writes a file", async () => {
    const [intoFile, everything] = await printed("token create");
    expect(wordsOf(everything!)).toContain("*");
    expect(wordsOf(intoFile!).at(-1)).toBe("east");
    expect(existsSync(join(folder, "token"))).toBe(true);
    const [, exports] = await printed("observe");
    expect(wordsOf(exports!)).toContain("exporters=[192.0.2.0/24]");
  });
});
