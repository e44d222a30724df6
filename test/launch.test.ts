/** The entry of the published package, in front of a command line that only tells how it was started. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const main = join(dirname(import.meta.dirname), "src", "main");
let place = "";

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "postern launch "));
  for (const file of ["launch.ts", "node-options.ts"]) copyFileSync(join(main, file), join(place, file));
  for (const entry of ["cli", "observer"]) {
    writeFileSync(
      join(place, `${entry}.ts`),
      "process.stdin.on('data', (text) => process.stdout.write(text));\n" +
        `const told = ["${entry}", process.execArgv, process.env.MALLOC_ARENA_MAX, process.argv.slice(2)];\n` +
        "process.stdout.write(JSON.stringify(told));\nprocess.exitCode = 3;\n",
    );
  }
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function launch(args: readonly string[], nodeOptions = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, "launch.ts"), ...args], {
    env: { ...process.env, MALLOC_ARENA_MAX: undefined, NODE_OPTIONS: nodeOptions },
    input: "typed",
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const told = (entry: string, options: readonly string[], arenas: string | null, args: readonly string[]): string =>
  `${JSON.stringify([entry, options, arenas, args])}typed`;

describe.skipIf(process.platform === "win32")("the launcher", () => {
  test("starts an observer with options of its own, in the same process and without a word", () => {
    const args = ["observe", "--name", "a b"];
    const stdout = told("observer", ["--max-semi-space-size=1", "--optimize-for-size"], "1", args);
    expect(launch(args)).toEqual({ status: 3, stdout, stderr: "" });
  });

  test("starts a server with options of its own, and everybody's arenas", () => {
    const options = ["--max-semi-space-size=16", "--heap-growing-percent=120"];
    expect(launch(["serve"])).toEqual({ status: 3, stdout: told("cli", options, null, ["serve"]), stderr: "" });
  });

  test("leaves what somebody has said", () => {
    const stdout = told("observer", ["--optimize-for-size"], "1", ["observe"]);
    expect(launch(["observe"], "--max-semi-space-size=8")).toEqual({ status: 3, stdout, stderr: "" });
  });

  test("reads a configuration without them", () => {
    const args = ["observe", "check", "a.yaml"];
    expect(launch(args).stdout).toBe(told("cli", [], null, args));
  });

  test("runs other commands as it is", () => {
    expect(launch(["suggest"])).toEqual({ status: 3, stdout: told("cli", [], null, ["suggest"]), stderr: "" });
  });
});
