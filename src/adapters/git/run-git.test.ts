import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { gitFailure } from "./git-failure.ts";
import { runGit } from "./run-git.ts";

test.each([
  ["a program that is not there", { PATH: "/nowhere" }, tmpdir(), "git_missing"],
  [
    "a folder that is not there",
    { PATH: process.env.PATH ?? "" },
    join(tmpdir(), "nowhere", "postern"),
    "git_no_folder",
  ],
])("%s is told as what it is", async (_, env, cwd, code) => {
  const answer = await runGit({
    args: ["version"],
    env,
    cwd,
    timeoutMs: 60_000,
    mostBytes: 1024,
    signal: undefined,
  });
  expect(gitFailure(answer, "the repository")).toMatchObject({ code });
});
