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
  writeFileSync(
    join(place, "cli.ts"),
    "process.stdin.on('data', (text) => process.stdout.write(text));\n" +
      "process.stdout.write(JSON.stringify([process.execArgv, process.argv.slice(2)]));\nprocess.exitCode = 3;\n",
  );
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function launch(args: readonly string[], nodeOptions = "") {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(place, "launch.ts"), ...args], {
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
    input: "typed",
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const told = (options: readonly string[], args: readonly string[]): string => `${JSON.stringify([options, args])}typed`;

describe.skipIf(process.platform === "win32")("the launcher", () => {
  test("starts an observer with options of its own, in the same process and without a word", () => {
    const args = ["observe", "--name", "a b"];
    const stdout = told(["--max-semi-space-size=1", "--optimize-for-size"], args);
    expect(launch(args)).toEqual({ status: 3, stdout, stderr: "" });
  });

  test("leaves what somebody has said", () => {
    const stdout = told(["--optimize-for-size"], ["observe"]);
    expect(launch(["observe"], "--max-semi-space-size=8")).toEqual({ status: 3, stdout, stderr: "" });
  });

  test("runs other commands as it is", () => {
    expect(launch(["suggest"])).toEqual({ status: 3, stdout: told([], ["suggest"]), stderr: "" });
  });
});
