import { fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { Exit } from "../surfaces/cli/exit.ts";

const reader = fileURLToPath(new URL("observer-reader.ts", import.meta.url));

test("when the observer is gone, whoever reads its configuration leaves without a word", async () => {
  const args = ["--source", "capture", "--set", "path=-", "--cluster-name", "east", "--to", "http://127.0.0.1:1"];
  const child = fork(reader, ["observe", ...args, "--no-kubernetes"], {
    execArgv: [],
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  const said = text(child.stderr!);
  const exit = once(child, "exit");
  child.disconnect();
  expect(await said).toBe("");
  expect(await exit).toEqual([Exit.interrupted, null]);
});
